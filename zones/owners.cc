#include "zones/owners.h"

#include <cstring>
#include <utility>

#include "zones/slots.h"

namespace rhumb {

void OwnerTable::reserve(std::size_t count, const RecordLog& log) {
  if (slots_for(count) > slots().size()) rebuild(slots_for(count), log);
}

Ref OwnerTable::find(const RecordLog& log, const FoldedName& name, int label) const {
  const auto count = static_cast<std::uint32_t>(slots().size());
  if (count == 0) return 0;
  const Slot* const table = slots_.at<Slot>(0);
  const std::uint64_t hash = name.hash[static_cast<std::size_t>(label)];
  const std::span<const std::uint8_t> wanted = name.suffix(label);
  for (std::uint32_t at = first_slot(hash, count); table[at].head != 0; at = next_slot(at, count)) {
    if (table[at].tag != slot_tag(hash)) continue;
    const Record& head = log[table[at].head];
    if (head.owner_size == wanted.size() &&
        std::memcmp(head.bytes(), wanted.data(), wanted.size()) == 0) {
      return table[at].head;
    }
  }
  return 0;
}

void OwnerTable::insert(const RecordLog& log, const FoldedName& name, int label, Ref head) {
  if (slots_for(size_ + 1) > slots().size()) rebuild(slots_for(size_ * 2 + 2), log);
  put(name.hash[static_cast<std::size_t>(label)], head);
  ++size_;
}

void OwnerTable::fit(const RecordLog& log) {
  const std::size_t wanted = slots_for(size_);
  if (slots().size() > wanted + wanted / 32) rebuild(wanted, log);
}

void OwnerTable::prefetch(const FoldedName& name, int label) const {
  const std::uint64_t hash = name.hash[static_cast<std::size_t>(label)];
  const auto count = static_cast<std::uint32_t>(slots().size());
  __builtin_prefetch(slots_.at<Slot>(0) + first_slot(hash, count));
}

void OwnerTable::rebuild(std::size_t slot_count, const RecordLog& log) {
  const Arena old = std::exchange(slots_, Arena(slot_count * sizeof(Slot)));
  const std::span<const Slot> old_slots(old.at<Slot>(0), old.size() / sizeof(Slot));
  FoldedName name;
  for (const Slot& slot : old_slots) {
    if (slot.head == 0) continue;
    fold(log[slot.head].owner(), name);
    put(name.hash[0], slot.head);
  }
}

void OwnerTable::put(std::uint64_t hash, Ref head) {
  const auto count = static_cast<std::uint32_t>(slots().size());
  Slot* const table = slots_.at<Slot>(0);
  std::uint32_t at = first_slot(hash, count);
  while (table[at].head != 0) at = next_slot(at, count);
  table[at] = {.tag = slot_tag(hash), .head = head};
}

}  // namespace rhumb
