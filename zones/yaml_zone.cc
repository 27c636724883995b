#include "zones/yaml_zone.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "text/quote.h"
#include "zones/presentation.h"
#include "zones/rdata.h"

namespace rhumb {
namespace {

// `apex` below itself: what www.example.com without its final dot becomes in example.com.
std::optional<Name> doubled(const Name& apex) {
  if (apex.is_root()) return std::nullopt;
  const auto once = apex.wire();
  std::vector<std::uint8_t> twice(once.begin(), once.end() - 1);
  twice.insert(twice.end(), once.begin(), once.end());
  return Name::from_wire(twice);
}

bool is_pair(const std::vector<Type>& types) {
  return types.size() == 2 && std::find(types.begin(), types.end(), Type::kA) != types.end() &&
         std::find(types.begin(), types.end(), Type::kAaaa) != types.end();
}

std::optional<Type> parse_data_type(YamlNode node, Diagnostics& diagnostics) {
  const std::optional<Type> type = parse_type(node.text());
  if (!type) {
    diagnostics.error(node.place(), in_quotes(node.text()) + " is no record type");
  } else if (is_meta(*type)) {
    diagnostics.error(node.place(),
                      in_quotes(node.text()) + " is asked for or sent along, never data of a zone");
  } else {
    return type;
  }
  return std::nullopt;
}

}  // namespace

std::string NameSet::key(const Name& name) {
  std::string key;
  for (const std::uint8_t octet : name.wire()) key += static_cast<char>(to_lower(octet));
  return key;
}

YamlZone::YamlZone(const Name& apex, std::uint16_t source, std::string file,
                   CheckDefaults check_defaults, Diagnostics& diagnostics)
    : apex_(apex),
      doubled_(doubled(apex)),
      source_(source),
      file_(std::move(file)),
      check_defaults_(std::move(check_defaults)),
      diagnostics_(diagnostics) {}

RecordPlace YamlZone::place_of(const Place& place) const {
  constexpr std::uint32_t kMaxColumn = std::numeric_limits<std::uint16_t>::max();
  return {.line = place.line,
          .file = source_,
          .column = static_cast<std::uint16_t>(std::min(place.column, kMaxColumn))};
}

Result<Name> YamlZone::parse_owner(std::string_view text) const {
  std::vector<Name> relative;
  Result<Name> name = parse_scoped_name(text, {.origin = &apex_, .relative = &relative});
  if (!name.ok()) return name;
  const std::optional<Error> error = judge(relative);
  return error ? Result<Name>(*error) : name;
}

Result<Name> YamlZone::parse_target(std::string_view text, const Place& place) {
  std::vector<Name> relative;
  Result<Name> name = parse_scoped_name(text, {.origin = &apex_, .relative = &relative});
  if (!name.ok()) return name;
  if (const std::optional<Error> error = judge(relative)) return *error;
  keep_dotted(relative, place);
  return name;
}

Result<bool> YamlZone::parse_value(Type type, std::string_view text, const Place& place,
                                   std::vector<std::uint8_t>& out) {
  std::vector<Name> relative;
  const NameScope scope{.origin = &apex_, .relative = &relative};
  Result<bool> parsed = parse_rdata(type, text, scope, out);
  if (!parsed.ok()) return parsed;
  if (const std::optional<Error> error = judge(relative)) return *error;
  keep_dotted(relative, place);
  return parsed;
}

std::optional<Error> YamlZone::judge(const std::vector<Name>& relative) const {
  if (!doubled_) return std::nullopt;
  for (const Name& name : relative) {
    if (!name.is_within(*doubled_)) continue;
    return Error{"a relative name that ends in the zone's own stands for " + to_string(name) +
                 "; write a final dot or leave the zone's name away"};
  }
  return std::nullopt;
}

void YamlZone::keep_dotted(const std::vector<Name>& relative, const Place& place) {
  for (const Name& name : relative) {
    if (name.label_count() > apex_.label_count() + 1) targets_.push_back({name, place});
  }
}

void YamlZone::note(const Name& owner, Type type) {
  owners_.insert(owner);
  const bool cut = type == Type::kNs && owner != apex_;
  if (cut || type == Type::kDname) covering_.insert(owner);
  if (owner.is_wildcard()) covering_.insert(owner.parent());
}

bool YamlZone::holds(const Name& name) const {
  if (owners_.contains(name)) return true;
  for (Name above = name; !above.is_root();) {
    above = above.parent();
    if (covering_.contains(above)) return true;
  }
  return false;
}

void YamlZone::warn_of_targets() const {
  for (const DottedTarget& target : targets_) {
    if (holds(target.name)) continue;
    diagnostics_.warn(target.place, "this stands for " + to_string(target.name) +
                                        ", which the zone does not hold; write a final dot?");
  }
}

std::vector<Type> read_types(Fields& fields, Diagnostics& diagnostics) {
  std::vector<Type> types;
  const auto items = fields.texts("type", ListForm::kListOrOne);
  if (!items) return types;
  bool good = true;
  for (const YamlNode item : *items) {
    const std::optional<Type> type = parse_data_type(item, diagnostics);
    good = good && type.has_value();
    if (type) types.push_back(*type);
  }
  if (!good) return {};
  if (types.size() == 1) return types;
  if (is_pair(types)) return {Type::kA, Type::kAaaa};
  fields.error("type", "write one type; the only pair that can share a record set is [A, AAAA]");
  return {};
}

}  // namespace rhumb
