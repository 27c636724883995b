// ClientMap::adopt() over any octets: what it takes over can be asked for any address, and says of
// each what a map may say.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "geo/client_map.h"
#include "geo/ipv4_in_ipv6.h"

namespace {

using rhumb::ClientMap;
using rhumb::IpAddress;
using rhumb::IpPrefix;

// Not assert(): to hold in every build.
void check(bool holds) {
  if (!holds) std::abort();
}

void check_client(const ClientMap& map, const IpAddress& client) {
  const auto order = map.order_of(client);
  check(order.size() <= map.location_count());
  for (const std::uint8_t location : order) check(location < map.location_count());
  const std::uint8_t length = map.block_of(client);
  check(length <= client.bytes().size() * 8);
  // Both ends of the block have its order, and the block itself.
  const IpPrefix block = IpPrefix::of(client, length);
  const auto last = rhumb::last_of(block);
  const IpAddress end =
      client.is_v4() ? rhumb::ipv4_of(static_cast<std::uint32_t>(last.low)) : rhumb::ipv6_of(last);
  for (const IpAddress& other : {block.address, end}) {
    const auto others = map.order_of(other);
    check(others.data() == order.data() && others.size() == order.size());
    check(map.block_of(other) == length);
  }
}

// Every eight octets as an address, at the front of one and at its end.
std::vector<IpAddress> clients_in(std::span<const std::byte> bytes) {
  std::vector<IpAddress> clients;
  for (const auto& embedding : rhumb::kIpv4Embeddings) {
    clients.push_back(rhumb::ipv6_of(embedding.prefix));
  }
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= bytes.size(); at += 4) {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    clients.push_back(rhumb::ipv4_of(static_cast<std::uint32_t>(number)));
    clients.push_back(rhumb::ipv4_of(static_cast<std::uint32_t>(number) - 1));
    clients.push_back(rhumb::ipv6_of({number, 0}));
    clients.push_back(rhumb::ipv6_of(rhumb::previous({number, number})));
  }
  return clients;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // As a MapWriter's bytes are: aligned, and not a byte behind them to read.
  std::vector<std::uint64_t> aligned((size + 7) / 8);
  if (size > 0) std::memcpy(aligned.data(), data, size);
  const auto bytes = std::as_bytes(std::span(aligned)).first(size);
  const auto map = ClientMap::adopt(bytes, nullptr);
  if (!map.ok()) return 0;
  for (const IpAddress& client : clients_in(bytes)) check_client(map.value(), client);
  return 0;
}
