#include "geo/map_writer.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "geo/address_number.h"
#include "geo/ipv4_in_ipv6.h"
#include "geo/key_index_maker.h"

namespace rhumb {
namespace {

template <typename T>
std::size_t size_of(const std::vector<T>& array) {
  return array.size() * sizeof(T);
}

template <typename T>
void append(std::vector<std::byte>& bytes, const std::vector<T>& array) {
  const auto* const first = reinterpret_cast<const std::byte*>(array.data());
  bytes.insert(bytes.end(), first, first + size_of(array));
}

// The two halves of IPv6 starts; no low ones where all are 0.
struct Halves {
  std::vector<std::uint64_t> high;
  std::vector<std::uint64_t> low;
};

Halves halves_of(const std::vector<AddressNumber>& starts) {
  Halves halves;
  halves.high.resize(starts.size());
  std::ranges::transform(starts, halves.high.begin(), &AddressNumber::high);
  const auto is_deep = [](AddressNumber start) { return start.low != 0; };
  if (std::ranges::none_of(starts, is_deep)) return halves;
  halves.low.resize(starts.size());
  std::ranges::transform(starts, halves.low.begin(), &AddressNumber::low);
  return halves;
}

MapHeader::Ranges sizes_of(std::size_t ranges, std::size_t lows, const IndexParts& index) {
  const auto u32 = [](std::size_t size) { return static_cast<std::uint32_t>(size); };
  return {u32(ranges), u32(lows), u32(index.nodes.size()), u32(index.slots.size())};
}

// Addresses behind a start that hold IPv4.
struct Hole {
  AddressNumber first;
  AddressNumber behind;
};

std::array<Hole, kIpv4Embeddings.size()> holes() {
  std::array<Hole, kIpv4Embeddings.size()> all;
  std::ranges::transform(kIpv4Embeddings, all.begin(), [](const Ipv4Embedding& embedding) {
    const IpPrefix network{ipv6_of(embedding.prefix), embedding.length};
    return Hole{embedding.prefix, next(last_of(network))};
  });
  return all;
}

}  // namespace

std::uint32_t MapWriter::number_of(std::span<const std::uint8_t> order) {
  const auto [found, is_new] = numbers_.try_emplace(std::string(order.begin(), order.end()),
                                                    static_cast<std::uint32_t>(orders_.size()));
  if (is_new) {
    orders_.push_back(
        {static_cast<std::uint32_t>(pool_.size()), static_cast<std::uint32_t>(order.size())});
    pool_.insert(pool_.end(), order.begin(), order.end());
  }
  return found->second;
}

void MapWriter::add_v4(std::uint32_t start, std::uint32_t order) {
  assert(v4_.starts.empty() ? start == 0 : start > v4_.starts.back());
  v4_.add(start, order);
}

void MapWriter::add_v6(AddressNumber start, std::uint32_t order) {
  assert(v6_.starts.empty() ? start == AddressNumber{} : start > v6_.starts.back());
  v6_.add(start, order);
}

// Walks ranges and holes side by side.
MapWriter::Ranges<AddressNumber> MapWriter::without_ipv4(std::optional<std::uint32_t> order) const {
  Ranges<AddressNumber> result;
  std::size_t range = 0;
  for (const Hole& hole : holes()) {
    for (; range < v6_.starts.size() && v6_.starts[range] < hole.first; ++range) {
      result.add(v6_.starts[range], v6_.orders[range]);
    }
    while (range < v6_.starts.size() && v6_.starts[range] <= hole.behind) ++range;
    if (order) result.add(hole.first, *order);
    result.add(hole.behind, v6_.orders[range - 1]);
  }
  for (; range < v6_.starts.size(); ++range) result.add(v6_.starts[range], v6_.orders[range]);
  return result;
}

std::vector<std::byte> MapWriter::finish() && {
  if (v4_.starts.empty()) v4_.add(0, number_of({}));
  if (v6_.starts.empty()) v6_.add({}, number_of({}));
  const bool ipv4_apart = v4_.starts.size() > 1;
  v6_ = without_ipv4(ipv4_apart ? std::nullopt : std::optional(v4_.orders.front()));
  const Halves v6_starts = halves_of(v6_.starts);
  const IndexParts v4_index = make_index(v4_.starts);
  const IndexParts v6_index = make_index(v6_starts.high);
  MapHeader header{.location_count = static_cast<std::uint32_t>(location_count_),
                   .order_count = static_cast<std::uint32_t>(orders_.size()),
                   .pool_size = static_cast<std::uint32_t>(pool_.size()),
                   .ipv4_apart = ipv4_apart ? 1U : 0U,
                   .v4 = sizes_of(v4_.starts.size(), 0, v4_index),
                   .v6 = sizes_of(v6_.starts.size(), v6_starts.low.size(), v6_index)};
  header.size_bytes = sizeof header + size_of(v6_starts.high) + size_of(v6_starts.low) +
                      size_of(v4_index.nodes) + size_of(v6_index.nodes) + size_of(orders_) +
                      size_of(v4_index.slots) + size_of(v6_index.slots) + size_of(v4_.starts) +
                      size_of(v4_.orders) + size_of(v6_.orders) + size_of(pool_);
  std::vector<std::byte> bytes;
  bytes.reserve(header.size_bytes);
  append(bytes, std::vector{header});
  append(bytes, v6_starts.high);
  append(bytes, v6_starts.low);
  append(bytes, v4_index.nodes);
  append(bytes, v6_index.nodes);
  append(bytes, orders_);
  append(bytes, v4_index.slots);
  append(bytes, v6_index.slots);
  append(bytes, v4_.starts);
  append(bytes, v4_.orders);
  append(bytes, v6_.orders);
  append(bytes, pool_);
  return bytes;
}

}  // namespace rhumb
