#include "zones/zone_yaml.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "text/fields.h"
#include "text/quote.h"
#include "text/yaml.h"
#include "zones/check_yaml.h"
#include "zones/master_file.h"
#include "zones/rdata.h"
#include "zones/record_yaml.h"
#include "zones/routing_yaml.h"
#include "zones/yaml_zone.h"

namespace rhumb {
namespace {

constexpr std::int64_t kMaxSerial = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kSecondNs = 1'000'000'000;

// Route 53's, in seconds.
constexpr std::uint32_t kSoaRefresh = 7200;
constexpr std::uint32_t kSoaRetry = 900;
constexpr std::uint32_t kSoaExpire = 1'209'600;

constexpr ForeignKey kForeignZoneKeys[] = {
    {"name", "zone"},
    {"Name", "zone"},
    {"origin", "zone"},
    {"$ORIGIN", "zone"},
    {"$TTL", "ttl"},
    {"TTL", "ttl"},
    {"ResourceRecordSets", "records"},
    {"resourceRecordSets", "records"},
    {"recordSets", "records"},
    {"HealthChecks", "healthChecks"},
    {"include", "masterFile"},
};

void append_u32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

class ZoneReader {
 public:
  ZoneReader(YamlNode root, const SourceFile& file, const CheckDefaults& check_defaults,
             const Sources& sources, ZoneBuilder& builder, Diagnostics& diagnostics)
      : fields_(root, diagnostics),
        file_(file),
        sources_(sources),
        builder_(builder),
        diagnostics_(diagnostics),
        source_(builder.add_source(file)),
        zone_(read_apex(), source_, file.path, read_defaults(check_defaults), diagnostics),
        routing_(zone_),
        newest_ns_(file.stamp.mtime_ns) {}

  // False when the zone has no usable name.
  bool read();

 private:
  Name read_apex();
  CheckDefaults read_defaults(const CheckDefaults& base);
  void read_ttls();
  void read_serial();
  void read_listed_checks();
  void read_records();
  void read_soa();
  void soa_name(Fields& soa, std::string_view key, std::string_view example,
                std::vector<std::uint8_t>& rdata);
  void read_master();
  void judge_soa();
  void stand_in_for_soa();

  Fields fields_;
  const SourceFile& file_;
  const Sources& sources_;
  ZoneBuilder& builder_;
  Diagnostics& diagnostics_;
  std::uint16_t source_;
  bool has_apex_ = false;
  YamlZone zone_;
  RoutingYaml routing_;
  DefaultTtls ttls_{.ttl_s = 30, .ns_ttl_s = 3600};
  std::int64_t newest_ns_;
  std::optional<std::uint32_t> serial_;
  bool has_soa_key_ = false;
  bool has_master_ = false;
  bool has_master_soa_ = false;
};

bool ZoneReader::read() {
  builder_.set_apex(zone_.apex(), zone_.place_of(fields_.place_of("zone")));
  read_ttls();
  read_serial();
  read_listed_checks();
  read_records();
  read_soa();
  read_master();
  judge_soa();
  const std::size_t errors = diagnostics_.error_count();
  fields_.finish(kForeignZoneKeys);
  // An unknown key may stand for healthChecks, and without the zone's name no set's is known.
  if (diagnostics_.error_count() > errors || !has_apex_) builder_.note_unnamed_check();
  routing_.finish(ttls_.ttl_s, builder_);
  if (has_apex_) zone_.warn_of_targets();
  return has_apex_;
}

// When it is wrong the rest is read as if the zone were the root, where every name fits.
Name ZoneReader::read_apex() {
  if (!fields_.require("zone", "example.com")) return {};
  const std::optional<std::string_view> text = fields_.text("zone");
  if (!text) return {};
  if (*text == "@") {
    fields_.error("zone", "write the zone's name, such as zone: example.com");
    return {};
  }
  const Name root;
  const Result<Name> apex = parse_scoped_name(*text, {.origin = &root, .relative = nullptr});
  has_apex_ = apex.ok();
  if (has_apex_) return apex.value();
  fields_.error("zone", apex.error());
  return {};
}

CheckDefaults ZoneReader::read_defaults(const CheckDefaults& base) {
  const std::optional<YamlNode> map = fields_.map("healthCheckDefaults");
  return map ? read_check_defaults(*map, base, diagnostics_) : base;
}

void ZoneReader::read_ttls() {
  ttls_.ttl_s = fields_.ttl_s("ttl").value_or(ttls_.ttl_s);
  ttls_.ns_ttl_s = fields_.ttl_s("nsTtl").value_or(ttls_.ns_ttl_s);
  builder_.set_default_ttls(ttls_);
}

void ZoneReader::read_serial() {
  const std::optional<std::int64_t> serial = fields_.whole("serial", 0, kMaxSerial);
  if (serial) serial_ = static_cast<std::uint32_t>(*serial);
}

void ZoneReader::read_listed_checks() {
  const bool is_given = fields_.has("healthChecks");
  const std::optional<YamlNode> list = fields_.child("healthChecks");
  if (is_given && !list) builder_.note_unnamed_check();
  if (!list) return;
  CheckList checks = read_checks(*list, zone_.check_defaults(), diagnostics_);
  for (CheckSpec& check : checks.good) builder_.add_check(std::move(check));
  for (CheckSpec& check : checks.wrong) builder_.add_wrong_check(std::move(check));
  if (!checks.all_named) builder_.note_unnamed_check();
}

void ZoneReader::read_records() {
  if (const auto records = fields_.list("records")) {
    for (const YamlNode item : *records) {
      std::optional<YamlRecordSet> set = read_record_set(item, zone_, builder_);
      if (set) routing_.add(std::move(*set));
    }
  }
  if (const auto options = fields_.list("routing")) {
    for (const YamlNode item : *options) routing_.read_options(item);
  }
}

void ZoneReader::read_soa() {
  has_soa_key_ = fields_.has("soa");
  const std::optional<YamlNode> map = fields_.map("soa");
  if (!map) {
    if (has_soa_key_) stand_in_for_soa();
    return;
  }
  Fields soa(*map, diagnostics_);
  std::vector<std::uint8_t> rdata;
  const std::size_t errors = diagnostics_.error_count();
  soa_name(soa, "mname", "ns1", rdata);
  soa_name(soa, "rname", "hostmaster", rdata);
  const std::optional<std::int64_t> serial = soa.whole("serial", 0, kMaxSerial);
  if (serial && serial_) {
    soa.error("serial", "the serial is given twice; the other is at " +
                            to_string(fields_.place_of("serial")));
  }
  if (serial) serial_ = static_cast<std::uint32_t>(*serial);
  append_u32(rdata, serial_.value_or(0));
  append_u32(rdata, soa.ttl_s("refresh").value_or(kSoaRefresh));
  append_u32(rdata, soa.ttl_s("retry").value_or(kSoaRetry));
  append_u32(rdata, soa.ttl_s("expire").value_or(kSoaExpire));
  append_u32(rdata, soa.ttl_s("minimum").value_or(ttls_.ttl_s));
  soa.finish();
  if (diagnostics_.error_count() > errors) return stand_in_for_soa();
  builder_.add_record(zone_.apex().wire(), Type::kSoa, ttls_.ns_ttl_s, rdata, zone_.place_of(*map));
}

void ZoneReader::soa_name(Fields& soa, std::string_view key, std::string_view example,
                          std::vector<std::uint8_t>& rdata) {
  if (!soa.require(key, example)) return;
  const std::optional<std::string_view> text = soa.text(key);
  if (!text) return;
  if (key == "rname" && text->size() > 1 && text->find('@') != std::string_view::npos) {
    soa.error(key, "write the mail address with a dot for its @, as in hostmaster.example.com.");
    return;
  }
  const Result<Name> name = zone_.parse_target(*text, soa.place_of(key));
  if (!name.ok()) return soa.error(key, name.error());
  rdata.insert(rdata.end(), name.value().wire().begin(), name.value().wire().end());
}

void ZoneReader::stand_in_for_soa() {
  builder_.add_record(zone_.apex().wire(), Type::kSoa, 0, stand_in_rdata(Type::kSoa),
                      {.line = 0, .file = source_, .column = 0});
}

void ZoneReader::read_master() {
  has_master_ = fields_.has("masterFile");
  const std::optional<std::string_view> file = fields_.text("masterFile");
  if (!file) return;
  const bool wants_owners = zone_.has_dotted_targets();
  MasterFileOptions options;
  options.named_at = fields_.place_of("masterFile");
  options.origin = zone_.apex();
  options.sources = sources_;
  options.observe = [&](const Name& owner, Type type, std::span<const std::uint8_t> /*rdata*/) {
    if (type == Type::kSoa) has_master_soa_ = true;
    if (wants_owners) zone_.note(owner, type);
  };
  const MasterFileSummary summary =
      read_master_file(path_beside(file_.path, *file), options, builder_, diagnostics_);
  newest_ns_ = std::max(newest_ns_, summary.newest_mtime_ns);
}

// One SOA, here or in the master file, and one serial.
void ZoneReader::judge_soa() {
  if (has_master_soa_ && has_soa_key_) {
    diagnostics_.error(fields_.key_place("soa"),
                       "the master file has a SOA record already; leave out one of them");
  } else if (has_master_soa_ && serial_) {
    fields_.error("serial",
                  "the serial stands in the master file's SOA record; leave out this one");
  } else if (!has_master_soa_ && !has_soa_key_) {
    const std::string beside = has_master_ ? ", and the master file has no SOA record" : "";
    diagnostics_.error(fields_.place(), "\"soa\" is missing" + beside +
                                            "; write soa: {mname: ns1, rname: hostmaster}");
    stand_in_for_soa();
  } else if (!has_master_soa_ && !serial_) {
    builder_.derive_serial(static_cast<std::uint32_t>(newest_ns_ / kSecondNs));
  }
}

constexpr std::string_view kMasterFileKey = "masterFile";

// Of a file that is not YAML: what stands behind the key on its line, so that one error in it does
// not make a zone of its master file.
std::string_view master_file_at_a_glance(std::string_view text) {
  constexpr std::string_view kAround = " \t\"'";
  text.remove_prefix(text.find(kMasterFileKey) + kMasterFileKey.size());
  const std::size_t colon = text.find_first_not_of(kAround);
  if (colon == std::string_view::npos || text[colon] != ':') return {};
  text.remove_prefix(colon + 1);
  text = text.substr(0, text.find_first_of("\r\n,}#"));
  const std::size_t first = text.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kAround) + 1 - first);
}

}  // namespace

bool read_zone_yaml_text(std::string_view text, const SourceFile& file,
                         const CheckDefaults& check_defaults, ZoneBuilder& builder,
                         Diagnostics& diagnostics, const Sources& sources) {
  const ReadYaml read = read_yaml_with_errors(text, file.path, diagnostics);
  const std::optional<YamlDocument>& document = read.document;
  if (!document || !document->root().is_map()) builder.note_unnamed_check();
  if (!document) return false;
  if (!document->root().is_map()) {
    diagnostics.error(document->root().place(), "a zone is a map; begin it with zone: example.com");
    return false;
  }
  return ZoneReader(document->root(), file, check_defaults, sources, builder, diagnostics).read();
}

bool read_zone_yaml(const SourceText& source, const CheckDefaults& check_defaults,
                    ZoneBuilder& builder, Diagnostics& diagnostics, const Sources& sources) {
  return read_zone_yaml_text(source.text(), source.file(), check_defaults, builder, diagnostics,
                             sources);
}

std::string master_file_in(std::string_view text, const std::string& path) {
  if (text.find(kMasterFileKey) == std::string_view::npos)
    return {};  // most need no second reading
  Diagnostics ignored;
  const std::optional<YamlDocument> document = read_yaml(text, path, ignored);
  if (!document) {
    const std::string_view seen = master_file_at_a_glance(text);
    return seen.empty() ? std::string() : path_beside(path, seen);
  }
  if (!document->root().is_map()) return {};
  const std::optional<YamlEntry> entry = document->root().find(kMasterFileKey);
  if (!entry || !entry->value.is_scalar()) return {};
  return path_beside(path, entry->value.text());
}

}  // namespace rhumb
