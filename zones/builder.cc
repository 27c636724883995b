#include "zones/builder.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_set>
#include <utility>

#include "zones/draft.h"
#include "zones/freeze.h"
#include "zones/report.h"
#include "zones/verify.h"

namespace rhumb {
namespace {

// RFC 1982 §3.2: `a` is above `b`; of two that are as far apart as can be, neither is.
bool is_above(std::uint32_t a, std::uint32_t b) { return a != b && a - b < 0x80000000U; }

// See ZoneBuilder::derive_serial(). It never goes back while this server runs.
std::uint32_t next_serial(std::uint32_t newest, std::uint64_t digest,
                          const std::optional<Served>& served) {
  if (!served || is_above(newest, served->serial)) return newest;
  return served->digest == digest ? served->serial : served->serial + 1;
}

// Secondaries and caches of the SOA would not see the change.
std::string stale_serial(std::uint32_t serial) {
  return "the content changed but the serial, " + std::to_string(serial) +
         ", did not grow; write a greater one (a YAML zone may leave it out)";
}

// Checks inside record sets are named after these: where a set stands twice, so does its check, and
// where the names of sets are not known, neither are theirs.
void drop_doubtful(ZoneRemains& remains) {
  std::unordered_set<std::string> seen;
  std::erase_if(remains.checks, [&](const CheckSpec& check) {
    return check.origin.in_set && (!remains.all_named || !seen.insert(check.id).second);
  });
}

}  // namespace

struct ZoneBuilder::State {
  ZoneDraft draft;
  std::optional<std::uint32_t> newest;  // a serial is to be derived

  // An SOA that does not stand at the apex is reported and dropped.
  void find_apex(Report& report);
  // Requires: there is one, as in any zone without errors.
  [[nodiscard]] RecordPlace soa_place() const { return draft.log[draft.soas.front().record].place; }
};

void ZoneBuilder::State::find_apex(Report& report) {
  Ref first = 0;
  for (const auto [soa, owner_at] : draft.soas) {
    const Name owner = *Name::from_wire(draft.log[owner_at].owner());
    if (!draft.apex) {
      draft.apex = owner;
      draft.place = draft.log[soa].place;
    }
    if (owner == *draft.apex) {
      if (first == 0) first = soa;
      continue;
    }
    draft.log[soa].flags |= Record::kDropped;
    const std::string whose = first == 0 ? "" : " at " + report.place_text(draft.log[first].place);
    report.add(Finding::kBroken, draft.log[soa].place,
               to_string(owner) + " has an SOA record, but a zone has one alone, and that of " +
                   to_string(*draft.apex) + " stands" + whose);
  }
  if (draft.apex) return;
  report.add(Finding::kBroken, {.line = 1, .file = 0, .column = 0},
             "no SOA record, so that the zone's name is not known; write one");
}

ZoneBuilder::ZoneBuilder() : state_(std::make_unique<State>()) {}
ZoneBuilder::~ZoneBuilder() = default;

std::uint16_t ZoneBuilder::add_source(SourceFile file) {
  state_->draft.sources.push_back(std::move(file));
  const std::size_t number = state_->draft.sources.size() - 1;
  return static_cast<std::uint16_t>(std::min<std::size_t>(number, UINT16_MAX));
}

void ZoneBuilder::set_apex(const Name& apex, RecordPlace place) {
  state_->draft.apex = apex;
  state_->draft.place = place;
}

void ZoneBuilder::set_default_ttls(DefaultTtls ttls) { state_->draft.ttls = ttls; }

void ZoneBuilder::add_record(std::span<const std::uint8_t> owner, Type type,
                             std::optional<std::uint32_t> ttl_s,
                             std::span<const std::uint8_t> rdata, RecordPlace place) {
  const DefaultTtls& ttls = state_->draft.ttls;
  const bool ns = type == Type::kNs || type == Type::kSoa;
  const Record record{.next = 0,
                      .ttl_s = ttl_s.value_or(ns ? ttls.ns_ttl_s : ttls.ttl_s),
                      .place = place,
                      .type = type,
                      .rdata_size = static_cast<std::uint16_t>(rdata.size()),
                      .owner_size = 0,
                      .flags = ttl_s ? std::uint8_t{0} : std::uint8_t{Record::kDefaultTtl},
                      .owner_flags = 0};
  const Ref at = state_->draft.log.append(owner, record, rdata);
  if (type == Type::kSoa) {
    state_->draft.soas.push_back({.record = at, .owner = state_->draft.log.last_owner()});
  }
}

void ZoneBuilder::add_group(GroupSpec group) { state_->draft.groups.push_back(std::move(group)); }

void ZoneBuilder::add_check(CheckSpec check) { state_->draft.checks.push_back(std::move(check)); }

void ZoneBuilder::add_wrong_check(CheckSpec check) {
  state_->draft.wrong_checks.push_back(std::move(check));
}

void ZoneBuilder::note_unnamed_check() { state_->draft.all_checks_named = false; }

void ZoneBuilder::add_use(CheckUse use) { state_->draft.lost_uses.push_back(std::move(use)); }

void ZoneBuilder::derive_serial(std::uint32_t newest) { state_->newest = newest; }

std::shared_ptr<const Zone> ZoneBuilder::build(
    const std::function<std::optional<Served>(const Name&)>& served, Diagnostics& diagnostics) {
  std::unique_ptr<State> state = std::exchange(state_, std::make_unique<State>());
  ZoneDraft& draft = state->draft;
  Report report(draft.sources, diagnostics);
  state->find_apex(report);
  if (draft.apex) {
    arrange(draft, report);
    verify(draft, report);
  }
  report.finish();
  if (diagnostics.has_errors()) {
    state_ = std::move(state);
    return nullptr;
  }
  ZoneFreezer freezer(draft);
  const auto before = served ? served(*draft.apex) : std::nullopt;
  if (!state->newest) {
    const std::uint32_t serial = freezer.serial();
    if (before && before->digest != freezer.digest() && !is_above(serial, before->serial)) {
      diagnostics.warn(place_of(draft.sources, state->soa_place()), stale_serial(serial));
    }
    return freezer.finish(serial);
  }
  return freezer.finish(next_serial(*state->newest, freezer.digest(), before));
}

ZoneRemains ZoneBuilder::remains() {
  const std::unique_ptr<State> state = std::exchange(state_, std::make_unique<State>());
  ZoneDraft& draft = state->draft;
  ZoneRemains remains{.checks = std::move(draft.checks),
                      .uses = std::move(draft.lost_uses),
                      .all_named = draft.all_checks_named,
                      .apex = draft.apex};
  std::ranges::move(draft.wrong_checks, std::back_inserter(remains.checks));
  drop_doubtful(remains);
  for (const GroupSpec& group : draft.groups) {
    for (const GroupSpec::Set& set : group.sets) {
      if (set.check_id.empty()) continue;
      remains.uses.push_back({set.check_id, place_of(draft.sources, set.check_place)});
    }
  }
  return remains;
}

}  // namespace rhumb
