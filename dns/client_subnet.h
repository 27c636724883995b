// The EDNS client subnet option of a query (RFC 7871 §6): the network for whose sake a resolver
// asks. Read here; whether anyone heeds it is not known here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/ip.h"
#include "dns/writer.h"

namespace rhumb {

inline constexpr std::uint16_t kClientSubnetOption = 8;  // RFC 7871 §6
inline constexpr std::uint16_t kSubnetV4 = 1;            // IANA address family numbers
inline constexpr std::uint16_t kSubnetV6 = 2;

struct ClientSubnet {
  bool present = false;            // a query has it, and in the right form
  bool malformed = false;          // a query has it, but not so; the rest says nothing
  std::uint8_t source_prefix = 0;  // bits of `address` that the client tells: 0…32 or 0…128
  std::uint16_t family = 0;        // kSubnetV4, kSubnetV6, or 0 with no bits: as it was sent
  IpAddress address;               // the network's first

  // Octets of the address on the wire.
  [[nodiscard]] std::size_t address_size() const { return (source_prefix + std::size_t{7}) / 8; }
};

// As a query tells of `network`.
ClientSubnet subnet_of(const IpPrefix& network);

// Octets of the whole option.
inline std::size_t option_size(const ClientSubnet& subnet) { return 8 + subnet.address_size(); }

// The whole option, code and length included. A query's scope is 0.
void write_client_subnet(const ClientSubnet& subnet, std::uint8_t scope_prefix,
                         Writer& writer) noexcept;

// Reads the data of one option into `subnet`, unless one was read before: of several the first
// counts, but each must be well-formed, as in BIND 9.
void read_client_subnet(std::span<const std::uint8_t> data, ClientSubnet& subnet) noexcept;

}  // namespace rhumb
