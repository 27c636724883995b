// A fast 64-bit hash for names in tables, for content digests and for what servers must agree on:
// the same on machines of either byte order. Not for secrets: an attacker who chooses both the
// names of a zone and the questions can make collisions, and only the zone's owner names it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace rhumb {

// Multiplies to 128 bits and folds: every input bit reaches every output bit.
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0x9E3779B97F4A7C15U) * (b ^ 0xD6E8FEB86659FD93U);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

// Up to 8 octets as a number, the first the least.
inline std::uint64_t read_word(std::span<const std::uint8_t> bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data(), bytes.size());
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

inline std::uint64_t hash_bytes(std::uint64_t seed, std::span<const std::uint8_t> bytes) {
  std::uint64_t hash = mix(seed, bytes.size());
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) hash = mix(hash, read_word(bytes.subspan(at, 8)));
  return at == bytes.size() ? hash : mix(hash, read_word(bytes.subspan(at)));
}

}  // namespace rhumb
