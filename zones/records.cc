#include "zones/records.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <tuple>

#include "zones/image.h"
#include "zones/zone.h"

namespace rhumb {
namespace {

static_assert(offsetof(Record, owner_flags) + 1 == Record::kSize);

constexpr std::size_t kFirstSize = 4096;  // octets; most zones are small

// A node and an image of its own: more than any record takes.
std::size_t frozen_bound_of(const Record& record, std::size_t owner_size) {
  const std::size_t node = sizeof(Node) + align_ref(owner_size) + sizeof(Ref);
  const std::size_t image = sizeof(SetHead) + sizeof(Image) + 2 * sizeof(Fixup);
  const std::size_t wire = align_ref(kWireRecordSize + record.rdata_size);
  const bool may_have_glue = record.type == Type::kNs;
  const std::size_t glue = sizeof(SetHead) + sizeof(GlueList) + sizeof(GlueItem);
  return node + image + wire + (may_have_glue ? glue : 0);
}

}  // namespace

Ref RecordLog::append(std::span<const std::uint8_t> owner, const Record& head,
                      std::span<const std::uint8_t> rdata) {
  frozen_bound_ += frozen_bound_of(head, owner.size());
  const bool same_owner = !head.has(Record::kPlaceholder) && is_last_owner(owner);
  const std::size_t owner_size = same_owner ? 0 : owner.size();
  const std::size_t size = align_ref(Record::kSize + owner_size + rdata.size());
  make_room(size);
  const auto ref = static_cast<Ref>(used_ / 4);
  used_ += size;
  std::byte* const at = bytes_.data() + std::size_t{ref} * 4;
  std::memcpy(at, &head, Record::kSize);
  Record& record = (*this)[ref];
  record.owner_size = static_cast<std::uint8_t>(owner_size);
  if (!rdata.empty()) std::ranges::copy(rdata, record.bytes() + owner_size);
  if (same_owner) return ref;
  std::ranges::copy(owner, record.bytes());
  last_owner_ = ref;
  ++owner_changes_;
  return ref;
}

Ref RecordLog::after(Ref ref) const {
  const Record& record = (*this)[ref];
  const std::size_t size = Record::kSize + record.owner_size + record.rdata_size;
  return ref + static_cast<Ref>(align_ref(size) / 4);
}

bool RecordLog::is_last_owner(std::span<const std::uint8_t> owner) const {
  return last_owner_ != 0 && std::ranges::equal((*this)[last_owner_].owner(), owner);
}

void RecordLog::make_room(std::size_t size) {
  const std::size_t needed = used_ + size;
  if (needed <= bytes_.size()) return;
  const std::size_t doubled = std::clamp(bytes_.size() * 2, kFirstSize, Arena::kMaxSize);
  bytes_.resize(std::max(doubled, needed));
}

void records_of(const RecordLog& log, Ref head, std::vector<Ref>& out) {
  out.clear();
  for (Ref at = head; at != 0; at = log[at].next) {
    if (!log[at].has(Record::kDropped | Record::kPlaceholder)) out.push_back(at);
  }
  if (out.size() < 2) return;
  std::ranges::sort(out, {}, [&log](Ref ref) { return std::tuple(log[ref].type, ref); });
}

std::span<const Ref> first_set(const RecordLog& log, std::span<const Ref> records) {
  std::size_t count = 0;
  while (count < records.size() && log[records[count]].type == log[records[0]].type) ++count;
  return records.first(count);
}

}  // namespace rhumb
