#include "zones/record_yaml.h"

#include <algorithm>
#include <utility>

#include "base/ip.h"
#include "text/fields.h"
#include "text/quote.h"
#include "zones/check_yaml.h"
#include "zones/presentation.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxIdentifier = 128;  // as in Route 53

// The names that Route 53 and what speaks to it have for these keys.
constexpr ForeignKey kForeignRecordKeys[] = {
    {"Name", "name"},
    {"Type", "type"},
    {"TTL", "ttl"},
    {"SetIdentifier", "setIdentifier"},
    {"set_identifier", "setIdentifier"},
    {"ResourceRecords", "values"},
    {"resourceRecords", "values"},
    {"records", "values"},
    {"value", "values"},
    {"Value", "values"},
    {"Weight", "weight"},
    {"Failover", "failover"},
    {"HealthCheckId", "healthCheckId"},
    {"health_check_id", "healthCheckId"},
    {"Region", "region"},
    {"GeoLocation", "geoLocation"},
    {"geolocation", "geoLocation"},
    {"GeoProximityLocation", "geoProximity"},
    {"geoProximityLocation", "geoProximity"},
    {"CidrRoutingConfig", "cidr"},
    {"cidrRoutingConfig", "cidr"},
    {"MultiValueAnswer", "multiValueAnswer"},
    {"AliasTarget", "aliasTarget"},
    {"alias", "aliasTarget"},
};

class RecordReader {
 public:
  RecordReader(YamlNode map, YamlZone& zone, ZoneBuilder& builder)
      : map_(map), zone_(zone), builder_(builder), fields_(map, zone.diagnostics()) {}

  std::optional<YamlRecordSet> read();

 private:
  bool read_identity();
  void read_data();
  void read_values();
  void read_value(YamlNode value);
  void read_pair_value(YamlNode value);
  void read_identifier();
  void read_check();
  void note_use();
  void read_inline_check(YamlNode map);
  [[nodiscard]] std::string only_address() const;
  [[nodiscard]] std::string owner_text() const;
  void error_at_set(std::string message) {
    zone_.diagnostics().error(fields_.place(), std::move(message));
  }

  YamlNode map_;
  YamlZone& zone_;
  ZoneBuilder& builder_;
  Fields fields_;
  YamlRecordSet set_;
  bool known_ = false;                   // its name and type are
  std::vector<std::string_view> texts_;  // the values as written
};

std::optional<YamlRecordSet> RecordReader::read() {
  const std::size_t errors = zone_.diagnostics().error_count();
  set_.place = zone_.place_of(map_);
  known_ = read_identity();
  set_.ttl_s = fields_.ttl_s("ttl");
  read_data();
  set_.routing = read_routing_fields(fields_, zone_);
  read_identifier();
  read_check();
  if (const std::optional<YamlNode> labels = fields_.map("labels")) {
    set_.labels = read_labels(*labels, zone_.diagnostics());
  }
  fields_.finish(kForeignRecordKeys);
  set_.good = zone_.diagnostics().error_count() == errors;
  if (!set_.good) note_use();
  if (!known_) return std::nullopt;
  return std::move(set_);
}

// Name and types; false when one of them cannot be told.
bool RecordReader::read_identity() {
  bool named = false;
  if (fields_.require("name", "www")) {
    if (const auto text = fields_.text("name")) {
      const Result<Name> owner = zone_.parse_owner(*text);
      named = owner.ok();
      if (named) set_.owner = owner.value();
      if (!named) fields_.error("name", owner.error());
    }
  }
  if (!fields_.require("type", "A")) return false;
  for (const Type type : read_types(fields_, zone_.diagnostics())) {
    set_.types.push_back({type, {}});
  }
  if (set_.types.empty()) return false;
  if (set_.types.front().type == Type::kSoa) {
    fields_.error("type", "the SOA record is not written here; write soa: beside zone:");
    set_.types.clear();
    return false;
  }
  return named;
}

// Values, or an alias instead.
void RecordReader::read_data() {
  const bool has_values = fields_.has("values");
  if (!fields_.has("aliasTarget")) {
    fields_.require("values", "[192.0.2.1]");
  } else if (has_values) {
    zone_.diagnostics().error(fields_.key_place("aliasTarget"),
                              "a record set takes values or aliasTarget, not both");
  }
  if (has_values && !set_.types.empty()) read_values();
  fields_.child("values");  // known, whether it could be read or not
  set_.alias = read_alias_target(fields_, set_.types.size(), zone_);
}

void RecordReader::read_values() {
  const auto values = fields_.texts("values", ListForm::kListOrOne);
  if (!values) return;
  const auto given = fields_.child("values");
  if (values->empty() && given->size() == 0) fields_.error("values", "the list of values is empty");
  for (const YamlNode value : *values) {
    texts_.push_back(value.text());
    if (set_.types.size() == 2) {
      read_pair_value(value);
    } else {
      read_value(value);
    }
  }
}

void RecordReader::read_value(YamlNode value) {
  YamlRecordSet::PerType& only = set_.types.front();
  const std::string_view text = value.text();
  const RecordPlace place = zone_.place_of(value);
  if (only.type == Type::kTxt && !text.starts_with('"')) {
    if (text.size() > kMaxSetSize) {
      return zone_.diagnostics().error(value.place(), "the text is too long");
    }
    only.values.push_back({cut_text(text), place});
    return;
  }
  std::vector<std::uint8_t> rdata;
  const Result<bool> parsed = zone_.parse_value(only.type, text, value.place(), rdata);
  if (!parsed.ok()) return zone_.diagnostics().error(value.place(), parsed.error());
  only.values.push_back({std::move(rdata), place});
}

void RecordReader::read_pair_value(YamlNode value) {
  const std::optional<IpAddress> address = IpAddress::parse(value.text());
  if (!address) {
    return zone_.diagnostics().error(
        value.place(),
        in_quotes(value.text()) + " is no IP address; write one like 192.0.2.1 or \"2001:db8::1\"");
  }
  const Type type = address->is_v4() ? Type::kA : Type::kAaaa;
  for (YamlRecordSet::PerType& family : set_.types) {
    if (family.type != type) continue;
    const auto bytes = address->bytes();
    family.values.push_back({{bytes.begin(), bytes.end()}, zone_.place_of(value)});
  }
}

void RecordReader::read_identifier() {
  const bool has_identifier = fields_.has("setIdentifier");
  const std::string_view identifier = fields_.text("setIdentifier").value_or("");
  if (set_.routing.policy != Policy::kSimple && !has_identifier) {
    error_at_set("a record set with " + std::string(to_string(set_.routing.policy)) +
                 " routing needs a name of its own; write setIdentifier: london");
  }
  const bool has_control = std::any_of(identifier.begin(), identifier.end(),
                                       [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; });
  if (identifier.size() > kMaxIdentifier || has_control) {
    fields_.error("setIdentifier", "write at most " + std::to_string(kMaxIdentifier) +
                                       " octets without control characters");
  }
  set_.identifier = identifier;
}

void RecordReader::read_check() {
  const std::optional<std::string_view> id = fields_.text("healthCheckId");
  const std::optional<YamlNode> map = fields_.map("healthCheck");
  if (fields_.has("healthCheckId") && fields_.has("healthCheck")) {
    zone_.diagnostics().error(fields_.key_place("healthCheck"),
                              "a record set takes healthCheckId or healthCheck, not both");
  }
  if (id) {
    if (id->empty()) fields_.error("healthCheckId", "the id is empty");
    set_.check_id = *id;
    set_.check_place = zone_.place_of(*fields_.child("healthCheckId"));
  } else if (map && !set_.types.empty()) {
    read_inline_check(*map);
  }
  if (fields_.has("healthCheck") && (!map || !known_)) builder_.note_unnamed_check();
}

// A set that is not served may still name a check that is not there.
void RecordReader::note_use() {
  const std::optional<YamlNode> id = fields_.child("healthCheckId");
  if (id && !set_.check_id.empty()) builder_.add_use({set_.check_id, id->place()});
}

// The check's id is NAME/TYPE/setIdentifier, of the pair NAME/A/setIdentifier.
void RecordReader::read_inline_check(YamlNode map) {
  CheckDefaults defaults = zone_.check_defaults();
  CheckSpec& base = defaults.spec;
  base.id = owner_text() + "/" + to_string(set_.types.front().type);
  if (!set_.identifier.empty()) base.id += "/" + set_.identifier;
  base.address = only_address();
  if (base.host.empty() && !set_.owner.is_wildcard()) base.host = owner_text();
  set_.check_id = base.id;
  set_.check_place = zone_.place_of(map);
  ReadCheck check = rhumb::read_inline_check(map, defaults, zone_.diagnostics());
  if (check.good) return builder_.add_check(std::move(check.spec));
  builder_.add_wrong_check(std::move(check.spec));
}

// The one value of the set if it is an address or a name to be looked up, else "".
std::string RecordReader::only_address() const {
  if (texts_.size() != 1) return {};
  std::size_t count = 0;
  const YamlRecordSet::Value* only = nullptr;
  Type type = Type::kA;
  for (const YamlRecordSet::PerType& family : set_.types) {
    count += family.values.size();
    if (family.values.size() == 1) only = &family.values.front();
    if (family.values.size() == 1) type = family.type;
  }
  if (count == 0) return std::string(texts_.front());  // wrong, which is reported already
  if (count != 1) return {};
  if (type == Type::kA || type == Type::kAaaa) return std::string(texts_.front());
  if (type != Type::kCname) return {};
  const std::optional<Name> target = Name::from_wire(only->rdata);
  return target ? to_string(*target) : std::string();
}

// Without the final dot.
std::string RecordReader::owner_text() const {
  std::string text = to_string(set_.owner);
  if (text.size() > 1) text.pop_back();
  return text;
}

}  // namespace

std::optional<YamlRecordSet> read_record_set(YamlNode map, YamlZone& zone, ZoneBuilder& builder) {
  return RecordReader(map, zone, builder).read();
}

}  // namespace rhumb
