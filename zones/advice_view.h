// What all advice looks at: the zones of one edition, their checks by id and how fast these are,
// who can die, what is known of clients; and how it names groups and sets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "geo/atlas.h"
#include "zones/advice_log.h"
#include "zones/detection.h"
#include "zones/mortality.h"
#include "zones/zone_set.h"

namespace rhumb {

// What rhumb.yaml lets a server know of any client at all. A database is taken for one that knows
// what is asked, save coordinates when it says that it is of countries.
struct KnownOfClients {
  bool codes = false;  // countries and continents
  bool coordinates = false;
  bool asns = false;
  bool round_trips = false;  // as measured

  KnownOfClients(const Atlas& atlas, std::string_view database_type);
};

struct AdviceView {
  AdviceView(const ZoneSet& zone_set, KnownOfClients known_of_clients, AdviceLog& advice);

  // Null: there is none of this id.
  [[nodiscard]] const CheckSpec* check(std::string_view id) const;

  const ZoneSet& zones;
  std::unordered_map<std::string_view, std::size_t> check_numbers;
  Detections detections;
  Mortality mortality;
  KnownOfClients known;
  AdviceLog& log;
};

// One group of the whole, with the zone that it is in.
struct AdvisedGroup {
  const ZoneRef& zone;
  const Group& group;
  const GroupInfo& info;

  // `www.example.com. A`
  [[nodiscard]] std::string what() const;
  // `www.example.com. A "london"`; without the identifier where there is none.
  [[nodiscard]] std::string what(const GroupInfo::Set& set) const;
  // What an alias says. Requires: the set is one.
  [[nodiscard]] const AliasInfo& alias(const GroupInfo::Set& set) const {
    return zone.zone->info().links[*set.link];
  }
};

// Requires: the group is of that zone.
[[nodiscard]] AdvisedGroup advised_group(const ZoneRef& zone, std::uint32_t number);

// Whether the group's answer can be one or another, itself or where its only alias leads.
[[nodiscard]] bool is_steered(const ZoneSet& zones, const AdvisedGroup& at);

}  // namespace rhumb
