// The records of one zone while it is being gathered: one flat buffer in the order of the files,
// since there are millions. Chains tie those of one owner together once arrange() has been through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dns/types.h"
#include "zones/arena.h"
#include "zones/builder.h"

namespace rhumb {

// In the log its owner's name (lower-case once arranged) and its rdata follow.
struct Record {
  enum Flag : std::uint8_t {
    kHead = 1,         // the first of its owner; its chain has the others
    kPlaceholder = 2,  // names its owner and holds nothing: an empty non-terminal (RFC 8020)
    kRouted = 4,       // stands for the group whose number is `ttl_s`; no rdata
    kDropped = 8,      // found wrong, double or hidden: as if it were not there
    kDefaultTtl = 16,  // was given no TTL; `ttl_s` is the zone's
  };
  // Beside the flags of Node, which a head has for its node.
  static constexpr std::uint8_t kNsTarget = 16;    // an NS record that is answered names this owner
  static constexpr std::uint8_t kHasAddress = 32;  // A or AAAA, routed or not
  static constexpr std::uint8_t kBelowDname = 64;  // hidden by a DNAME, not by a cut

  Ref next;  // of a head: the latest of its chain; of the others: the one added before. 0: the end
  std::uint32_t ttl_s;
  RecordPlace place;
  Type type;
  std::uint16_t rdata_size;
  std::uint8_t owner_size;  // 0: the owner of the record before; never of a head
  std::uint8_t flags;
  std::uint8_t owner_flags;  // of a head

  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
  [[nodiscard]] bool owner_has(std::uint8_t flag) const { return (owner_flags & flag) != 0; }
  [[nodiscard]] std::span<const std::uint8_t> owner() const { return {bytes(), owner_size}; }
  [[nodiscard]] std::span<const std::uint8_t> rdata() const {
    return {bytes() + owner_size, rdata_size};
  }
  // The owner, then the rdata.
  [[nodiscard]] std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(this) + kSize; }
  [[nodiscard]] const std::uint8_t* bytes() const {
    return reinterpret_cast<const std::uint8_t*>(this) + kSize;
  }
  static constexpr std::size_t kSize = 23;  // without the padding that sizeof counts
};

class RecordLog {
 public:
  // Adds a record and returns where it stands. References into the log end with this. Throws
  // std::bad_alloc when memory or the reach of a Ref is exhausted.
  Ref append(std::span<const std::uint8_t> owner, const Record& head,
             std::span<const std::uint8_t> rdata);

  [[nodiscard]] Record& operator[](Ref ref) { return *bytes_.at<Record>(ref); }
  [[nodiscard]] const Record& operator[](Ref ref) const { return *bytes_.at<Record>(ref); }

  // for (Ref at = log.begin(); at != log.end(); at = log.after(at))
  [[nodiscard]] static Ref begin() { return 1; }
  [[nodiscard]] Ref end() const { return static_cast<Ref>(used_ / 4); }
  [[nodiscard]] Ref after(Ref ref) const;

  // The last record that has an owner of its own; that owner is also the last record's. 0: none.
  [[nodiscard]] Ref last_owner() const { return last_owner_; }
  // There are no more owners than this.
  [[nodiscard]] std::size_t owner_changes() const { return owner_changes_; }
  // Octets that nodes and images of all records need in an arena, at most.
  [[nodiscard]] std::size_t frozen_bound() const { return frozen_bound_; }

 private:
  [[nodiscard]] bool is_last_owner(std::span<const std::uint8_t> owner) const;
  void make_room(std::size_t size);

  Arena bytes_;
  std::size_t used_ = 4;  // Ref 0 is none
  Ref last_owner_ = 0;
  std::size_t owner_changes_ = 0;
  std::size_t frozen_bound_ = 0;
};

// The records of the owner whose head is `head`, save dropped ones and placeholders, into `out`: by
// type, then as they were added.
void records_of(const RecordLog& log, Ref head, std::vector<Ref>& out);

// The first records of `records`, which are of one type. Requires: as records_of() gives them.
std::span<const Ref> first_set(const RecordLog& log, std::span<const Ref> records);

}  // namespace rhumb
