// What ldns lets by in the parameters of SVCB and HTTPS records (RFC 9460 §2.1, §2.2).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rhumb {

// A number or an address list that ldns would wrap or overrun; empty: nothing is wrong.
std::string problem_of_service_parameters(std::string_view text);

// True when the keys of `wire` stand in ascending order, each once. Requires what ldns wrote.
bool service_keys_ascend(std::span<const std::uint8_t> wire);

}  // namespace rhumb
