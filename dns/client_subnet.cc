#include "dns/client_subnet.h"

#include <algorithm>
#include <array>

#include "dns/reader.h"

namespace rhumb {
namespace {

// Bits of an address of the family; -1 of a family that is not known.
int width_of(std::uint16_t family) {
  switch (family) {
    case 0:  // tells of no network at all: what is sent for privacy's sake (RFC 7871 §7.1.2)
      return 0;
    case kSubnetV4:
      return 32;
    case kSubnetV6:
      return 128;
    default:
      return -1;
  }
}

// Requires: as many octets as the prefix needs, and no more than the family has.
IpAddress address_of(std::uint16_t family, std::span<const std::uint8_t> octets) {
  std::array<std::uint8_t, 16> whole{};
  std::ranges::copy(octets, whole.begin());
  if (family == kSubnetV6) return IpAddress::v6(whole);
  return IpAddress::v4(std::span(whole).first<4>());
}

// RFC 7871 §6: no octet more than the prefix needs, and no bit set past it.
bool fits(std::span<const std::uint8_t> octets, std::uint8_t prefix) {
  if (octets.size() != (prefix + std::size_t{7}) / 8) return false;
  const auto past = static_cast<std::uint8_t>(prefix % 8 == 0 ? 0 : 0xFFU >> prefix % 8U);
  return octets.empty() || (octets.back() & past) == 0;
}

// RFC 7871 §7.2.1: what is wrongly formatted, "e.g., an unknown FAMILY", is to be rejected. BIND 9
// judges alike; Knot lets bits past the prefix and a scope go by, which §6 forbids.
bool read(std::span<const std::uint8_t> data, ClientSubnet& subnet) {
  Reader reader(data);
  subnet.family = reader.u16();
  subnet.source_prefix = reader.u8();
  const std::uint8_t scope_prefix = reader.u8();
  const int width = width_of(subnet.family);
  if (!reader.ok() || subnet.source_prefix > width || scope_prefix != 0) return false;
  if (!fits(reader.rest(), subnet.source_prefix)) return false;
  subnet.address = address_of(subnet.family, reader.rest());
  return true;
}

}  // namespace

ClientSubnet subnet_of(const IpPrefix& network) {
  return {.present = true,
          .malformed = false,
          .source_prefix = network.length,
          .family = network.address.is_v4() ? kSubnetV4 : kSubnetV6,
          .address = network.address};
}

void write_client_subnet(const ClientSubnet& subnet, std::uint8_t scope_prefix,
                         Writer& writer) noexcept {
  const std::array<std::uint8_t, 8> head = {0,
                                            kClientSubnetOption,
                                            0,
                                            static_cast<std::uint8_t>(option_size(subnet) - 4),
                                            0,
                                            static_cast<std::uint8_t>(subnet.family),
                                            subnet.source_prefix,
                                            scope_prefix};
  writer.octets(head);
  writer.bytes(subnet.address.bytes().first(subnet.address_size()));
}

void read_client_subnet(std::span<const std::uint8_t> data, ClientSubnet& subnet) noexcept {
  const bool is_first = !subnet.present && !subnet.malformed;
  ClientSubnet other;
  if (!read(data, is_first ? subnet : other)) {
    subnet = ClientSubnet{.malformed = true, .address = {}};
  } else if (is_first) {
    subnet.present = true;
  }
}

}  // namespace rhumb
