// One record set of a YAML zone: the meaning of its keys, its values as wire. How sets make groups
// is for zones/routing_yaml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dns/name.h"
#include "dns/types.h"
#include "health/check.h"
#include "text/yaml.h"
#include "zones/builder.h"
#include "zones/routing_fields.h"
#include "zones/yaml_zone.h"

namespace rhumb {

struct YamlRecordSet {
  struct Value {
    std::vector<std::uint8_t> rdata;
    RecordPlace place;
  };
  struct PerType {
    Type type = Type::kA;
    std::vector<Value> values;  // none: no data of this family
  };
  Name owner;
  std::vector<PerType> types;  // one, or A and AAAA
  std::optional<std::uint32_t> ttl_s;
  std::string identifier;
  RoutingFields routing;
  std::optional<AliasSpec> alias;  // instead of values
  std::vector<std::pair<std::string, std::string>> labels;
  std::string check_id;  // empty: none
  RecordPlace check_place;
  RecordPlace place;
  bool good = true;  // false: something in it was wrong, and it must not be served

  // Chosen by health or policy, and not the same records for all.
  [[nodiscard]] bool is_routed() const {
    return routing.policy != Policy::kSimple || !check_id.empty() || alias.has_value();
  }
};

// Reads one item of `records`; all errors. nullopt when even its name or type cannot be told. A
// check that is written inside goes into `builder`.
std::optional<YamlRecordSet> read_record_set(YamlNode map, YamlZone& zone, ZoneBuilder& builder);

}  // namespace rhumb
