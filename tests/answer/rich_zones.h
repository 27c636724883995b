// A few small zones that hold a bit of everything an answer can be made of, for tests, fuzzing and
// measuring.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answer/view.h"
#include "base/error.h"
#include "zones/builder.h"
#include "zones/master_file.h"
#include "zones/zone_set.h"

namespace rhumb::testing {

inline constexpr std::string_view kRichZone = R"($ORIGIN example.org.
$TTL 300
@ 3600 SOA ns1 host 7 7200 900 1209600 60
@ NS ns1
@ NS ns.example.net.
@ MX 10 mail
@ TXT "apex"
ns1 A 192.0.2.1
ns1 AAAA 2001:db8::1
mail A 192.0.2.2
www A 192.0.2.10
www AAAA 2001:db8::10
mx MX 10 mail
mx MX 20 a.mx
mx MX 30 mail.example.net.
a.mx A 192.0.2.11
srv SRV 1 2 53 www
minfo MINFO host.minfo other
ptr PTR www
txt TXT "one" "two"
odd TYPE65280 \# 4 01020304
alias CNAME www
alias2 CNAME alias
alias-mx CNAME mx
alias-minfo CNAME minfo
away CNAME www.example.net.
missing CNAME nothing.ent
none CNAME txt
loop1 CNAME loop2
loop2 CNAME loop1
self CNAME self
a.b.ent A 192.0.2.12
*.wild A 192.0.2.13
*.wild MX 10 mx.wild
*.wildc CNAME www
*.wildloop CNAME x.wildloop
sub NS ns.sub
sub NS ns.other
sub NS ns.example.net.
sub DS 1 8 2 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F
ns.sub A 192.0.2.20
ns.sub AAAA 2001:db8::20
other NS ns.other
ns.other A 192.0.2.21
bare NS ns.example.net.
in-sub CNAME www.sub
child NS ns.child
ns.child A 192.0.2.22
dname DNAME target
dname A 192.0.2.23
x.target A 192.0.2.24
c.target CNAME d.dname
d.target A 192.0.2.25
deep DNAME x.deep
out DNAME example.com.
to-dname CNAME x.dname
)";

inline constexpr std::string_view kRichChild = R"($ORIGIN child.example.org.
$TTL 120
@ SOA ns host 1 7200 900 1209600 30
@ NS ns
ns A 192.0.2.22
www A 192.0.2.30
)";

inline Name name_of(std::string_view text) { return Name::parse(text, Name()).value(); }

[[noreturn]] inline void stop(const Diagnostics& diagnostics) {
  for (const Diagnostic& found : diagnostics.all()) std::puts(to_string(found).c_str());
  std::abort();
}

inline std::shared_ptr<const Zone> build(ZoneBuilder& builder, Diagnostics& diagnostics) {
  auto zone = builder.build([](const Name&) { return std::nullopt; }, diagnostics);
  if (zone == nullptr) stop(diagnostics);
  return zone;
}

// A zone from a master file in memory, with groups added.
inline std::shared_ptr<const Zone> zone_of(std::string_view text,
                                           std::vector<GroupSpec> groups = {},
                                           std::vector<CheckSpec> checks = {}) {
  Diagnostics diagnostics;
  ZoneBuilder builder;
  builder.add_source({.path = "memory", .stamp = {}});
  read_master_text(text, "memory", {}, builder, diagnostics);
  for (GroupSpec& group : groups) builder.add_group(std::move(group));
  for (CheckSpec& check : checks) builder.add_check(std::move(check));
  return build(builder, diagnostics);
}

inline std::shared_ptr<const ZoneSet> link(std::vector<std::shared_ptr<const Zone>> zones,
                                           const Atlas& atlas = {}) {
  Diagnostics diagnostics;
  auto linked = ZoneSet::link(std::move(zones), {}, atlas, diagnostics);
  if (linked == nullptr) stop(diagnostics);
  return linked;
}

// A View in which every check is healthy.
inline View view_of(std::shared_ptr<const ZoneSet> zones) {
  const auto alive = zones->gates().alive();
  View view;
  view.alive.assign(alive.begin(), alive.end());
  view.zones = std::move(zones);
  return view;
}

// 198.51.100.N
inline std::vector<std::uint8_t> address(int last) {
  return {198, 51, 100, static_cast<std::uint8_t>(last)};
}

inline GroupSpec::Set set_of(std::string identifier, std::uint16_t tier, std::uint16_t weight,
                             std::vector<std::vector<std::uint8_t>> rdata) {
  return {.identifier = std::move(identifier),
          .check_id = {},
          .check_place = {},
          .tier = tier,
          .weight = weight,
          .ttl_s = 30,
          .rdata = std::move(rdata),
          .place = {}};
}

inline GroupSpec group_of(std::string_view owner, Type type, Policy policy,
                          std::vector<GroupSpec::Set> sets) {
  GroupSpec group;
  group.owner = name_of(owner);
  group.type = type;
  group.policy = policy;
  group.sets = std::move(sets);
  return group;
}

inline std::vector<std::uint8_t> wire_of(std::string_view name) {
  const Name parsed = name_of(name);
  return {parsed.wire().begin(), parsed.wire().end()};
}

inline std::vector<GroupSpec> rich_groups() {
  std::vector<GroupSpec> groups;
  groups.push_back(
      group_of("failover.example.org.", Type::kA, Policy::kFailover,
               {set_of("one", 1, 1, {address(1)}), set_of("two", 2, 1, {address(2)})}));
  groups.push_back(group_of("failover.example.org.", Type::kAaaa, Policy::kFailover,
                            {set_of("one", 1, 1, {}), set_of("two", 2, 1, {})}));
  groups.push_back(group_of("weighted.example.org.", Type::kA, Policy::kWeighted,
                            {set_of("one", 1, 3, {address(1)}), set_of("two", 1, 1, {address(2)}),
                             set_of("three", 1, 0, {address(3), address(4)})}));
  groups.push_back(group_of(
      "many.example.org.", Type::kA, Policy::kWeighted,
      {set_of("one", 1, 1, {address(1), address(2)}), set_of("two", 1, 1, {address(2), address(3)}),
       set_of("three", 1, 1, {address(4)})}));
  groups.back().max_answers = 3;
  groups.push_back(
      group_of("*.routed.example.org.", Type::kA, Policy::kWeighted,
               {set_of("one", 1, 1, {address(1)}), set_of("two", 1, 1, {address(2)})}));
  groups.push_back(group_of("hop.example.org.", Type::kCname, Policy::kWeighted,
                            {set_of("one", 1, 1, {wire_of("www.example.org.")}),
                             set_of("two", 1, 1, {wire_of("failover.example.org.")})}));
  return groups;
}

inline std::shared_ptr<const ZoneSet> rich_zones() {
  return link({zone_of(kRichZone, rich_groups()), zone_of(kRichChild)});
}

// They, all alive, made once.
inline const View& rich() {
  static const View kView = view_of(rich_zones());
  return kView;
}

}  // namespace rhumb::testing
