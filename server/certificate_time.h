// Days and moments of certificates: from OpenSSL's words to Unix time, and a date for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

// "Nov  4 12:00:00 2027 GMT", as ASN1_TIME_print writes it, to Unix time; nullopt: it is not that.
std::optional<std::int64_t> parse_certificate_time(std::string_view text);

// "2027-11-04", in UTC.
std::string to_date(std::int64_t unix_s);

}  // namespace rhumb
