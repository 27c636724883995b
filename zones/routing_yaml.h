// The record sets of a YAML zone put together: which are static records, which make a group, and
// what `routing` says of the groups. Ends in a ZoneBuilder.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/yaml.h"
#include "zones/builder.h"
#include "zones/record_yaml.h"
#include "zones/yaml_zone.h"

namespace rhumb {

inline constexpr std::uint32_t kMaxMaxAnswers = kMaxSetsPerGroup;

// The TTLs of records that have none of their own.
struct YamlTtls {
  std::uint32_t ttl_s = 30;
  std::uint32_t ns_ttl_s = 3600;  // NS, SOA, and the addresses of what NS records name
};

class RoutingYaml {
 public:
  explicit RoutingYaml(YamlZone& zone) : zone_(zone) {}

  void add(RecordSet set);
  // An item of `routing`. Requires: all sets are added.
  void read_options(YamlNode map);
  // The targets of NS records of this zone, where they are not in the sets.
  void note_ns_target(const Name& target) { ns_targets_.insert(target); }
  // Hands everything over. Requires: all is noted.
  void finish(const YamlTtls& ttls, ZoneBuilder& builder);

 private:
  // One name and type.
  struct Entry {
    Name owner;
    Type type = Type::kA;
    std::vector<std::size_t> sets;  // into sets_; good ones alone
    Policy policy = Policy::kSimple;
    RecordPlace place;     // of the first set, good or not
    bool complete = true;  // false: some set was wrong
    bool has_options = false;
    RecordPlace options_place;
    OnAllUnhealthy on_all_unhealthy = OnAllUnhealthy::kIgnoreHealth;
    std::uint32_t max_answers = 1;
    std::uint32_t min_healthy = 1;
  };
  struct Options;

  Entry& entry_of(const RecordSet& set, Type type);
  bool join(const RecordSet& set, Entry& entry);
  bool take_identifier(const RecordSet& set, const Entry& entry);
  void apply(const Options& options, Entry& entry);
  void emit_static(const RecordSet& set, const YamlTtls& ttls, ZoneBuilder& builder) const;
  void emit_group(const Entry& entry, const YamlTtls& ttls, ZoneBuilder& builder) const;
  [[nodiscard]] std::uint32_t ttl_s_of(const RecordSet& set, Type type, const YamlTtls& ttls) const;
  void error(RecordPlace place, std::string message) const;
  [[nodiscard]] std::string text_of_place(RecordPlace place) const;

  YamlZone& zone_;
  std::vector<RecordSet> sets_;
  std::vector<Entry> entries_;                                // in the order of the file
  std::unordered_map<std::string, std::size_t> numbers_;      // of entries, by owner and type
  std::unordered_map<std::string, RecordPlace> identifiers_;  // by owner, type and identifier
  NameSet ns_targets_;
};

}  // namespace rhumb
