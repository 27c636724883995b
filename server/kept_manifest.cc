#include "server/kept_manifest.h"

#include <array>
#include <charconv>
#include <optional>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "server/saved_state.h"
#include "text/json.h"
#include "text/percent.h"
#include "text/scalar.h"

namespace rhumb {
namespace {

constexpr std::string_view kManifestFormat = "rhumb last good files";
constexpr std::size_t kFirstAndLast = 2;

constexpr Named<KeptUse> kUses[] = {{"config", KeptUse::kConfig},
                                    {"zone", KeptUse::kZone},
                                    {"part", KeptUse::kNamed},
                                    {"database", KeptUse::kDatabase}};

std::string_view word_of(KeptUse use) {
  for (const auto& [word, named] : kUses) {
    if (named == use) return word;
  }
  return {};
}

// Inodes may have all 64 bits, for which numbers of JSON are too small.
std::string text_of(const FileStamp& stamp) {
  return std::to_string(stamp.size) + " " + std::to_string(stamp.device) + " " +
         std::to_string(stamp.inode) + " " + std::to_string(stamp.mtime_ns);
}

template <typename Number>
bool take_whole(std::string_view& text, Number& number) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_blank(std::string_view& text) {
  if (!text.starts_with(' ')) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<FileStamp> stamp_in(std::string_view text) {
  FileStamp stamp;
  const bool is_read = take_whole(text, stamp.size) && take_blank(text) &&
                       take_whole(text, stamp.device) && take_blank(text) &&
                       take_whole(text, stamp.inode) && take_blank(text) &&
                       take_whole(text, stamp.mtime_ns);
  return is_read && text.empty() ? std::optional(stamp) : std::nullopt;
}

void write_entry(std::string& out, const KeptEntry& entry) {
  JsonWriter json(out);
  json.begin_object();
  json.key("file");
  json.text(percent_encoded(entry.path, "/"));  // which may be any octets
  json.key("use");
  json.text(word_of(entry.use));
  json.key("stamp");
  json.text(text_of(entry.stamp));
  if (entry.copy != 0) {
    json.key("copy");
    json.whole_unsigned(entry.copy);
  }
  json.end_object();
  out += '\n';
}

std::optional<KeptEntry> entry_in(const JsonValue& line) {
  KeptEntry entry;
  entry.path = percent_decoded(line["file"].text());
  if (!entry.path.starts_with('/') || entry.path.find('\0') != std::string::npos) {
    return std::nullopt;
  }
  const Result<KeptUse> use = parse_one_of(line["use"].text(), kUses);
  const std::optional<FileStamp> stamp = stamp_in(line["stamp"].text());
  if (!use.ok() || !stamp) return std::nullopt;
  entry.use = use.value();
  entry.stamp = *stamp;
  if (!line.has("copy")) {
    if (entry.use != KeptUse::kDatabase) return std::nullopt;
    return entry;
  }
  const std::optional<std::int64_t> copy = line["copy"].whole();
  if (!copy || *copy <= 0) return std::nullopt;
  entry.copy = static_cast<std::uint64_t>(*copy);
  return entry;
}

// What only the whole can tell; empty: nothing is wrong.
std::string_view why_wrong(const KeptManifest& manifest) {
  std::unordered_set<std::string_view> paths;
  std::unordered_set<std::uint64_t> copies;
  std::size_t configs = 0;
  for (const KeptEntry& entry : manifest.entries) {
    if (!paths.insert(entry.path).second) return "a file stands in it twice";
    if (entry.copy != 0 && !copies.insert(entry.copy).second) return "a copy stands in it twice";
    if (entry.use == KeptUse::kConfig) ++configs;
  }
  return configs == 1 ? "" : "it has not one configuration file";
}

std::vector<std::string_view> lines_in(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() <= kMaxKeptFiles + kFirstAndLast) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};  // cut short
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

std::string write_manifest(const KeptManifest& manifest) {
  std::string out;
  {
    JsonWriter json(out);
    json.begin_object();
    json.key("format");
    json.text(kManifestFormat);
    json.key("version");
    json.whole(kKeptVersion);
    json.key("at");
    json.whole(manifest.at_ms);
    json.end_object();
  }
  out += '\n';
  for (const KeptEntry& entry : manifest.entries) write_entry(out, entry);
  JsonWriter json(out);
  json.begin_object();
  json.key("lines");
  json.whole_unsigned(manifest.entries.size() + kFirstAndLast);
  json.end_object();
  return out + "\n";
}

Result<KeptManifest> read_manifest(std::string_view text) {
  if (text.size() > kMaxManifestBytes) return Error{"it is too large"};
  const std::vector<std::string_view> lines = lines_in(text);
  if (lines.size() < kFirstAndLast) return Error{"it is cut short"};
  if (lines.size() > kMaxKeptFiles + kFirstAndLast) return Error{"it has too many lines"};
  const Result<JsonValue> first = parse_json(lines.front());
  if (!first.ok() || first.value()["format"].text() != kManifestFormat)
    return Error{"it is something else"};
  if (first.value()["version"].whole() != kKeptVersion) return Error{"it is of another version"};
  const Result<JsonValue> last = parse_json(lines.back());
  const auto count = last.ok() ? last.value()["lines"].whole() : std::nullopt;
  if (count != static_cast<std::int64_t>(lines.size())) return Error{"it is cut short"};
  KeptManifest manifest;
  const std::int64_t at_ms = first.value()["at"].whole().value_or(-1);
  if (at_ms < 0 || at_ms > kMaxSavedTimeMs) return Error{"its time cannot be read"};
  manifest.at_ms = at_ms;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    const Result<JsonValue> line = parse_json(lines[i]);
    auto entry = line.ok() ? entry_in(line.value()) : std::nullopt;
    if (!entry) return Error{"line " + std::to_string(i + 1) + " cannot be read"};
    manifest.entries.push_back(*std::move(entry));
  }
  if (const std::string_view wrong = why_wrong(manifest); !wrong.empty()) {
    return Error{std::string(wrong)};
  }
  return manifest;
}

}  // namespace rhumb
