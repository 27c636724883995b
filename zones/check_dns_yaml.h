// The fields of a DNS check: the question, and what its reply must be.
#pragma once

#include "base/error.h"
#include "health/expectation.h"
#include "text/fields.h"

namespace rhumb {

// `query`; names are absolute, with or without a final dot.
void read_dns_query(Fields& fields, DnsExpectation& dns);
// All but the query.
void read_dns_expectation(Fields& fields, DnsExpectation& dns);

// What only the whole of a DNS check can tell. It turns the expected value into rdata, since the
// type may have been said elsewhere.
void judge_dns(Fields& fields, DnsExpectation& dns, Diagnostics& diagnostics);

}  // namespace rhumb
