#include "answer/sticky.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

#include "base/hash.h"
#include "geo/address_number.h"
#include "geo/ipv4_in_ipv6.h"

namespace rhumb {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr int kBlockV4 = 24;
constexpr int kBlockV6 = 56;
constexpr std::uint64_t kV6Mark = std::uint64_t{1} << 63U;  // no IPv4 network has this number

constexpr unsigned kTableBits = 8;
constexpr unsigned kFractionBits =
    57;  // of logarithms; 64 is the largest, so that they fill a word

// log2(1 + n / 2^32), n < 2^32, by squaring: each time the square passes 2 it gives a binary digit.
constexpr std::uint64_t log2_digits(std::uint64_t n) {
  std::uint64_t x = (std::uint64_t{1} << 63U) + (n << 31U);  // 1 <= x < 2 in units of 2^-63
  std::uint64_t digits = 0;
  for (unsigned i = 0; i < kFractionBits; ++i) {
    const Wide square = Wide{x} * x >> 63U;
    const bool passes = (square >> 64U) != 0;
    digits = digits << 1U | (passes ? 1U : 0U);
    x = static_cast<std::uint64_t>(passes ? square >> 1U : square);
  }
  return digits;
}

constexpr std::size_t kTableSize = std::size_t{1} << kTableBits;

// log2(1 + i / kTableSize).
constexpr std::array<std::uint64_t, kTableSize + 1> make_table() {
  std::array<std::uint64_t, kTableSize + 1> table{};
  for (std::size_t i = 0; i < kTableSize; ++i) table[i] = log2_digits(i << (32U - kTableBits));
  table[kTableSize] = std::uint64_t{1} << kFractionBits;
  return table;
}
constexpr std::array<std::uint64_t, kTableSize + 1> kLog2 = make_table();

// Octet by octet, so that it is the same on machines of either byte order. As it was from the
// first: another hash would send clients elsewhere.
std::uint64_t hash_name(std::span<const std::uint8_t> name) {
  std::uint64_t hash = 0;
  for (std::size_t at = 0; at < name.size(); at += 8) {
    std::uint64_t word = 0;
    for (std::size_t i = std::min(at + 8, name.size()); i > at; --i)
      word = word << 8U | name[i - 1];
    hash = mix(hash, word);
  }
  return hash;
}

// The number of the /24 or /56 that `client` belongs to.
std::uint64_t network_of(const IpAddress& client) {
  if (client.is_v4()) return number_of_v4(client) >> (32 - kBlockV4);
  const AddressNumber number = number_of(client);
  if (const auto embedded = embedded_ipv4(number)) return embedded->address >> (32 - kBlockV4);
  return kV6Mark | number.high >> (64 - kBlockV6);
}

}  // namespace

std::uint8_t sticky_block_of(const IpAddress& client) noexcept {
  if (client.is_v4()) return kBlockV4;
  const AddressNumber number = number_of(client);
  if (const auto embedded = embedded_ipv4(number)) {
    return static_cast<std::uint8_t>(embedded->offset + kBlockV4);
  }
  int bits = kBlockV6;
  for (const Ipv4Embedding& embedding : kIpv4Embeddings) {
    bits = std::max(bits, common_prefix_bits(number, embedding.prefix) + 1);
  }
  return static_cast<std::uint8_t>(bits);
}

StickyDraw::StickyDraw(const IpAddress& client, std::span<const std::uint8_t> group) noexcept
    : key_(mix(hash_name(group), network_of(client))) {}

std::uint64_t StickyDraw::minus_log2(std::uint64_t n) noexcept {
  if (n == ~std::uint64_t{0}) return 0;
  const std::uint64_t number = n + 1;
  const auto zeros = static_cast<unsigned>(std::countl_zero(number));
  const std::uint64_t behind_first = number << zeros << 1U;  // the digits behind the leading 1
  const std::uint64_t step = behind_first >> (64U - kTableBits);
  const std::uint64_t within = behind_first << kTableBits;  // between two of the table
  const Wide width = kLog2[step + 1] - kLog2[step];
  const std::uint64_t fraction = kLog2[step] + static_cast<std::uint64_t>(width * within >> 64U);
  return (std::uint64_t{zeros} << kFractionBits) + ((std::uint64_t{1} << kFractionBits) - fraction);
}

}  // namespace rhumb
