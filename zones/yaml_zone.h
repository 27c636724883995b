// What the parts of a YAML zone's reader share: the zone's name, the rules for relative names
// (docs/zones.md) and the targets to be looked at once all names are known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "dns/name.h"
#include "dns/types.h"
#include "health/check.h"
#include "text/fields.h"
#include "text/yaml.h"
#include "zones/builder.h"

namespace rhumb {

// Names for which the order does not matter, without regard to case.
class NameSet {
 public:
  void insert(const Name& name) { names_.insert(key(name)); }
  [[nodiscard]] bool contains(const Name& name) const { return names_.contains(key(name)); }
  // The lower-case wire of a name, to be part of longer keys.
  static std::string key(const Name& name);

 private:
  std::unordered_set<std::string> names_;
};

// A relative name with a dot in a value: was it meant to be absolute?
struct DottedTarget {
  Name name;
  Place place;
};

class YamlZone {
 public:
  YamlZone(const Name& apex, std::uint16_t source, std::string file, CheckDefaults check_defaults,
           Diagnostics& diagnostics);

  [[nodiscard]] const Name& apex() const { return apex_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const CheckDefaults& check_defaults() const { return check_defaults_; }
  [[nodiscard]] Diagnostics& diagnostics() const { return diagnostics_; }
  // A place in the zone's file, or that of a node, for the builder.
  [[nodiscard]] RecordPlace place_of(const Place& place) const;
  [[nodiscard]] RecordPlace place_of(YamlNode node) const { return place_of(node.place()); }

  // The owner that `name:` gives.
  Result<Name> parse_owner(std::string_view text) const;
  // The name in a value. A relative one is kept, if it has a dot, for warn_of_targets().
  Result<Name> parse_target(std::string_view text, const Place& place);
  // The rdata of a value (see parse_rdata), with the same care for the names in it.
  Result<bool> parse_value(Type type, std::string_view text, const Place& place,
                           std::vector<std::uint8_t>& out);

  // Tells of a record that the zone holds.
  void note(const Name& owner, Type type);
  [[nodiscard]] bool has_dotted_targets() const { return !targets_.empty(); }
  // To be called when all records are noted.
  void warn_of_targets() const;

 private:
  [[nodiscard]] std::optional<Error> judge(const std::vector<Name>& relative) const;
  void keep_dotted(const std::vector<Name>& relative, const Place& place);
  [[nodiscard]] bool holds(const Name& name) const;

  Name apex_;
  std::optional<Name> doubled_;  // the apex below itself; none when that is too long
  std::uint16_t source_;
  std::string file_;
  CheckDefaults check_defaults_;
  Diagnostics& diagnostics_;
  std::vector<DottedTarget> targets_;
  NameSet owners_;
  NameSet covering_;  // what stands below these may exist: cuts, DNAMEs, parents of wildcards
};

// The value of a `type` key: one type, or the pair [A, AAAA]. Empty when wrong.
std::vector<Type> read_types(Fields& fields, Diagnostics& diagnostics);

}  // namespace rhumb
