// Judges the texts of a check's fields: hosts, header names, status ranges. Pure; an error says
// what to write instead and leaves the place to the caller.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "health/check.h"

namespace rhumb {

// An IP address without brackets, or a host name, without port or URL around it.
Result<std::string> parse_check_address(std::string_view text);

// A host for the Host header and SNI: as an address.
Result<std::string> parse_check_host(std::string_view text);

// One code or a range, 100 to 599: 200 or 200-399.
Result<StatusRange> parse_status_range(std::string_view text);

Result<std::string> parse_check_path(std::string_view text);
Result<std::string> parse_method(std::string_view text);
Result<std::string> parse_header_name(std::string_view text);
// Text on one line, be it empty.
Result<std::string> parse_line(std::string_view text);

// Of a command. It may be empty; YAML leaves no octet 0 in it.
Result<std::string> parse_argument(std::string_view text);

// Ids and labels stand in URLs, commands and logs: visible ASCII or UTF-8 without blanks.
Result<std::string> parse_word(std::string_view text);

}  // namespace rhumb
