#include "tests/answer/random_world.h"

#include <algorithm>
#include <array>

#include "geo/special_networks.h"
#include "tests/answer/ask.h"
#include "tests/answer/rich_places.h"
#include "tests/answer/world.h"

namespace rhumb::testing {
namespace {

constexpr std::size_t kMaxGroups = 7;
constexpr std::size_t kMaxSets = 4;
constexpr std::size_t kManySets = 8;  // of some groups
constexpr std::size_t kPlain = 3;
constexpr std::size_t kChecks = 6;

struct City {
  std::string_view continent, country, larger, smaller;
  Coordinates at;
};
constexpr std::array<City, 7> kCities = {{{"EU", "GB", "ENG", "LND", {51.51, -0.13}},
                                          {"EU", "GB", "SCT", "EDH", {55.95, -3.19}},
                                          {"EU", "DE", "BE", "", {52.52, 13.4}},
                                          {"EU", "FR", "", "", {48.86, 2.35}},
                                          {"NA", "US", "NY", "", {40.71, -74.01}},
                                          {"NA", "US", "CA", "", {37.77, -122.42}},
                                          {"AS", "JP", "", "", {35.68, 139.69}}}};
const std::vector<std::string> kRegions = {"london",  "berlin", "new-york", "tokyo",
                                           "nowhere", "paris",  "eu-west-2"};

std::string check_name(std::size_t number) { return "check" + std::to_string(number); }
// Some in the other zone, which aliases may lead to, but no CNAME.
std::string group_name(std::size_t number) {
  return "g" + std::to_string(number) + (number % 3 == 2 ? ".b.example." : ".a.example.");
}
std::string plain_name(std::size_t number) {
  return "p" + std::to_string(number) + (number % 3 == 2 ? ".b.example." : ".a.example.");
}
bool is_in_a(const std::string& name) { return name.ends_with(".a.example."); }

std::vector<std::uint8_t> octets_of(const IpAddress& address) {
  return {address.bytes().begin(), address.bytes().end()};
}

IpAddress moved(const IpAddress& address, int by) {
  auto octets = octets_of(address);
  for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet) {
    *octet = static_cast<std::uint8_t>(*octet + by);
    if (*octet != (by > 0 ? 0 : 255)) break;
  }
  std::array<std::uint8_t, 16> whole{};
  std::ranges::copy(octets, whole.begin());
  return address.is_v4() ? IpAddress::v4(std::span(whole).first<4>()) : IpAddress::v6(whole);
}

IpAddress end_of(const IpPrefix& network) {
  auto octets = octets_of(network.address);
  for (std::size_t bit = network.length; bit < octets.size() * 8; ++bit) {
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] | 0x80U >> bit % 8);
  }
  std::array<std::uint8_t, 16> whole{};
  std::ranges::copy(octets, whole.begin());
  return network.address.is_v4() ? IpAddress::v4(std::span(whole).first<4>())
                                 : IpAddress::v6(whole);
}

// v4-mapped, NAT64, 6to4 and Teredo.
IpAddress behind(const IpAddress& v4, std::size_t way) {
  const auto octets = octets_of(v4);
  std::array<std::uint8_t, 16> whole{};
  if (way == 0) {
    whole[10] = whole[11] = 0xFF;
  } else if (way == 1) {
    whole[1] = 0x64;
    whole[2] = 0xFF;
    whole[3] = 0x9B;
  } else {
    whole[0] = 0x20;
    whole[1] = way == 2 ? 0x02 : 0x01;
  }
  for (std::size_t i = 0; i < 4; ++i) {
    whole[(way == 2 ? 2 : 12) + i] = way == 3 ? static_cast<std::uint8_t>(~octets[i]) : octets[i];
  }
  if (way >= 2) whole[9] = 7;
  return IpAddress::v6(whole);
}

std::vector<std::uint8_t> rdata_of(const ModelGroup& group, const std::string& value) {
  return group.is_cname ? wire_of(value) : octets_of(*IpAddress::parse(value));
}

GroupSpec spec_of(const ModelGroup& group) {
  GroupSpec spec;
  spec.owner = name_of(group.name);
  spec.type = group.is_cname ? Type::kCname : Type::kA;
  spec.policy = group.policy;
  spec.on_all_unhealthy = group.on_all_unhealthy;
  spec.max_answers = static_cast<std::uint32_t>(group.max_answers);
  spec.min_healthy = static_cast<std::uint32_t>(group.min_healthy);
  spec.sticky = group.sticky;
  for (const ModelSet& set : group.sets) {
    GroupSpec::Set made = set_of(set.id, static_cast<std::uint16_t>(set.tier),
                                 static_cast<std::uint16_t>(set.weight), {});
    made.check_id = set.check;
    made.location = set.location;
    made.ttl_s = static_cast<std::uint32_t>(set.ttl_s);
    if (set.alias) {
      made.alias = AliasSpec{
          .target = name_of(*set.alias), .evaluate_health = set.evaluate_health, .place = {}};
    }
    for (const std::string& value : set.values) made.rdata.push_back(rdata_of(group, value));
    spec.sets.push_back(std::move(made));
  }
  return spec;
}

std::shared_ptr<const Zone> zone_named(const ModelWorld& world, const std::string& apex,
                                       bool has_checks) {
  std::string text = "$ORIGIN " + apex + "\n@ 300 SOA ns.example.net. host 1 2 3 4 300\n" +
                     "@ 300 NS ns.example.net.\n";
  std::vector<GroupSpec> groups;
  for (const auto& [name, plain] : world.plain) {
    if (!name.ends_with("." + apex)) continue;
    for (const std::string& value : plain.values) {
      text += name + " " + std::to_string(plain.ttl_s) + " A " + value + "\n";
    }
  }
  for (const ModelGroup& group : world.groups) {
    if (group.name.ends_with("." + apex)) groups.push_back(spec_of(group));
  }
  std::vector<CheckSpec> checks;
  for (std::size_t i = 0; has_checks && i < kChecks; ++i) checks.push_back(check_of(check_name(i)));
  return zone_of(text, std::move(groups), std::move(checks));
}

}  // namespace

ModelWorld RandomWorlds::world() {
  ModelWorld world;
  add_places(world.atlas);
  add_latencies(world.atlas);
  add_collection(world.atlas);
  for (std::size_t i = 0; i < kPlain; ++i) {
    ModelPlain& plain = world.plain[plain_name(i)];
    plain.ttl_s = static_cast<int>(10 + pick(60));
    for (std::size_t values = 1 + pick(2); values > 0; --values) {
      plain.values.push_back("192.0.2." + std::to_string(pick(10)));
    }
    std::ranges::sort(plain.values);
    plain.values.erase(std::unique(plain.values.begin(), plain.values.end()), plain.values.end());
  }
  add_groups(world);
  change_health(world);
  return world;
}

void RandomWorlds::change_health(ModelWorld& world) {
  world.unhealthy.clear();
  world.out.clear();
  const std::size_t share = 1 + pick(5);  // from all dead to few
  for (std::size_t i = 0; i < kChecks; ++i) {
    if (is_one_in(share)) world.unhealthy.insert(check_name(i));
    if (is_one_in(share + 2)) world.out.insert(check_name(i));
  }
}

IpPrefix RandomWorlds::network() {
  static const std::vector<std::string> kNear = {
      "81.2.3.4",  "81.200.0.1",   "91.0.0.1", "52.1.2.3", "203.0.113.9",   "192.168.1.1",
      "2a01:1::1", "2a01:1:ff::1", "2600::1",  "::1",      "2001:db8:1::1", "2003::1"};
  const IpAddress address = ip(one_of(kNear));
  const auto shortest = address.is_v4() ? 3U : 8U;
  const auto bits = shortest + pick((address.is_v4() ? 32U : 80U) - shortest + 1);
  return IpPrefix::of(address, static_cast<std::uint8_t>(bits));
}

GeoPlace RandomWorlds::place() {
  const City& city = kCities[pick(kCities.size())];
  GeoPlace place;
  if (!is_one_in(6)) place.continent = Code(city.continent);
  if (!is_one_in(5)) {
    place.country = Code(city.country);
    place.continent = Code(city.continent);
    if (is_one_in(2)) place.subdivisions = {Code(city.larger), Code(city.smaller)};
  }
  if (!is_one_in(3)) place.coordinates = city.at;
  if (is_one_in(3)) place.asn = static_cast<std::uint32_t>(64500 + pick(3));
  return place;
}

void RandomWorlds::add_places(Atlas& atlas) {
  for (std::size_t i = pick(9); i > 0; --i) {
    Override entry;
    entry.network = network();
    entry.place = place();
    entry.has_place = true;
    const bool is_known = std::ranges::any_of(
        atlas.overrides, [&](const Override& other) { return other.network == entry.network; });
    if (!is_known) atlas.overrides.push_back(entry);
  }
  for (std::size_t i = 0; i + 2 < kRegions.size(); ++i) {
    atlas.regions[kRegions[i]] = kCities[i].at;
  }
  atlas.regions["paris"] = kCities[3].at;
}

void RandomWorlds::add_latencies(Atlas& atlas) {
  for (std::size_t i = pick(8); i > 0; --i) {
    Latency row;
    row.source = static_cast<Latency::Source>(pick(4));
    if (row.source == Latency::Source::kNetwork) row.network = network();
    if (row.source == Latency::Source::kAsn) row.asn = static_cast<std::uint32_t>(64500 + pick(3));
    const City& city = kCities[pick(kCities.size())];
    if (row.source == Latency::Source::kCountry) row.code = Code(city.country);
    if (row.source == Latency::Source::kContinent) row.code = Code(city.continent);
    row.region = one_of(kRegions);
    row.milliseconds = static_cast<double>(1 + pick(12));
    const bool is_known = std::ranges::any_of(atlas.latencies, [&](Latency other) {
      other.milliseconds = row.milliseconds;
      return other == row;
    });
    if (!is_known) atlas.latencies.push_back(row);
  }
}

void RandomWorlds::add_collection(Atlas& atlas) {
  auto& locations = atlas.collections["offices"].locations;
  std::vector<IpPrefix> taken;
  for (const std::string name : {"one", "two", "three"}) {
    locations[name];
    for (std::size_t i = 1 + pick(3); i > 0; --i) {
      const IpPrefix net = network();
      if (std::ranges::find(taken, net) != taken.end()) continue;
      taken.push_back(net);
      locations[name].push_back(net);
    }
  }
}

void RandomWorlds::add_groups(ModelWorld& world) {
  const std::size_t count = 1 + pick(kMaxGroups);
  for (std::size_t i = 0; i < count; ++i) world.groups.push_back(group(world, i, count));
  for (std::size_t i = 0; i < count; ++i) {
    for (ModelSet& set : world.groups[i].sets) lead_on(world.groups[i], set, i, count);
  }
  // A CNAME is no target of an alias for addresses, nor the other way round.
  for (ModelGroup& each : world.groups) {
    for (ModelSet& set : each.sets) {
      if (!set.alias) continue;
      const auto target = std::ranges::find(world.groups, *set.alias, &ModelGroup::name);
      const bool is_cname = target != world.groups.end() && target->is_cname;
      if (is_cname == each.is_cname) continue;
      set.alias.reset();
      set.values = {each.is_cname ? plain_name(0) : "198.51.100.77"};
    }
  }
}

ModelGroup RandomWorlds::group(const ModelWorld& /*world*/, std::size_t number, std::size_t count) {
  ModelGroup group;
  group.name = group_name(number);
  group.is_cname = is_in_a(group.name) && number + 1 < count && is_one_in(5);
  do {
    group.policy = static_cast<Policy>(1 + pick(8));
  } while (group.is_cname && group.policy == Policy::kMultivalue);
  group.on_all_unhealthy =
      is_one_in(3) ? static_cast<OnAllUnhealthy>(pick(3)) : OnAllUnhealthy::kIgnoreHealth;
  if (!group.is_cname && is_one_in(3))
    group.max_answers = static_cast<int>(1 + pick(is_one_in(2) ? kManySets : 3));
  group.sticky = is_one_in(5);
  const std::size_t sets = 1 + pick(is_one_in(6) ? kManySets : kMaxSets);
  if (is_one_in(4)) group.min_healthy = static_cast<int>(1 + pick(sets));
  for (std::size_t i = 0; i < sets; ++i) group.sets.push_back(set(group, i));
  return group;
}

ModelSet RandomWorlds::set(const ModelGroup& group, std::size_t number) {
  ModelSet set;
  set.id = "s" + std::to_string(number);
  if (!is_one_in(4)) set.check = check_name(pick(kChecks));
  set.ttl_s = static_cast<int>(10 + pick(50));
  if (group.policy == Policy::kFailover) set.tier = static_cast<int>(1 + pick(2));
  if (group.policy == Policy::kPriority) set.tier = static_cast<int>(1 + pick(3));
  if (group.policy <= Policy::kWeighted) set.weight = static_cast<int>(pick(4));
  if (is_location_policy(group.policy)) set.location = location(group.policy);
  if (group.is_cname) return set;
  if (is_one_in(8)) return set;  // of a pair that has not this family
  for (std::size_t values = 1 + pick(2); values > 0; --values) {
    const std::string value = "198.51.100." + std::to_string(pick(12));
    if (std::ranges::find(set.values, value) == set.values.end()) set.values.push_back(value);
  }
  return set;
}

Location RandomWorlds::location(Policy policy) {
  const City& city = kCities[pick(kCities.size())];
  switch (policy) {
    case Policy::kGeolocation: {
      Area area;
      if (is_one_in(4)) area.asn = static_cast<std::uint32_t>(64500 + pick(3));
      const std::size_t what = pick(4);
      if (what == 1) area.continent = Code(city.continent);
      if (what >= 2) area.country = Code(city.country);
      if (what == 3 && !city.larger.empty()) {
        const bool smaller = is_one_in(2) && !city.smaller.empty();
        area.subdivision = Code(smaller ? city.smaller : city.larger);
      }
      return area;
    }
    case Policy::kLatency:
      return LatencyRegion{one_of(kRegions)};
    case Policy::kCidr: {
      static const std::vector<std::string> kNames = {"one", "two", "three", "*"};
      return CidrLocation{"offices", one_of(kNames)};
    }
    default: {
      Proximity proximity;
      proximity.coordinates = city.at;
      if (is_one_in(2)) proximity = Proximity{.region = one_of(kRegions)};
      if (is_one_in(2)) proximity.bias = static_cast<int>(pick(199)) - 99;
      return proximity;
    }
  }
}

// Half of the sets lead to later groups or to plain names.
void RandomWorlds::lead_on(ModelGroup& group, ModelSet& set, std::size_t number,
                           std::size_t count) {
  const std::size_t next = number + 1 + pick(count);
  if (group.is_cname) {
    // Within the zone.
    std::string target = next < count ? group_name(next) : plain_name(pick(2));
    if (!is_in_a(target)) target = is_one_in(2) ? "nothing.a.example." : plain_name(0);
    set.values = {target};
    return;
  }
  if (is_one_in(2)) return;
  set.alias = next < count ? group_name(next) : plain_name(pick(kPlain));
  set.evaluate_health = !is_one_in(3);
  set.values.clear();
}

IpAddress RandomWorlds::address(const ModelWorld& world) {
  static const std::vector<IpPrefix> kSpecial = special_networks();
  std::vector<IpPrefix> networks = kSpecial;
  for (const Override& entry : world.atlas.overrides) {
    networks.insert(networks.end(), 6, entry.network);
  }
  for (const Latency& row : world.atlas.latencies) networks.push_back(row.network);
  for (const auto& [name, of_location] : world.atlas.collections.at("offices").locations) {
    networks.insert(networks.end(), of_location.begin(), of_location.end());
  }
  const IpPrefix& net = one_of(networks);
  IpAddress address = is_one_in(2) ? net.address : end_of(net);
  if (is_one_in(3)) address = moved(address, is_one_in(2) ? 1 : -1);
  if (address.is_v4() && is_one_in(5)) address = behind(address, pick(4));
  return address;
}

std::optional<IpPrefix> RandomWorlds::subnet(const ModelWorld& world) {
  if (is_one_in(3)) return std::nullopt;
  const IpAddress whole = address(world);
  const std::size_t width = whole.is_v4() ? 32 : 128;
  const std::size_t bits = is_one_in(2) ? width : pick(width + 1);
  return IpPrefix::of(whole, static_cast<std::uint8_t>(bits));
}

std::string RandomWorlds::name(const ModelWorld& world) {
  if (is_one_in(12)) return plain_name(pick(kPlain));
  return is_one_in(2) ? world.groups.front().name : one_of(world.groups).name;
}

std::shared_ptr<const ZoneSet> zones_of(const ModelWorld& world) {
  return link({zone_named(world, "a.example.", true), zone_named(world, "b.example.", false)},
              world.atlas);
}

std::string to_text(const ModelWorld& world) {
  std::string text;
  for (const ModelGroup& group : world.groups) {
    text += group.name + (group.is_cname ? " CNAME " : " A ") +
            std::string(to_string(group.policy)) + " max " + std::to_string(group.max_answers) +
            " min " + std::to_string(group.min_healthy) + (group.sticky ? " sticky" : "") +
            " rule " + std::to_string(static_cast<int>(group.on_all_unhealthy)) + "\n";
    for (const ModelSet& set : group.sets) {
      text += "  " + set.id + " " + set.check + " tier " + std::to_string(set.tier) + " weight " +
              std::to_string(set.weight) + " ttl " + std::to_string(set.ttl_s);
      if (set.location) text += " " + to_string(*set.location);
      if (set.alias) text += " -> " + *set.alias + (set.evaluate_health ? "" : " blindly");
      for (const std::string& value : set.values) text += " " + value;
      text += "\n";
    }
  }
  for (const Override& entry : world.atlas.overrides) {
    text += to_string(entry.network) + " " + std::string(entry.place.continent.text()) + " " +
            std::string(entry.place.country.text()) + " " +
            std::string(entry.place.subdivisions[0].text()) + " " +
            std::string(entry.place.subdivisions[1].text()) + " AS" +
            std::to_string(entry.place.asn) + (entry.place.coordinates ? " placed" : "") + "\n";
  }
  for (const std::string& check : world.unhealthy) text += check + " unhealthy\n";
  for (const std::string& check : world.out) text += check + " out\n";
  return text;
}

}  // namespace rhumb::testing
