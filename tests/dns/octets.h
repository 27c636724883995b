// Octet strings for the tests of dns/: written as literals, put together, borrowed as spans.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb {

using Octets = std::vector<std::uint8_t>;

// The octets of a literal without its final NUL; NULs within it count.
template <std::size_t N>
Octets octets(const char (&literal)[N]) {
  return {literal, literal + N - 1};
}

inline Octets octets(const std::string& text) { return {text.begin(), text.end()}; }

inline Octets operator+(Octets a, const Octets& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// `count` labels of `size` octets each, without the root.
inline Octets labels(int count, int size, char letter = 'a') {
  const auto length = std::string(1, static_cast<char>(size));
  Octets wire;
  for (int i = 0; i < count; ++i) {
    wire = std::move(wire) + octets(length + std::string(static_cast<std::size_t>(size), letter));
  }
  return wire;
}

}  // namespace rhumb
