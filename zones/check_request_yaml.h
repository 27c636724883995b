// The fields of a check that say how its target is asked over HTTP and TLS, and what its reply must
// be.
#pragma once

#include "base/error.h"
#include "health/check.h"
#include "text/fields.h"

namespace rhumb {

void read_check_request(Fields& fields, CheckSpec& spec, Diagnostics& diagnostics);

// What only the whole of an HTTP or HTTPS check can tell.
void judge_check_request(const Fields& fields, const CheckSpec& spec, Diagnostics& diagnostics);

// Keys about certificates in a check that makes no use of TLS, which `hint` says how to come by.
void judge_unused_tls(Fields& fields, const CheckSpec& spec, std::string_view hint,
                      Diagnostics& diagnostics);

}  // namespace rhumb
