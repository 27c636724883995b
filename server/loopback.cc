#include "server/loopback.h"

namespace rhumb {

bool is_loopback(const IpAddress& address) {
  static const IpPrefix kV4 = IpPrefix::parse("127.0.0.0/8").value();
  static const IpPrefix kV6 = IpPrefix::parse("::1/128").value();
  static const IpPrefix kMapped = IpPrefix::parse("::ffff:127.0.0.0/104").value();
  return kV4.contains(address) || kV6.contains(address) || kMapped.contains(address);
}

}  // namespace rhumb
