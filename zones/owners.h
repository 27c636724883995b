// The owners of a zone's records by name, while it is being gathered: a table of the heads of their
// chains in a RecordLog.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dns/name.h"
#include "zones/arena.h"
#include "zones/records.h"

namespace rhumb {

class OwnerTable {
 public:
  // The table's own form of a zone's slots.
  struct Slot {
    std::uint32_t tag;
    Ref head;  // 0: empty
  };

  // Makes room for `count` owners; more will do, too.
  void reserve(std::size_t count, const RecordLog& log);
  // The head of the chain of suffix `label` of `name`, or 0.
  [[nodiscard]] Ref find(const RecordLog& log, const FoldedName& name, int label) const;
  // Requires: suffix `label` of `name`, which `head` has as its owner, is not in the table.
  void insert(const RecordLog& log, const FoldedName& name, int label, Ref head);
  // Makes the table as small as its owners allow, so that its slots can be taken over as they are.
  void fit(const RecordLog& log);
  void prefetch(const FoldedName& name, int label) const;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<const Slot> slots() const {
    return {slots_.at<Slot>(0), slots_.size() / sizeof(Slot)};
  }

 private:
  void rebuild(std::size_t slot_count, const RecordLog& log);
  void put(std::uint64_t hash, Ref head);

  Arena slots_;
  std::size_t size_ = 0;
};

}  // namespace rhumb
