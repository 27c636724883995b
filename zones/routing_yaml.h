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

class RoutingYaml {
 public:
  explicit RoutingYaml(YamlZone& zone) : zone_(zone) {}

  void add(RecordSet set);
  // An item of `routing`. Requires: all sets are added.
  void read_options(YamlNode map);
  // Hands everything over. `ttl_s` is for routed sets without their own.
  void finish(std::uint32_t ttl_s, ZoneBuilder& builder);

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
  static void emit_static(const RecordSet& set, ZoneBuilder& builder);
  void emit_group(const Entry& entry, std::uint32_t ttl_s, ZoneBuilder& builder) const;
  void error(RecordPlace place, std::string message) const;
  [[nodiscard]] std::string text_of_place(RecordPlace place) const;

  YamlZone& zone_;
  std::vector<RecordSet> sets_;
  std::vector<Entry> entries_;                                // in the order of the file
  std::unordered_map<std::string, std::size_t> numbers_;      // of entries, by owner and type
  std::unordered_map<std::string, RecordPlace> identifiers_;  // by owner, type and identifier
};

}  // namespace rhumb
