#include "geo/key_index_maker.h"

#include <algorithm>
#include <bit>

namespace rhumb {
namespace {

constexpr std::size_t kKeysPerSlot = 2;  // aimed at
constexpr int kMaxNodeBits = 22;         // slots of a node, at most twice 2^this

int width_of(std::uint64_t number) { return static_cast<int>(std::bit_width(number)); }

// The keys that a node is yet to be made for: the last up to its first number, and those behind.
struct Task {
  std::uint32_t first;
  std::uint32_t last;
  std::size_t depth;
};

template <typename Key>
class Maker {
 public:
  explicit Maker(std::span<const Key> keys) : keys_(keys) {}

  IndexParts make() {
    tasks_.push_back({0, static_cast<std::uint32_t>(keys_.size() - 1), 1});
    for (std::size_t next = 0; next < tasks_.size(); ++next) add_node(tasks_[next]);
    return std::move(parts_);
  }

 private:
  void add_node(Task task) {
    const IndexNode node = node_for(task);
    parts_.nodes.push_back(node);
    std::uint32_t at = task.first;
    for (std::uint32_t slot = 0; slot + 1 < node.slot_count; ++slot) {
      const std::uint64_t behind = node.base + (std::uint64_t{slot + 1} << node.shift);
      std::uint32_t end = at;
      while (end < task.last && keys_[end + 1] < behind) ++end;
      parts_.slots.push_back(slot_for({at, end, task.depth + 1}));
      at = end;
      while (at < task.last && keys_[at + 1] == behind) ++at;
    }
    parts_.slots.push_back(slot_for({at, task.last, task.depth + 1}));
  }

  IndexNode node_for(const Task& task) {
    IndexNode node{.first_slot = static_cast<std::uint32_t>(parts_.slots.size()), .slot_count = 1};
    if (task.first == task.last) return node;
    node.base = keys_[task.first + 1];
    const std::uint64_t stretch = keys_[task.last] - node.base;
    const std::uint64_t wanted = (task.last - task.first) / kKeysPerSlot;
    const int bits = std::clamp(width_of(wanted), 1, kMaxNodeBits);
    node.shift = static_cast<std::uint32_t>(std::max(0, width_of(stretch) - bits));
    node.slot_count = static_cast<std::uint32_t>(stretch >> node.shift) + 1;
    return node;
  }

  IndexSlot slot_for(const Task& task) {
    const std::uint32_t more = task.last - task.first;
    const bool splits = more > kMaxSearched && task.depth <= kMaxIndexDepth &&
                        keys_[task.first + 1] != keys_[task.last];
    if (!splits) return {task.first, more};
    tasks_.push_back(task);
    return {static_cast<std::uint32_t>(tasks_.size() - 1), IndexSlot::kNode};
  }

  std::span<const Key> keys_;
  std::vector<Task> tasks_;  // number n becomes node n
  IndexParts parts_;
};

}  // namespace

IndexParts make_index(std::span<const std::uint32_t> keys) { return Maker(keys).make(); }

IndexParts make_index(std::span<const std::uint64_t> keys) { return Maker(keys).make(); }

}  // namespace rhumb
