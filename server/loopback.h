// Whether what goes to an address stays on this machine.
#pragma once

#include "base/ip.h"

namespace rhumb {

// 127.0.0.0/8, ::1, and the former as an IPv6 address.
bool is_loopback(const IpAddress& address);

}  // namespace rhumb
