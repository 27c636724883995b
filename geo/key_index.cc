#include "geo/key_index.h"

#include <limits>
#include <vector>

namespace rhumb {
namespace {

constexpr std::uint64_t kLastNumber = ~std::uint64_t{0};

// Numbers that come to a node, and how many nodes they came through.
struct Reach {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t depth = 0;  // 0: nothing leads there
};

// The last number of a slot that is not its node's last; kLastNumber where it would wrap.
std::uint64_t last_of_slot(const IndexNode& node, std::uint32_t slot) {
  const std::uint64_t behind = std::uint64_t{slot} + 1;
  if (behind > kLastNumber >> node.shift) return kLastNumber;
  const std::uint64_t width = behind << node.shift;
  return width > kLastNumber - node.base ? kLastNumber : node.base + width - 1;
}

template <typename Key>
class Validator {
 public:
  explicit Validator(const KeyIndex<Key>& index) : index_(index), reach_(index.nodes.size()) {}

  const char* find_fault() {
    if (index_.keys.empty() || index_.keys.front() != 0) return "its keys do not begin at 0";
    if (!std::ranges::is_sorted(index_.keys)) return "its keys do not rise";
    if (index_.nodes.empty()) return "there is no index";
    reach_[0] = {0, std::numeric_limits<Key>::max(), 1};
    for (std::size_t node = 0; node < index_.nodes.size(); ++node) {
      if (const char* const fault = find_fault_of_node(node)) return fault;
    }
    return slots_seen_ == index_.slots.size() ? nullptr : "there are slots of no node";
  }

 private:
  const char* find_fault_of_node(std::size_t number) {
    const IndexNode& node = index_.nodes[number];
    const Reach reach = reach_[number];
    if (reach.depth == 0 || reach.depth > kMaxIndexDepth) return "a node is out of place";
    if (node.slot_count == 0 || node.shift > 63 || node.reserved != 0) {
      return "a node makes no sense";
    }
    if (node.first_slot != slots_seen_) return "a node's slots do not follow those before";
    slots_seen_ += node.slot_count;
    if (slots_seen_ > index_.slots.size()) return "a node's slots are outside";
    std::uint64_t first = reach.first;
    for (std::uint32_t slot = 0; slot < node.slot_count; ++slot) {
      const bool is_last = slot + 1 == node.slot_count;
      const std::uint64_t last = is_last ? reach.last : last_of_slot(node, slot);
      if (last < first || (!is_last && last >= reach.last)) return "a node's slots do not fit it";
      const IndexSlot& found = index_.slots[std::size_t{node.first_slot} + slot];
      if (const char* const fault = find_fault_of_slot(found, number, {first, last, reach.depth})) {
        return fault;
      }
      first = last + 1;
    }
    return nullptr;
  }

  const char* find_fault_of_slot(const IndexSlot& slot, std::size_t node, Reach reach) {
    if (slot.more != IndexSlot::kNode) return find_fault_of_leaf(slot, reach);
    if (slot.at <= node || slot.at >= index_.nodes.size()) return "a node leads nowhere";
    if (reach_[slot.at].depth != 0) return "two slots lead to one node";
    reach_[slot.at] = {reach.first, reach.last, reach.depth + 1};
    return nullptr;
  }

  // The slot's keys are those, and all those, that its numbers can have.
  [[nodiscard]] const char* find_fault_of_leaf(const IndexSlot& slot, const Reach& reach) const {
    const std::size_t end = std::size_t{slot.at} + slot.more + 1;
    if (end > index_.keys.size()) return "a slot's keys are outside";
    if (index_.keys[slot.at] > reach.first) return "a slot leaves out its first key";
    const bool ends_early = end < index_.keys.size() && index_.keys[end] <= reach.last;
    return ends_early ? "a slot leaves out its last key" : nullptr;
  }

  const KeyIndex<Key>& index_;
  std::vector<Reach> reach_;
  std::uint64_t slots_seen_ = 0;
};

}  // namespace

const char* validate(const KeyIndex<std::uint32_t>& index) { return Validator(index).find_fault(); }

const char* validate(const KeyIndex<std::uint64_t>& index) { return Validator(index).find_fault(); }

}  // namespace rhumb
