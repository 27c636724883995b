#include "geo/compile.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "geo/client_place.h"
#include "geo/ipv4_in_ipv6.h"
#include "geo/map_writer.h"
#include "geo/networks.h"
#include "geo/order.h"
#include "geo/special_networks.h"
#include "geo/sweep.h"

namespace rhumb {
namespace {

constexpr std::uint32_t kNotYet = 0xFFFF'FFFF;

// All that an order can depend on. Each is a number, 0 where there is nothing.
struct Situation {
  std::uint32_t place;     // of Databases::places
  std::uint32_t asn;       // of Databases::asns
  std::uint32_t override;  // 1 + index
  std::uint32_t network;   // 1 + index, of the rule's networks

  bool operator==(const Situation&) const = default;
};

struct SituationHash {
  std::size_t operator()(const Situation& situation) const {
    return mix(std::uint64_t{situation.place} << 32U | situation.asn,
               std::uint64_t{situation.override} << 32U | situation.network);
  }
};

// Overrides with those of IPv4 in IPv6 where they are looked up.
FlatNetworks flatten_overrides(const std::vector<Override>& overrides) {
  std::vector<IpPrefix> networks;
  networks.reserve(overrides.size());
  for (const Override& one : overrides) {
    const Result<IpPrefix> network = looked_up_as(one.network);
    networks.push_back(network.ok() ? network.value() : one.network);  // else met by no client
  }
  return flatten(networks);
}

// What an order makes use of.
std::span<const IpPrefix> networks_of(const RuleOrder& order) {
  if (const auto* const latency = std::get_if<LatencyOrder>(&order)) return latency->networks();
  if (const auto* const cidr = std::get_if<CidrOrder>(&order)) return cidr->networks();
  return {};
}

bool asks_place(const RuleOrder& order) { return !std::holds_alternative<CidrOrder>(order); }

bool knows_asn(const RuleOrder& order, std::uint32_t asn) {
  if (const auto* const area = std::get_if<AreaOrder>(&order)) return area->knows_asn(asn);
  if (const auto* const latency = std::get_if<LatencyOrder>(&order)) return latency->knows_asn(asn);
  return false;
}

// Of each number of `asns`, itself where the order tells its AS number from others, and else 0: all
// others are one, or there were a situation for each of them at each place.
std::vector<std::uint32_t> heeded_asns(const RuleOrder& order, const Databases& databases) {
  const std::vector<GeoPlace>& asns = databases.asns.places;
  std::vector<std::uint32_t> heeded(asns.size());
  const auto has_asn = [](const GeoPlace& place) { return place.asn != 0; };
  // With 0, the AS number of such a place would count.
  const bool heeds_all = std::ranges::any_of(databases.places.places, has_asn);
  for (std::uint32_t i = 1; i < asns.size(); ++i) {
    heeded[i] = heeds_all || knows_asn(order, asns[i].asn) ? i : 0;
  }
  return heeded;
}

// What is known of clients, whatever the rule.
struct World {
  const Databases& databases;
  const std::vector<Override>& overrides;
  FlatNetworks override_networks;
};

// Compiles one rule. Orders are worked out once for each situation.
class RuleCompiler {
 public:
  RuleCompiler(const Rule& rule, const Atlas& atlas, const World& world)
      : world_(world),
        order_(make_order(rule, atlas)),
        networks_(flatten(networks_of(order_))),
        writer_(rule.locations.size()),
        heeded_asns_(heeded_asns(order_, world.databases)),
        of_place_(world.databases.places.places.size(), kNotYet) {}

  std::vector<std::byte> compile() {
    const auto& [places, asns] = world_.databases;
    const FlatNetworks& overrides = world_.override_networks;
    const auto add_v4 = [this](AddressNumber first, std::uint32_t order) {
      writer_.add_v4(static_cast<std::uint32_t>(first.low), order);
    };
    const auto add_v6 = [this](AddressNumber first, std::uint32_t order) {
      writer_.add_v6(first, order);
    };
    compile_family({places.v4, asns.v4, overrides.v4, networks_.v4}, add_v4);
    compile_family({places.v6, asns.v6, overrides.v6, networks_.v6}, add_v6);
    return std::move(writer_).finish();
  }

 private:
  struct Stretches {
    std::span<const PlaceStretch> places;
    std::span<const PlaceStretch> asns;
    std::span<const NetworkStretch> overrides;
    std::span<const NetworkStretch> networks;
  };

  template <typename Add>
  void compile_family(Stretches family, Add add) {
    if (!asks_place(order_)) family = {{}, {}, {}, family.networks};
    const auto visit = [&](AddressNumber first, std::uint32_t place, std::uint32_t asn,
                           std::uint32_t override, std::uint32_t network) {
      add(first, order_in({place, heeded_asns_[asn], override, network}));
    };
    sweep(visit, SweepCursor(family.places), SweepCursor(family.asns),
          SweepCursor(family.overrides), SweepCursor(family.networks));
  }

  // The number of the order, by memory if possible.
  std::uint32_t order_in(const Situation& situation) {
    const bool is_plain = situation.asn == 0 && situation.override == 0 && situation.network == 0;
    std::uint32_t& number = is_plain ? of_place_[situation.place]
                                     : of_situation_.try_emplace(situation, kNotYet).first->second;
    if (number == kNotYet) number = writer_.number_of(work_out(situation));
    return number;
  }

  [[nodiscard]] Order work_out(const Situation& situation) const {
    const Override* const override =
        situation.override == 0 ? nullptr : &world_.overrides[situation.override - 1];
    const auto& [places, asns] = world_.databases;
    const GeoPlace client =
        client_place(places.places[situation.place], asns.places[situation.asn].asn, override);
    const std::vector<std::uint32_t> around = surroundings(situation.network);
    if (const auto* const area = std::get_if<AreaOrder>(&order_)) return area->of(client);
    if (const auto* const near = std::get_if<ProximityOrder>(&order_)) return near->of(client);
    if (const auto* const fast = std::get_if<LatencyOrder>(&order_))
      return fast->of(client, around);
    return std::get<CidrOrder>(order_).of(around);
  }

  // Indices of the networks from this one outward.
  [[nodiscard]] std::vector<std::uint32_t> surroundings(std::uint32_t network) const {
    std::vector<std::uint32_t> around;
    for (; network != 0; network = networks_.around[network - 1]) around.push_back(network - 1);
    return around;
  }

  const World& world_;
  RuleOrder order_;
  FlatNetworks networks_;
  MapWriter writer_;
  std::vector<std::uint32_t> heeded_asns_;
  std::vector<std::uint32_t> of_place_;  // where nothing but the place is known
  std::unordered_map<Situation, std::uint32_t, SituationHash> of_situation_;
};

}  // namespace

std::vector<std::vector<std::byte>> compile_maps(const std::vector<Rule>& rules, const Atlas& atlas,
                                                 const Databases& databases) {
  const World world{databases, atlas.overrides, flatten_overrides(atlas.overrides)};
  std::vector<std::vector<std::byte>> maps;
  maps.reserve(rules.size());
  for (const Rule& rule : rules) maps.push_back(RuleCompiler(rule, atlas, world).compile());
  return maps;
}

std::vector<std::byte> compile_special(const std::vector<Override>& overrides) {
  const FlatNetworks special = flatten(special_networks());
  const FlatNetworks covered = flatten_overrides(overrides);
  MapWriter writer(1);
  constexpr std::uint8_t kSpecial[] = {0};
  const std::uint32_t numbers[] = {writer.number_of({}), writer.number_of(kSpecial)};
  const auto order_of = [&](std::uint32_t network, std::uint32_t override) {
    return numbers[network != 0 && override == 0 ? 1 : 0];
  };
  const auto add_v4 = [&](AddressNumber first, std::uint32_t network, std::uint32_t override) {
    writer.add_v4(static_cast<std::uint32_t>(first.low), order_of(network, override));
  };
  const auto add_v6 = [&](AddressNumber first, std::uint32_t network, std::uint32_t override) {
    writer.add_v6(first, order_of(network, override));
  };
  using Cursor = SweepCursor<NetworkStretch>;
  sweep(add_v4, Cursor(special.v4), Cursor(covered.v4));
  sweep(add_v6, Cursor(special.v6), Cursor(covered.v6));
  return std::move(writer).finish();
}

}  // namespace rhumb
