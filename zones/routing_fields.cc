#include "zones/routing_fields.h"

#include <string>
#include <string_view>
#include <utility>

#include "geo/place_yaml.h"
#include "text/quote.h"
#include "text/scalar.h"

namespace rhumb {
namespace {

// The first of these that a set has is its policy.
constexpr Named<Policy> kRoutingKeys[] = {{"failover", Policy::kFailover},
                                          {"priority", Policy::kPriority},
                                          {"region", Policy::kLatency},
                                          {"geoLocation", Policy::kGeolocation},
                                          {"geoProximity", Policy::kGeoproximity},
                                          {"cidr", Policy::kCidr},
                                          {"multiValueAnswer", Policy::kMultivalue},
                                          {"weight", Policy::kWeighted}};
constexpr Named<std::uint16_t> kFailovers[] = {{"PRIMARY", 1}, {"SECONDARY", 2}};
constexpr ForeignKey kAliasKeys[] = {{"DNSName", "name"},
                                     {"dnsName", "name"},
                                     {"target", "name"},
                                     {"EvaluateTargetHealth", "evaluateTargetHealth"},
                                     {"evaluate_target_health", "evaluateTargetHealth"}};

bool may_have_weight(Policy policy) {
  return policy == Policy::kFailover || policy == Policy::kPriority || policy == Policy::kWeighted;
}

class RoutingReader {
 public:
  RoutingReader(Fields& fields, YamlZone& zone) : fields_(fields), zone_(zone) {}

  RoutingFields read() {
    read_tiers();
    read_location();
    read_multivalue();
    for (const auto& [key, policy] : kRoutingKeys) judge(key, policy);
    return std::move(read_);
  }

 private:
  void read_tiers() {
    const auto failover = fields_.one_of("failover", kFailovers);
    const auto priority = fields_.whole("priority", 1, 1000);
    read_.tier = failover.value_or(static_cast<std::uint16_t>(priority.value_or(1)));
    read_.weight = static_cast<std::uint16_t>(fields_.whole("weight", 0, 255).value_or(1));
  }

  void read_location() {
    Diagnostics& diagnostics = zone_.diagnostics();
    if (const auto region = fields_.text("region")) {
      if (region->empty())
        fields_.error("region", "\"\" is no region; write one such as eu-west-2");
      keep("region", std::optional(LatencyRegion{std::string(*region)}));
    }
    if (const auto map = fields_.map("geoLocation")) {
      keep("geoLocation", read_area(*map, diagnostics));
    }
    if (const auto map = fields_.map("geoProximity")) {
      keep("geoProximity", read_proximity(*map, diagnostics));
    }
    if (const auto map = fields_.map("cidr")) keep("cidr", read_cidr(*map, diagnostics));
  }

  template <typename T>
  void keep(std::string_view key, std::optional<T> location) {
    if (!location) return;
    read_.location = std::move(*location);
    read_.location_place = zone_.place_of(fields_.place_of(key));
  }

  void read_multivalue() {
    const std::optional<bool> given = fields_.boolean("multiValueAnswer");
    if (!given.value_or(true)) {
      fields_.error("multiValueAnswer", "\"multiValueAnswer\" can only be true; leave it out");
    }
  }

  void judge(std::string_view key, Policy policy) {
    if (!fields_.has(key)) return;
    if (first_.empty()) {
      first_ = key;
      read_.policy = policy;
      return;
    }
    const bool is_weight = policy == Policy::kWeighted;
    if (is_weight && may_have_weight(read_.policy)) return;
    std::string message =
        "a record set takes " + std::string(first_) + " or " + std::string(key) + ", not both";
    if (is_weight && is_location_policy(read_.policy)) {
      message += "; to share out what comes from there, write an alias of a weighted group";
    }
    zone_.diagnostics().error(fields_.key_place(key), std::move(message));
  }

  Fields& fields_;
  YamlZone& zone_;
  RoutingFields read_;
  std::string_view first_;  // key that gave the policy
};

// Where Route 53 says in which of its zones the name is.
void refuse_zone_id(Fields& alias, Diagnostics& diagnostics) {
  for (const std::string_view key : {"HostedZoneId", "hostedZoneId"}) {
    if (!alias.child(key)) continue;
    diagnostics.error(alias.key_place(key), in_quotes(key) +
                                                " is not needed here, where the name alone says "
                                                "where an alias leads; leave it out");
  }
}

}  // namespace

RoutingFields read_routing_fields(Fields& fields, YamlZone& zone) {
  return RoutingReader(fields, zone).read();
}

std::optional<AliasSpec> read_alias_target(Fields& fields, std::size_t types, YamlZone& zone) {
  const std::optional<YamlNode> map = fields.map("aliasTarget");
  if (!map) return std::nullopt;
  Diagnostics& diagnostics = zone.diagnostics();
  const std::size_t errors = diagnostics.error_count();
  Fields alias(*map, diagnostics);
  AliasSpec spec;
  refuse_zone_id(alias, diagnostics);
  spec.evaluate_health = alias.boolean("evaluateTargetHealth").value_or(true);
  const auto text = alias.text("name");
  alias.finish(kAliasKeys);
  // An unknown key may be what was to say it.
  if (diagnostics.error_count() == errors) alias.require("name", "www");
  if (text) {
    const Result<Name> target = zone.parse_target(*text, alias.place_of("name"));
    if (!target.ok()) alias.error("name", target.error());
    if (target.ok()) spec.target = target.value();
  }
  spec.of_pair = types == 2;
  spec.place = zone.place_of(alias.place_of("name"));
  if (diagnostics.error_count() > errors) return std::nullopt;
  return spec;
}

}  // namespace rhumb
