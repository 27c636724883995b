// The keys by which a record set of a YAML zone says when it is chosen: its policy with what that
// needs to know, and the alias that may stand for its values.
#pragma once

#include <cstdint>
#include <optional>

#include "geo/rule.h"
#include "text/fields.h"
#include "zones/builder.h"
#include "zones/group.h"
#include "zones/yaml_zone.h"

namespace rhumb {

struct RoutingFields {
  Policy policy = Policy::kSimple;
  std::uint16_t tier = 1;
  std::uint16_t weight = 1;
  std::optional<Location> location;  // none, too, if it is wrong
  RecordPlace location_place;
};

// One routing field at most, and `weight` beside `failover` or `priority`.
RoutingFields read_routing_fields(Fields& fields, YamlZone& zone);

// `aliasTarget`, for a set of `types` types; nullopt when there is none or it is wrong.
std::optional<AliasSpec> read_alias_target(Fields& fields, std::size_t types, YamlZone& zone);

}  // namespace rhumb
