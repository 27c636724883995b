#include "geo/range_index.h"

#include <algorithm>
#include <bit>

namespace rhumb {
namespace {

constexpr std::size_t kRangesPerSlot = 2;  // aimed at
constexpr int kMaxNodeBits = 22;           // slots of a node, at most twice 2^this

int width_of(std::uint64_t number) { return static_cast<int>(std::bit_width(number)); }

// Ranges first…last reach into the keys of a node that is yet to be made.
struct Task {
  std::uint32_t first;
  std::uint32_t last;
  std::size_t depth;
};

template <typename Key>
class Maker {
 public:
  Maker(std::span<const Key> starts, std::span<const std::uint64_t> low)
      : starts_(starts), low_(low) {}

  RangeIndex make() {
    tasks_.push_back({0, static_cast<std::uint32_t>(starts_.size() - 1), 1});
    for (std::size_t next = 0; next < tasks_.size(); ++next) add_node(tasks_[next]);
    return std::move(index_);
  }

 private:
  void add_node(Task task) {
    const IndexNode node = node_for(task);
    index_.nodes.push_back(node);
    std::uint32_t at = task.first;
    for (std::uint32_t slot = 0; slot < node.slot_count; ++slot) {
      const bool is_last = slot + 1 == node.slot_count;
      const std::uint32_t end =
          is_last ? task.last : last_before(at, task.last, begin_of(node, slot + 1));
      index_.slots.push_back(slot_for({at, end, task.depth + 1}));
      at = is_last ? end : last_reaching(end, task.last, begin_of(node, slot + 1));
    }
  }

  IndexNode node_for(const Task& task) {
    IndexNode node{.first_slot = static_cast<std::uint32_t>(index_.slots.size()), .slot_count = 1};
    if (task.first == task.last) return node;
    node.base = starts_[task.first + 1];
    const std::uint64_t stretch = starts_[task.last] - node.base;
    const std::uint64_t wanted = (task.last - task.first) / kRangesPerSlot;
    const int bits = std::clamp(width_of(wanted), 1, kMaxNodeBits);
    node.shift = static_cast<std::uint32_t>(std::max(0, width_of(stretch) - bits));
    node.slot_count = static_cast<std::uint32_t>(stretch >> node.shift) + 1;
    return node;
  }

  static std::uint64_t begin_of(const IndexNode& node, std::uint32_t slot) {
    return node.base + (std::uint64_t{slot} << node.shift);
  }

  // The last range from `at` to `last` that begins before `key`. Requires: `at` does, or is the
  // first.
  [[nodiscard]] std::uint32_t last_before(std::uint32_t at, std::uint32_t last,
                                          std::uint64_t key) const {
    while (at < last && starts_[at + 1] < key) ++at;
    return at;
  }

  // The range that holds the first address of `key`. Requires: `at` is the last to begin before it.
  [[nodiscard]] std::uint32_t last_reaching(std::uint32_t at, std::uint32_t last,
                                            std::uint64_t key) const {
    const bool begins_there = at < last && starts_[at + 1] == key;
    return begins_there && (low_.empty() || low_[at + 1] == 0) ? at + 1 : at;
  }

  IndexSlot slot_for(const Task& task) {
    const std::uint32_t more = task.last - task.first;
    const bool splits = more > kMaxSearched && task.depth <= kMaxIndexDepth &&
                        starts_[task.first + 1] != starts_[task.last];
    if (!splits) return {task.first, more};
    tasks_.push_back(task);
    return {static_cast<std::uint32_t>(tasks_.size() - 1), IndexSlot::kNode};
  }

  std::span<const Key> starts_;
  std::span<const std::uint64_t> low_;
  std::vector<Task> tasks_;  // number n becomes node n
  RangeIndex index_;
};

}  // namespace

RangeIndex make_range_index(std::span<const std::uint32_t> starts) {
  return Maker(starts, {}).make();
}

RangeIndex make_range_index(std::span<const std::uint64_t> high,
                            std::span<const std::uint64_t> low) {
  return Maker(high, low).make();
}

}  // namespace rhumb
