// Puts zones and checks together into a ZoneSet: numbers what is numbered for each edition, finds
// where aliases lead, builds the gates, and reports all that only the whole can tell is wrong. Each
// step leaves the rest in order for the next.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "geo/atlas.h"
#include "health/check.h"
#include "health/gates.h"
#include "zones/alias.h"
#include "zones/told.h"
#include "zones/zone_set.h"

namespace rhumb {

class ZoneSetLinker {
 public:
  // Borrows. Requires: `diagnostics` is empty.
  ZoneSetLinker(const Atlas& atlas, const LinkOptions& options, Diagnostics& diagnostics)
      : atlas_(atlas), options_(options), diagnostics_(diagnostics) {}

  // See ZoneSet::link(). Once.
  std::shared_ptr<const ZoneSet> run(std::vector<std::shared_ptr<const Zone>> zones,
                                     std::vector<CheckSpec> checks);

 private:
  bool fits(std::string_view what, std::size_t count, std::size_t limit);
  void gather_checks(std::vector<CheckSpec> checks);
  void number_checks();
  bool number_zones();
  void enter_apexes();
  void link_aliases();
  void link_alias(const ZoneRef& zone, const AliasInfo& alias);
  void number_rules();
  bool find_reaches();
  void add_gates();
  void add_check(const CheckSpec& check);
  void add_group(const ZoneRef& zone, const GroupInfo& group);
  // Of the check of this id, which is named at `place`.
  GateNumber check_gate(const std::string& id, const Place& place);
  std::span<const std::string_view> known_ids();
  void build_gates();
  void check_addresses();
  void check_delegations();
  void error(Place place, std::string message) {
    diagnostics_.error(std::move(place), std::move(message));
  }
  const Atlas& atlas_;
  const LinkOptions options_;
  Diagnostics& diagnostics_;
  std::shared_ptr<ZoneSet> set_;
  std::unordered_map<std::string_view, std::size_t> numbers_;  // of the set's checks, by id
  std::vector<std::string_view> ids_;
  TargetNames target_names_;
  Told bad_aliases_{"aliases that lead to no record set"};
  Told unknown_checks_{"health checks that are not there"};
  std::vector<GateNumber> alias_gates_;  // whose health a link follows, as ZoneSet::links_
  GatesBuilder gates_;
  std::vector<GateNumber> inputs_;
};

}  // namespace rhumb
