#include "geo/address_number.h"

#include <array>

namespace rhumb {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};

// The low `count` bits of a word; 0…64.
std::uint64_t low_bits(int count) {
  return count <= 0 ? 0 : count >= 64 ? kAll : kAll >> (64 - count);
}

template <typename Number>
void write_big_endian(Number number, std::uint8_t* bytes) {
  for (std::size_t i = sizeof number; i > 0; --i, number >>= 8U) {
    bytes[i - 1] = static_cast<std::uint8_t>(number);
  }
}

}  // namespace

IpAddress ipv4_of(std::uint32_t number) {
  std::array<std::uint8_t, 4> bytes;
  write_big_endian(number, bytes.data());
  return IpAddress::v4(bytes);
}

IpAddress ipv6_of(AddressNumber number) {
  std::array<std::uint8_t, 16> bytes;
  write_big_endian(number.high, bytes.data());
  write_big_endian(number.low, bytes.data() + 8);
  return IpAddress::v6(bytes);
}

AddressNumber first_of(const IpPrefix& network) { return number_of(network.address); }

AddressNumber last_of(const IpPrefix& network) {
  const AddressNumber first = first_of(network);
  const int free_bits = (network.address.is_v4() ? 32 : 128) - network.length;
  return {first.high | low_bits(free_bits - 64), first.low | low_bits(free_bits)};
}

}  // namespace rhumb
