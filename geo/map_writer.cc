#include "geo/map_writer.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "geo/address_number.h"
#include "geo/ipv4_in_ipv6.h"
#include "geo/key_index_maker.h"
#include "geo/range_table.h"

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

// A family's arrays.
template <typename Key>
struct Form {
  std::vector<RangeGroup<Key>> groups;
  std::vector<std::uint64_t> keys;
  std::vector<std::uint64_t> low;
  IndexParts index;
};

std::uint32_t key_of(std::uint32_t start) { return start; }
std::uint64_t key_of(AddressNumber start) { return start.high; }

template <typename Key, typename Start>
Form<Key> form_of(const std::vector<Start>& starts, const std::vector<std::uint32_t>& orders) {
  constexpr std::size_t kSize = RangeGroup<Key>::kSize;
  Form<Key> form;
  form.groups.resize((starts.size() + kSize - 1) / kSize, RangeGroup<Key>::unused());
  for (std::size_t i = 0; i < starts.size(); ++i) {
    form.groups[i / kSize].starts[i % kSize] = key_of(starts[i]);
    form.groups[i / kSize].orders[i % kSize] = orders[i];
  }
  for (const auto& group : form.groups) form.keys.push_back(group.starts[0]);
  form.index = make_index(form.keys);
  return form;
}

// None where all are 0.
std::vector<std::uint64_t> low_halves(const std::vector<AddressNumber>& starts) {
  const auto is_deep = [](AddressNumber start) { return start.low != 0; };
  if (std::ranges::none_of(starts, is_deep)) return {};
  std::vector<std::uint64_t> low(starts.size());
  std::ranges::transform(starts, low.begin(), &AddressNumber::low);
  return low;
}

template <typename Key>
MapHeader::Ranges sizes_of(std::size_t count, const Form<Key>& form) {
  const auto u32 = [](std::size_t size) { return static_cast<std::uint32_t>(size); };
  return {u32(count), u32(form.low.size()), u32(form.index.nodes.size()),
          u32(form.index.slots.size())};
}

template <typename Key>
std::size_t size_of(const Form<Key>& form) {
  return size_of(form.groups) + size_of(form.keys) + size_of(form.low) + size_of(form.index.nodes) +
         size_of(form.index.slots);
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
  const auto v4 = form_of<std::uint32_t>(v4_.starts, v4_.orders);
  auto v6 = form_of<std::uint64_t>(v6_.starts, v6_.orders);
  v6.low = low_halves(v6_.starts);
  const MapHeader header{
      .size_bytes = sizeof header + size_of(v4) + size_of(v6) + size_of(orders_) + pool_.size(),
      .location_count = static_cast<std::uint32_t>(location_count_),
      .order_count = static_cast<std::uint32_t>(orders_.size()),
      .pool_size = static_cast<std::uint32_t>(pool_.size()),
      .ipv4_apart = ipv4_apart ? 1U : 0U,
      .v4 = sizes_of(v4_.starts.size(), v4),
      .v6 = sizes_of(v6_.starts.size(), v6)};
  std::vector<std::byte> bytes;
  bytes.reserve(header.size_bytes);
  append(bytes, std::vector{header});
  append(bytes, v4.groups);
  append(bytes, v6.groups);
  append(bytes, v4.keys);
  append(bytes, v6.keys);
  append(bytes, v6.low);
  append(bytes, v4.index.nodes);
  append(bytes, v6.index.nodes);
  append(bytes, v4.index.slots);
  append(bytes, v6.index.slots);
  append(bytes, orders_);
  append(bytes, pool_);
  return bytes;
}

}  // namespace rhumb
