// The record sets of a YAML zone put together: which are static records, which make a group, and
// what `routing` says of the groups. Ends in a ZoneBuilder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/yaml.h"
#include "zones/builder.h"
#include "zones/record_yaml.h"
#include "zones/yaml_zone.h"

namespace rhumb {

inline constexpr std::uint32_t kMaxMaxAnswers = kMaxSetsPerGroup;
inline constexpr std::uint32_t kMultivalueAnswers = 8;  // as Route 53

class RoutingYaml {
 public:
  explicit RoutingYaml(YamlZone& zone) : zone_(zone) {}

  void add(YamlRecordSet set);
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
    std::optional<std::uint32_t> max_answers;
    std::uint32_t min_healthy = 1;
    bool sticky = false;
    bool no_match_meant = false;
  };
  struct Options;

  Entry& entry_of(const YamlRecordSet& set, Type type);
  bool join(const YamlRecordSet& set, Entry& entry);
  bool take_identifier(const YamlRecordSet& set, const Entry& entry);
  void apply(const Options& options, Entry& entry);
  void apply_by_policy(const Options& options, Entry& entry);
  static void emit_static(const YamlRecordSet& set, ZoneBuilder& builder);
  void emit_group(const Entry& entry, std::uint32_t ttl_s, ZoneBuilder& builder) const;
  void error(RecordPlace place, std::string message) const;
  [[nodiscard]] Place place_of(RecordPlace place) const;
  [[nodiscard]] std::string text_of_place(RecordPlace place) const;

  YamlZone& zone_;
  std::vector<YamlRecordSet> sets_;
  std::vector<Entry> entries_;                                // in the order of the file
  std::unordered_map<std::string, std::size_t> numbers_;      // of entries, by owner and type
  std::unordered_map<std::string, RecordPlace> identifiers_;  // by owner, type and identifier
};

}  // namespace rhumb
