// Text to value: numbers, booleans, durations and enumerated names, strictly as the reference
// describes them. Pure; an error says what to write instead and leaves the place to the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rhumb {

// RFC 2181 section 8: a TTL is at most 2^31 - 1 seconds.
constexpr std::uint32_t kMaxTtlS = 0x7fffffff;

// A letter of ASCII alone, so that what is compared reads the same in every locale.
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// A whole decimal number from `min` to `max`: digits without leading zero, `-` before a negative.
Result<std::int64_t> parse_whole(std::string_view text, std::int64_t min, std::int64_t max);

// A decimal number from `min` to `max`, with or without a fraction: digits without leading zero,
// `-` before a negative, no exponent.
Result<double> parse_decimal(std::string_view text, double min, double max);

// `true` or `false`, nothing else.
Result<bool> parse_boolean(std::string_view text);

// A whole number with one of the units ms s m h d w, or a bare number of seconds. In milliseconds.
Result<std::uint64_t> parse_duration_ms(std::string_view text);

// A duration of whole seconds, at most kMaxTtlS. In seconds.
Result<std::uint32_t> parse_ttl_s(std::string_view text);

// One row of a table of names: `constexpr Named<Failover> kFailovers[] = {{"PRIMARY", …}, …};`
template <typename E>
struct Named {
  std::string_view name;
  E value;
};

// True when the two are the same but for the case of ASCII letters.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

// `"FTP" is not known here; write one of HTTP, TCP, TLS`.
Error unknown_name(std::string_view text, std::span<const std::string_view> names);

// The value of the row whose name is `text`, whatever its case; the error lists all names.
template <typename E, std::size_t N>
Result<E> parse_one_of(std::string_view text, const Named<E> (&table)[N]) {
  std::string_view names[N];
  for (std::size_t i = 0; i < N; ++i) {
    if (equal_ignoring_case(text, table[i].name)) return table[i].value;
    names[i] = table[i].name;
  }
  return unknown_name(text, names);
}

}  // namespace rhumb
