#include "zones/freeze.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "base/hash.h"
#include "zones/delegations.h"
#include "zones/group_info.h"
#include "zones/ranks.h"
#include "zones/report.h"

namespace rhumb {
namespace {

constexpr std::size_t kFirstOctet = 8;  // Ref 0 is none; slots are aligned to 8
// From the end of an SOA's rdata (RFC 1035 §3.3.13).
constexpr std::size_t kSerialFromEnd = 20;
constexpr std::size_t kMinimumFromEnd = 4;
constexpr std::uint8_t kNodeFlags = Node::kCut | Node::kDname | Node::kHidden | Node::kWildChild;

std::uint32_t read_u32(std::span<const std::uint8_t> wire) {
  std::uint32_t value = 0;
  for (const std::uint8_t octet : wire.first(4)) value = value << 8U | octet;
  return value;
}

void write_u32(std::span<std::uint8_t> wire, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) wire[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

int count_labels(std::span<const std::uint8_t> name) {
  int count = 0;
  for (std::size_t at = 0; name[at] != 0; at += name[at] + std::size_t{1}) ++count;
  return count;
}

bool is_within(std::span<const std::uint8_t> name, std::span<const std::uint8_t> ancestor) {
  return Name::from_wire(name)->is_within(*Name::from_wire(ancestor));
}

std::size_t group_bound(const GroupSpec& group) {
  std::size_t size = sizeof(SetHead);
  for (const GroupSpec::Set& set : group.sets) {
    const std::vector<std::span<const std::uint8_t>> rdata(set.rdata.begin(), set.rdata.end());
    size += image_bound({.owner = {}, .type = group.type, .ttl_s = 0, .rdata = rdata});
  }
  return size;
}

// No arena of the draft's needs more. The negative SOA is an image beside the records'.
std::size_t arena_bound(const ZoneDraft& draft) {
  std::size_t size = kFirstOctet + draft.owners.slots().size_bytes() + draft.log.frozen_bound();
  size += sizeof(Image) + kWireRecordSize + std::size_t{2} * kMaxNameSize + kSerialFromEnd +
          4 * sizeof(Fixup);
  for (const GroupSpec& group : draft.groups) size += group_bound(group);
  return size;
}

}  // namespace

ZoneFreezer::ZoneFreezer(ZoneDraft& draft)
    : draft_(draft), log_(draft.log), zone_(new Zone), arena_(zone_->arena_) {
  reserve();
  draft_.owners.fit(log_);
  arena_ = Arena(arena_bound(draft_));
  used_ = kFirstOctet + draft_.owners.slots().size_bytes();
  for (Ref at = RecordLog::begin(); at != log_.end(); at = log_.after(at)) {
    if (log_[at].has(Record::kHead)) place_owner(at);
  }
  zone_->apex_ = log_[draft_.apex_head].next;
  resolve_heads();
  place_slots();
  for (const CheckSpec& check : draft_.checks) digest_.add(check);
}

ZoneFreezer::~ZoneFreezer() = default;

void ZoneFreezer::reserve() {
  std::size_t sets = 0;
  for (const GroupSpec& group : draft_.groups) sets += group.sets.size();
  zone_->groups_.reserve(draft_.groups.size());
  zone_->info_.groups.reserve(draft_.groups.size());
  zone_->sets_.reserve(sets);
}

std::uint32_t ZoneFreezer::serial() const {
  const Image& soa = *arena_.at<Image>(soas_.front());
  return read_u32(soa.wire().last(kSerialFromEnd));
}

std::shared_ptr<const Zone> ZoneFreezer::finish(std::uint32_t serial) {
  for (const Ref soa : soas_) {
    const std::size_t size = arena_.at<Image>(soa)->size;
    auto* const wire = arena_.at<std::uint8_t>(soa) + sizeof(Image);
    write_u32(std::span(wire, size).last(kSerialFromEnd), serial);
  }
  arena_.resize(used_);
  ZoneInfo& info = zone_->info_;
  info.apex = *draft_.apex;
  info.serial = serial;
  info.digest = digest();
  info.sources = draft_.sources;
  info.checks = std::move(draft_.checks);
  return std::move(zone_);
}

// From here on `next` of the head is the Ref of its node: the chain has been walked.
void ZoneFreezer::place_owner(Ref head) {
  records_of(log_, head, records_);
  const bool is_cut = log_[head].owner_has(Node::kCut);
  glue_.clear();
  if (is_cut) glue_of(draft_, records_, glue_);
  int count = glue_.empty() ? 0 : 1;
  for (std::span<const Ref> left = records_; !left.empty(); ++count) {
    left = left.subspan(first_set(log_, left).size());
  }
  place_name(head, count);
  auto* out = reinterpret_cast<SetHead*>(take(static_cast<std::size_t>(count) * sizeof(SetHead)));
  place_wild_child(head);
  if (!glue_.empty()) place_glue(glue_, *out++);
  for (std::span<const Ref> left = records_; !left.empty(); ++out) {
    const std::span<const Ref> set = first_set(log_, left);
    place_set(set, *out);
    left = left.subspan(set.size());
  }
}

void ZoneFreezer::place_name(Ref head, int set_count) {
  Record& record = log_[head];
  const std::span<const std::uint8_t> name = record.owner();
  owner_ = name;
  owner_ref_ = here();
  const int labels = count_labels(name);
  const Node node{.name_size = static_cast<std::uint8_t>(name.size()),
                  .labels = static_cast<std::uint8_t>(labels),
                  .flags = static_cast<std::uint8_t>(record.owner_flags & kNodeFlags),
                  .set_count = static_cast<std::uint8_t>(set_count)};
  record.next = owner_ref_;
  zone_->max_labels_ = std::max(zone_->max_labels_, labels);
  std::memcpy(take(sizeof(Node)), &node, sizeof(Node));
  std::memcpy(take(align_ref(name.size())), name.data(), name.size());
}

void ZoneFreezer::place_wild_child(Ref head) {
  if (!log_[head].owner_has(Node::kWildChild)) return;
  const Result<Name> name = Name::parse("*", *Name::from_wire(log_[head].owner()));
  assert(name.ok());
  FoldedName folded;
  fold(name.value().wire(), folded);
  heads_.push_back(here());
  const Ref child = draft_.owners.find(log_, folded, 0);
  std::memcpy(take(sizeof(Ref)), &child, sizeof(Ref));
}

void ZoneFreezer::place_set(std::span<const Ref> set, SetHead& out) {
  const Record& first = log_[set[0]];
  if (first.has(Record::kRouted)) {
    place_group(draft_.groups[first.ttl_s], out);
    return;
  }
  rdata_.clear();
  for (const Ref ref : set) rdata_.push_back(log_[ref].rdata());
  const RecordSet records{
      .owner = owner_, .type = first.type, .ttl_s = first.ttl_s, .rdata = rdata_};
  digest_.add(records);
  for (const Ref ref : set) note_hints(first.type, log_[ref].rdata(), log_[ref].place);
  out = {.type = first.type, .flags = 0, .body = place_image(records)};
  if (first.type == Type::kSoa) place_soa(records, out.body);
}

// RFC 2308 §3: a negative answer is remembered for the smaller of the SOA's TTL and its MINIMUM.
void ZoneFreezer::place_soa(RecordSet soa, Ref image) {
  const std::uint32_t minimum = read_u32(soa.rdata[0].last(kMinimumFromEnd));
  soas_.push_back(image);
  if (minimum < soa.ttl_s) {
    soa.ttl_s = minimum;
    soas_.push_back(write_image(soa));
  }
  zone_->negative_soa_ = soas_.back();
}

void ZoneFreezer::place_group(GroupSpec& spec, SetHead& out) {
  std::ranges::stable_sort(spec.sets, {}, &GroupSpec::Set::tier);
  digest_.add(spec);
  out = {.type = spec.type,
         .flags = SetHead::kRouted,
         .body = static_cast<std::uint32_t>(zone_->groups_.size())};
  const Ranks ranks = ranks_of(spec);
  const auto max_answers = std::min<std::uint32_t>(spec.max_answers, kMaxSetsPerGroup);
  zone_->groups_.push_back({.first_gate = zone_->gate_count_,
                            .first_set = static_cast<std::uint32_t>(zone_->sets_.size()),
                            .first_rank = static_cast<std::uint32_t>(zone_->ranks_.size()),
                            .rule = ranks.rule ? number_of(*ranks.rule) : Group::kNoRule,
                            .owner = owner_ref_,
                            .set_count = static_cast<std::uint16_t>(spec.sets.size()),
                            .rank_count = ranks.count,
                            .max_answers = static_cast<std::uint16_t>(max_answers),
                            .policy = spec.policy,
                            .on_all_unhealthy = spec.on_all_unhealthy,
                            .sticky = spec.sticky});
  zone_->gate_count_ += zone_->groups_.back().set_count + 1U;
  zone_->ranks_.insert(zone_->ranks_.end(), ranks.words.begin(), ranks.words.end());
  if (spec.policy == Policy::kSimple) {
    const GroupSpec::Set& only = spec.sets.front();
    for (const auto& value : only.rdata) note_hints(spec.type, value, only.place);
  }
  GroupInfo info = info_of(draft_.sources, spec);
  for (std::size_t i = 0; i < spec.sets.size(); ++i) {
    place_routed_set(spec.sets[i], spec.type);
    if (spec.sets[i].alias) info.sets[i].link = place_link(*spec.sets[i].alias, spec.type);
  }
  zone_->info_.groups.push_back(std::move(info));
}

// Of a set that is the same for all.
void ZoneFreezer::note_hints(Type type, std::span<const std::uint8_t> rdata, RecordPlace place) {
  if ((type != Type::kSvcb && type != Type::kHttps) || !hints_of(rdata)) return;
  std::vector<HintedSet>& hinted = zone_->info_.hinted;
  const bool is_known =
      !hinted.empty() && hinted.back().owner == owner_ref_ && hinted.back().type == type;
  if (is_known) return;
  hinted.push_back({.owner = owner_ref_,
                    .type = type,
                    .file = place.file,
                    .column = place.column,
                    .line = place.line});
}

// Equal rules are one, so that they share a map.
std::uint32_t ZoneFreezer::number_of(const Rule& rule) {
  std::vector<Rule>& rules = zone_->info_.rules;
  const auto next = static_cast<std::uint32_t>(rules.size());
  const auto [known, is_new] = rule_numbers_.emplace(key_of(rule), next);
  if (is_new) rules.push_back(rule);
  return known->second;
}

void ZoneFreezer::place_routed_set(const GroupSpec::Set& set, Type type) {
  const auto identity = hash_bytes(
      0, {reinterpret_cast<const std::uint8_t*>(set.identifier.data()), set.identifier.size()});
  RoutedSet placed{.target = 0,
                   .ttl_s = set.ttl_s,
                   .identity = static_cast<std::uint32_t>(identity >> 32U),
                   .weight = static_cast<std::uint8_t>(set.weight),
                   .kind = RoutedSet::Kind::kEmpty};
  if (set.alias) {
    placed.kind = RoutedSet::Kind::kAlias;
    placed.target = static_cast<std::uint32_t>(zone_->info_.links.size());
  } else if (!set.rdata.empty()) {
    rdata_.assign(set.rdata.begin(), set.rdata.end());
    placed.kind = RoutedSet::Kind::kImage;
    placed.target =
        place_image({.owner = owner_, .type = type, .ttl_s = set.ttl_s, .rdata = rdata_});
  }
  zone_->sets_.push_back(placed);
}

std::uint32_t ZoneFreezer::place_link(const AliasSpec& alias, Type type) {
  std::vector<AliasInfo>& links = zone_->info_.links;
  links.push_back({.target = alias.target,
                   .type = type,
                   .evaluate_health = alias.evaluate_health,
                   .of_pair = alias.of_pair,
                   .place = place_of(draft_.sources, alias.place)});
  return static_cast<std::uint32_t>(links.size() - 1);
}

void ZoneFreezer::place_glue(std::span<const Ref> targets, SetHead& out) {
  out = {.type = Type{0}, .flags = SetHead::kGlue, .body = here()};
  const GlueList list{.count = static_cast<std::uint32_t>(targets.size())};
  std::memcpy(take(sizeof(list)), &list, sizeof(list));
  for (const Ref target : targets) {
    heads_.push_back(here());
    const GlueItem item{.node = target,
                        .in_domain = is_within(log_[target].owner(), owner_) ? 1U : 0U};
    std::memcpy(take(sizeof(item)), &item, sizeof(item));
  }
}

Ref ZoneFreezer::place_image(const RecordSet& set) {
  zone_->info_.records += static_cast<std::uint32_t>(set.rdata.size());
  return write_image(set);
}

Ref ZoneFreezer::write_image(const RecordSet& set) {
  const Ref ref = here();
  const std::span<std::uint8_t> room(arena_.at<std::uint8_t>(ref), arena_.size() - used_);
  take(encoder_.encode(set, room));
  return ref;
}

void ZoneFreezer::resolve_heads() {
  for (const Ref ref : heads_) *arena_.at<Ref>(ref) = log_[*arena_.at<Ref>(ref)].next;
}

// The table is taken over as it is, with nodes for heads.
void ZoneFreezer::place_slots() {
  constexpr std::size_t kAhead = 16;
  const std::span<const OwnerTable::Slot> slots = draft_.owners.slots();
  zone_->slots_ = kFirstOctet / 4;
  zone_->slot_count_ = static_cast<std::uint32_t>(slots.size());
  auto* const out = arena_.at<Zone::Slot>(zone_->slots_);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (i + kAhead < slots.size()) __builtin_prefetch(&log_[slots[i + kAhead].head]);
    if (slots[i].head != 0) out[i] = {.tag = slots[i].tag, .node = log_[slots[i].head].next};
  }
}

std::byte* ZoneFreezer::take(std::size_t size) {
  assert(used_ + size <= arena_.size());
  used_ += size;
  return arena_.data() + used_ - size;
}

Ref ZoneFreezer::here() const { return static_cast<Ref>(used_ / 4); }

}  // namespace rhumb
