#include "zones/zone.h"

#include <cassert>
#include <cstring>

#include "base/own_lines.h"
#include "zones/slots.h"

namespace rhumb {

const Node* Zone::find(const FoldedName& name, int label) const noexcept {
  const std::uint64_t hash = name.hash[static_cast<std::size_t>(label)];
  const std::span<const std::uint8_t> wanted = name.suffix(label);
  const Slot* const slots = arena_.at<Slot>(slots_);
  std::uint32_t at = first_slot(hash, slot_count_);
  for (; slots[at].node != 0; at = next_slot(at, slot_count_)) {
    if (slots[at].tag != slot_tag(hash)) continue;
    const Node* const found = node(slots[at].node);
    const std::span<const std::uint8_t> has = found->name();
    if (has.size() == wanted.size() && std::memcmp(has.data(), wanted.data(), has.size()) == 0) {
      return found;
    }
  }
  return nullptr;
}

std::vector<const Node*> Zone::nodes() const {
  std::vector<const Node*> all;
  for (const Slot& slot : std::span(arena_.at<Slot>(slots_), slot_count_)) {
    if (slot.node != 0) all.push_back(node(slot.node));
  }
  return all;
}

const Node* Zone::wildcard(const Node& parent) const noexcept {
  assert(parent.has(Node::kWildChild));
  const std::span<const SetHead> sets = parent.sets();
  return node(*reinterpret_cast<const Ref*>(sets.data() + sets.size()));
}

void Zone::prefetch_slot(const FoldedName& name, int label) const noexcept {
  const std::uint64_t hash = name.hash[static_cast<std::size_t>(label)];
  __builtin_prefetch(arena_.at<Slot>(slots_) + first_slot(hash, slot_count_));
}

void Zone::prefetch_node(const FoldedName& name, int label) const noexcept {
  const std::uint64_t hash = name.hash[static_cast<std::size_t>(label)];
  const Slot* const slots = arena_.at<Slot>(slots_);
  for (std::uint32_t at = first_slot(hash, slot_count_); slots[at].node != 0;
       at = next_slot(at, slot_count_)) {
    if (slots[at].tag != slot_tag(hash)) continue;
    const auto* const found = reinterpret_cast<const std::byte*>(node(slots[at].node));
    __builtin_prefetch(found);
    __builtin_prefetch(found + kCacheLine);  // a node with its first image reaches into it
    return;
  }
}

}  // namespace rhumb
