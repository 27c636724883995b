#include "geo/client_map.h"

#include <algorithm>
#include <bitset>
#include <cstring>
#include <string>
#include <utility>

#include "geo/ipv4_in_ipv6.h"
#include "geo/rule.h"

namespace rhumb {
namespace {

constexpr std::size_t kAlignment = alignof(std::uint64_t);

// Cuts arrays off the front of bytes that a MapWriter laid down as such.
class ArrayReader {
 public:
  explicit ArrayReader(std::span<const std::byte> bytes) : left_(bytes) {}

  template <typename T>
  std::span<const T> take(std::uint64_t count) {
    const std::uint64_t size = count * sizeof(T);  // of 32-bit counts: cannot wrap
    if (size > left_.size()) {
      failed_ = true;
      return {};
    }
    const auto* const first = reinterpret_cast<const T*>(left_.data());
    left_ = left_.subspan(size);
    return {first, static_cast<std::size_t>(count)};
  }
  [[nodiscard]] bool is_all_taken() const { return !failed_ && left_.empty(); }

 private:
  std::span<const std::byte> left_;
  bool failed_ = false;
};

// Blocks beside addresses that are looked up as IPv4 do not reach into those.
int block_beside_ipv4(AddressNumber address) {
  int bits = 0;
  for (const Ipv4Embedding& embedding : kIpv4Embeddings) {
    bits = std::max(bits, common_prefix_bits(address, embedding.prefix) + 1);
  }
  return bits;
}

bool is_order(std::span<const std::uint8_t> locations, std::size_t location_count) {
  std::bitset<kMaxLocations> seen;
  for (const std::uint8_t location : locations) {
    if (location >= location_count || seen.test(location)) return false;
    seen.set(location);
  }
  return true;
}

}  // namespace

std::span<const std::uint8_t> ClientMap::order_of(const IpAddress& client) const noexcept {
  AddressNumber address = number_of(client);
  if (!client.is_v4()) {
    const auto embedded = ipv4_apart_ ? embedded_ipv4(address) : std::nullopt;
    if (!embedded) return order(v6_.orders[v6_.find(address)]);
    address = {0, embedded->address};
  }
  return order(v4_.orders[v4_.find(address)]);
}

ClientMap::Match ClientMap::match(const IpAddress& client) const noexcept {
  AddressNumber address = number_of(client);
  int bits = 0;
  if (!client.is_v4()) {
    const auto embedded = ipv4_apart_ ? embedded_ipv4(address) : std::nullopt;
    if (!embedded) {
      const std::size_t range = v6_.find(address);
      bits = v6_.block(address, range);
      if (ipv4_apart_) bits = std::max(bits, block_beside_ipv4(address));
      return {order(v6_.orders[range]), static_cast<std::uint8_t>(bits)};
    }
    address = {0, embedded->address};
    bits = embedded->offset;
  }
  const std::size_t range = v4_.find(address);
  bits += v4_.block(address, range);
  return {order(v4_.orders[range]), static_cast<std::uint8_t>(bits)};
}

// IPv4 in IPv6 is rare enough to wait for.
void ClientMap::prefetch_slot(const IpAddress& client) const noexcept {
  const AddressNumber address = number_of(client);
  if (client.is_v4()) return v4_.prefetch_slot(address);
  v6_.prefetch_slot(address);
}

void ClientMap::prefetch_range(const IpAddress& client) const noexcept {
  const AddressNumber address = number_of(client);
  if (client.is_v4()) return v4_.prefetch_range(address);
  v6_.prefetch_range(address);
}

std::span<const std::uint8_t> ClientMap::order(std::uint32_t number) const noexcept {
  return pool_.subspan(orders_[number].first, orders_[number].count);
}

Result<ClientMap> ClientMap::adopt(std::span<const std::byte> bytes,
                                   std::shared_ptr<const void> owner) {
  MapHeader header;
  const bool is_aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % kAlignment == 0;
  if (bytes.size() < sizeof header || !is_aligned) {
    return Error{"the client map is too short or not aligned"};
  }
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kMapMagic) return Error{"these bytes are no client map of this version"};
  ClientMap map;
  map.owner_ = std::move(owner);
  if (header.size_bytes != bytes.size() || !map.lay_out(header, bytes.subspan(sizeof header))) {
    return Error{"the client map is truncated, or its sizes are wrong"};
  }
  const char* const fault = map.find_fault();
  if (fault != nullptr) return Error{std::string("the client map is broken: ") + fault};
  return map;
}

bool ClientMap::lay_out(const MapHeader& header, std::span<const std::byte> arrays) {
  ArrayReader reader(arrays);
  v6_.starts.keys = reader.take<std::uint64_t>(header.v6.ranges);
  v6_.low = reader.take<std::uint64_t>(header.v6.lows);
  v4_.starts.nodes = reader.take<IndexNode>(header.v4.nodes);
  v6_.starts.nodes = reader.take<IndexNode>(header.v6.nodes);
  orders_ = reader.take<OrderSpan>(header.order_count);
  v4_.starts.slots = reader.take<IndexSlot>(header.v4.slots);
  v6_.starts.slots = reader.take<IndexSlot>(header.v6.slots);
  v4_.starts.keys = reader.take<std::uint32_t>(header.v4.ranges);
  v4_.orders = reader.take<std::uint32_t>(header.v4.ranges);
  v6_.orders = reader.take<std::uint32_t>(header.v6.ranges);
  pool_ = reader.take<std::uint8_t>(header.pool_size);
  ipv4_apart_ = header.ipv4_apart != 0;
  location_count_ = header.location_count;
  size_bytes_ = sizeof header + arrays.size();
  return reader.is_all_taken() && header.ipv4_apart <= 1 && header.v4.lows == 0;
}

const char* ClientMap::find_fault() const {
  if (const char* const fault = find_fault_of_orders()) return fault;
  const auto order_count = static_cast<std::uint32_t>(orders_.size());
  if (const char* const fault = validate(v4_, order_count)) return fault;
  if (const char* const fault = validate(v6_, order_count)) return fault;
  // Else blocks inside IPv4 in IPv6 could overlap those beside it.
  return ipv4_apart_ != (v4_.count() > 1) ? "IPv4 in IPv6 is looked up the wrong way" : nullptr;
}

const char* ClientMap::find_fault_of_orders() const {
  if (location_count_ == 0 || location_count_ > kMaxLocations) return "its number of locations";
  for (const OrderSpan& order : orders_) {
    if (std::uint64_t{order.first} + order.count > pool_.size()) return "an order is outside";
    if (!is_order(pool_.subspan(order.first, order.count), location_count_)) {
      return "an order names a location twice, or one that there is not";
    }
  }
  return nullptr;
}

}  // namespace rhumb
