// The parameters of SVCB and HTTPS records (RFC 9460 §2.1, §2.2), read by our own hand: ldns undoes
// one of the two layers of escapes alone, and lets by what RFC 9460 App. D.3 wants refused.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace rhumb {

// Appends the wire of `text`, KEY or KEY=VALUE parted by blanks in any order, sorted by key.
Result<bool> parse_service_parameters(std::string_view text, std::vector<std::uint8_t>& out);

// What is wrong with parameters on the wire; empty: nothing. Values of unknown keys are opaque.
std::string problem_of_service_parameters(std::span<const std::uint8_t> wire);

}  // namespace rhumb
