// Freezes a verified draft into a Zone: every name a node, every set an image behind it, in one
// arena.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "zones/digest.h"
#include "zones/draft.h"
#include "zones/image.h"
#include "zones/zone.h"

namespace rhumb {

class ZoneFreezer {
 public:
  // Requires: `draft` is arranged and verified without errors. It is used up; only its groups and
  // checks are moved from, the rest is the caller's to free.
  explicit ZoneFreezer(ZoneDraft& draft);
  ZoneFreezer(const ZoneFreezer&) = delete;
  ZoneFreezer& operator=(const ZoneFreezer&) = delete;
  ~ZoneFreezer();

  // The digest of what was frozen, and the serial as it was read.
  [[nodiscard]] std::uint64_t digest() const { return digest_.value(); }
  [[nodiscard]] std::uint32_t serial() const;
  // The zone, with this serial. Once.
  std::shared_ptr<const Zone> finish(std::uint32_t serial);

 private:
  void reserve();
  void place_owner(Ref head);
  void place_name(Ref head, int set_count);
  void place_wild_child(Ref head);
  void place_set(std::span<const Ref> set, SetHead& out);
  void place_soa(RecordSet soa, Ref image);
  void place_group(GroupSpec& spec, SetHead& out);
  void note_hints(Type type, std::span<const std::uint8_t> rdata, RecordPlace place);
  std::uint32_t number_of(const Rule& rule);
  void place_routed_set(const GroupSpec::Set& set, Type type);
  std::uint32_t place_link(const AliasSpec& alias, Type type);
  void place_glue(std::span<const Ref> targets, SetHead& out);
  Ref place_image(const RecordSet& set);
  Ref write_image(const RecordSet& set);
  void resolve_heads();
  void place_slots();
  std::byte* take(std::size_t size);
  [[nodiscard]] Ref here() const;

  ZoneDraft& draft_;
  RecordLog& log_;
  std::shared_ptr<Zone> zone_;
  Arena& arena_;
  std::size_t used_ = 0;
  Digest digest_;
  ImageEncoder encoder_;
  std::span<const std::uint8_t> owner_;                          // of the node that is being placed
  Ref owner_ref_ = 0;                                            // of that node
  std::unordered_map<std::string, std::uint32_t> rule_numbers_;  // by key_of()
  std::vector<Ref> soas_;   // images whose serial is written last
  std::vector<Ref> heads_;  // where the arena has a Ref to an owner's head, not yet to its node
  std::vector<Ref> glue_;
  std::vector<Ref> records_;
  std::vector<std::span<const std::uint8_t>> rdata_;
};

}  // namespace rhumb
