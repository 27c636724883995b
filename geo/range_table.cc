#include "geo/range_table.h"

namespace rhumb {
namespace {

template <typename Key>
const char* find_fault_of_groups(const RangeTable<Key>& table) {
  constexpr std::size_t kSize = RangeGroup<Key>::kSize;
  if (table.count == 0) return "it has no ranges";
  if (table.groups.size() != (table.count + kSize - 1) / kSize) return "its groups do not fit";
  if (!table.low.empty() && table.low.size() != table.count) return "its low halves do not fit";
  if (table.index.keys.size() != table.groups.size()) return "its keys do not fit";
  for (std::size_t group = 0; group < table.groups.size(); ++group) {
    if (table.index.keys[group] != table.groups[group].starts[0]) return "a key is not its group's";
  }
  const auto unused = RangeGroup<Key>::unused();
  const auto& last = table.groups.back();
  for (std::size_t i = table.count - (table.groups.size() - 1) * kSize; i < kSize; ++i) {
    const bool is_unused = last.starts[i] == unused.starts[i] && last.orders[i] == unused.orders[i];
    if (!is_unused) return "its last group does not end";
  }
  return nullptr;
}

template <typename Key>
const char* find_fault_of_ranges(const RangeTable<Key>& table, std::uint32_t order_count) {
  if (table.start(0) != AddressNumber{}) return "its first range does not begin at 0";
  if (table.order(0) >= order_count) return "a range has no order";
  for (std::size_t range = 1; range < table.count; ++range) {
    if (table.start(range) <= table.start(range - 1)) return "its ranges do not rise";
    if (table.order(range) == table.order(range - 1)) return "neighbours have one order";
    if (table.order(range) >= order_count) return "a range has no order";
  }
  return nullptr;
}

template <typename Key>
const char* find_fault(const RangeTable<Key>& table, std::uint32_t order_count) {
  if (const char* const fault = find_fault_of_groups(table)) return fault;
  if (const char* const fault = find_fault_of_ranges(table, order_count)) return fault;
  return validate(table.index);
}

}  // namespace

const char* validate(const RangeTable<std::uint32_t>& table, std::uint32_t order_count) {
  return find_fault(table, order_count);
}

const char* validate(const RangeTable<std::uint64_t>& table, std::uint32_t order_count) {
  return find_fault(table, order_count);
}

}  // namespace rhumb
