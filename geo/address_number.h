// Arithmetic on addresses as numbers: conversion, neighbours, common bits. No meaning of prefixes.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/ip.h"
#include "geo/place_table.h"

namespace rhumb {

namespace detail {

inline std::uint32_t swapped(std::uint32_t number) { return __builtin_bswap32(number); }
inline std::uint64_t swapped(std::uint64_t number) { return __builtin_bswap64(number); }

template <typename Number>
Number read_big_endian(const std::uint8_t* bytes) {
  Number number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return std::endian::native == std::endian::little ? swapped(number) : number;
}

}  // namespace detail

// Requires: an IPv4 address.
inline std::uint32_t number_of_v4(const IpAddress& address) {
  return detail::read_big_endian<std::uint32_t>(address.bytes().data());
}

// IPv4 in the low 32 bits.
inline AddressNumber number_of(const IpAddress& address) {
  if (address.is_v4()) return {0, number_of_v4(address)};
  const std::uint8_t* const bytes = address.bytes().data();
  return {detail::read_big_endian<std::uint64_t>(bytes),
          detail::read_big_endian<std::uint64_t>(bytes + 8)};
}

IpAddress ipv4_of(std::uint32_t number);
IpAddress ipv6_of(AddressNumber number);

// Leading bits that both have.
inline int common_prefix_bits(std::uint32_t a, std::uint32_t b) { return std::countl_zero(a ^ b); }
inline int common_prefix_bits(AddressNumber a, AddressNumber b) {
  if (a.high != b.high) return std::countl_zero(a.high ^ b.high);
  return 64 + std::countl_zero(a.low ^ b.low);
}

// Around the whole: before the first comes the last.
inline AddressNumber next(AddressNumber number) {
  return {number.high + (number.low == ~std::uint64_t{0} ? 1U : 0U), number.low + 1};
}
inline AddressNumber previous(AddressNumber number) {
  return {number.high - (number.low == 0 ? 1U : 0U), number.low - 1};
}

// Of a network, as numbers of its family.
AddressNumber first_of(const IpPrefix& network);
AddressNumber last_of(const IpPrefix& network);

}  // namespace rhumb
