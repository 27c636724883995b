#include "geo/range_table.h"

#include <limits>
#include <vector>

namespace rhumb {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};

// Keys that come to a node, and how many nodes they came through.
struct Reach {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t depth = 0;  // 0: nothing leads there
};

template <typename Key>
class Validator {
 public:
  Validator(const RangeTable<Key>& table, std::uint32_t order_count)
      : table_(table), order_count_(order_count), reach_(table.nodes.size()) {}

  const char* find_fault() {
    if (const char* const fault = find_fault_of_ranges()) return fault;
    if (table_.nodes.empty()) return "there is no index";
    reach_[0] = {0, std::numeric_limits<Key>::max(), 1};
    for (std::size_t node = 0; node < table_.nodes.size(); ++node) {
      if (const char* const fault = find_fault_of_node(node)) return fault;
    }
    return slots_seen_ == table_.slots.size() ? nullptr : "there are slots of no node";
  }

 private:
  [[nodiscard]] const char* find_fault_of_ranges() const {
    const std::size_t count = table_.starts.size();
    if (count == 0 || table_.orders.size() != count) return "it has no ranges";
    if (!table_.low.empty() && table_.low.size() != count) return "its low halves are too few";
    if (table_.start(0) != AddressNumber{}) return "its first range does not begin at 0";
    for (std::size_t range = 1; range < count; ++range) {
      if (table_.start(range) <= table_.start(range - 1)) return "its ranges do not rise";
      if (table_.orders[range] == table_.orders[range - 1]) return "neighbours have one order";
    }
    const auto is_outside = [&](std::uint32_t order) { return order >= order_count_; };
    return std::ranges::any_of(table_.orders, is_outside) ? "a range has no order" : nullptr;
  }

  const char* find_fault_of_node(std::size_t number) {
    const IndexNode& node = table_.nodes[number];
    const Reach reach = reach_[number];
    if (reach.depth == 0 || reach.depth > kMaxIndexDepth) return "a node is out of place";
    if (node.slot_count == 0 || node.shift > 63 || node.reserved != 0)
      return "a node makes no sense";
    if (node.first_slot != slots_seen_) return "a node's slots do not follow those before";
    slots_seen_ += node.slot_count;
    if (slots_seen_ > table_.slots.size()) return "a node's slots are outside";
    std::uint64_t first = reach.first;
    for (std::uint32_t slot = 0; slot < node.slot_count; ++slot) {
      const bool is_last = slot + 1 == node.slot_count;
      const std::uint64_t last = is_last ? reach.last : last_key(node, slot);
      if (last < first || (!is_last && last >= reach.last))
        return "a node's slots do not fit its keys";
      const Reach of_slot{first, last, reach.depth + 1};
      const IndexSlot& found = table_.slots[std::size_t{node.first_slot} + slot];
      const char* const fault = found.more == IndexSlot::kNode ? enter(found.at, number, of_slot)
                                                               : find_fault_of_leaf(found, of_slot);
      if (fault != nullptr) return fault;
      first = last + 1;
    }
    return nullptr;
  }

  // The last key of a slot that is not its node's last; kAll where it would wrap.
  static std::uint64_t last_key(const IndexNode& node, std::uint32_t slot) {
    const std::uint64_t behind = std::uint64_t{slot} + 1;
    if (behind > kAll >> node.shift) return kAll;
    const std::uint64_t width = behind << node.shift;
    return width > kAll - node.base ? kAll : node.base + width - 1;
  }

  const char* enter(std::uint32_t child, std::size_t parent, const Reach& reach) {
    if (child <= parent || child >= table_.nodes.size()) return "a node leads nowhere";
    if (reach_[child].depth != 0) return "two slots lead to one node";
    reach_[child] = reach;
    return nullptr;
  }

  // The slot's ranges are those, and all those, that its keys are in.
  [[nodiscard]] const char* find_fault_of_leaf(const IndexSlot& slot, const Reach& reach) const {
    const std::size_t count = table_.starts.size();
    const std::size_t end = std::size_t{slot.at} + slot.more + 1;
    if (end > count) return "a slot's ranges are outside";
    const AddressNumber first = whole(reach.first, 0);
    const AddressNumber last = whole(reach.last, kAll);
    if (table_.start(slot.at) > first) return "a slot leaves out its first range";
    if (end < count && table_.start(end) <= last) return "a slot leaves out its last range";
    return nullptr;
  }

  static AddressNumber whole(std::uint64_t key, std::uint64_t low) {
    if constexpr (sizeof(Key) == sizeof(std::uint32_t)) return {0, key};
    return {key, low};
  }

  const RangeTable<Key>& table_;
  std::uint32_t order_count_;
  std::vector<Reach> reach_;
  std::uint64_t slots_seen_ = 0;
};

}  // namespace

const char* validate(const RangeTable<std::uint32_t>& table, std::uint32_t order_count) {
  return Validator(table, order_count).find_fault();
}

const char* validate(const RangeTable<std::uint64_t>& table, std::uint32_t order_count) {
  return Validator(table, order_count).find_fault();
}

}  // namespace rhumb
