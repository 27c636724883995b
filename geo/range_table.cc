#include "geo/range_table.h"

namespace rhumb {
namespace {

template <typename Key>
const char* find_fault(const RangeTable<Key>& table, std::uint32_t order_count) {
  const std::size_t count = table.count();
  if (count == 0 || table.orders.size() != count) return "its ranges do not fit their orders";
  if (!table.low.empty() && table.low.size() != count) return "its low halves do not fit";
  if (table.start(0) != AddressNumber{}) return "its first range does not begin at 0";
  for (std::size_t range = 1; range < count; ++range) {
    if (table.start(range) <= table.start(range - 1)) return "its ranges do not rise";
    if (table.orders[range] == table.orders[range - 1]) return "neighbours have one order";
  }
  const auto is_outside = [&](std::uint32_t order) { return order >= order_count; };
  if (std::ranges::any_of(table.orders, is_outside)) return "a range has no order";
  return validate(table.starts);
}

}  // namespace

const char* validate(const RangeTable<std::uint32_t>& table, std::uint32_t order_count) {
  return find_fault(table, order_count);
}

const char* validate(const RangeTable<std::uint64_t>& table, std::uint32_t order_count) {
  return find_fault(table, order_count);
}

}  // namespace rhumb
