#include "server/loader.h"

#include <glob.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "text/quote.h"
#include "zones/load.h"

namespace rhumb {
namespace {

constexpr int kLoadThreads = 2;
// Fewer zones than this are read by one thread.
constexpr std::size_t kMinZonesForThreads = 4;

bool is_pattern(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

// Only what was written is a pattern, not the name of the folder that rhumb.yaml stands in.
std::vector<std::string> expand(const ZonePattern& written) {
  const std::size_t folder_size = written.path.size() - written.written.size();
  std::string pattern;
  for (const char letter : written.path.substr(0, folder_size)) {
    if (std::string_view("*?[\\").find(letter) != std::string_view::npos) pattern += '\\';
    pattern += letter;
  }
  pattern += written.written;
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  return paths;
}

// A plain path is taken as it is; whether it can be read is told by who reads it.
std::vector<std::string> paths_of(const ZonePattern& pattern, Diagnostics& diagnostics) {
  if (!is_pattern(pattern.written)) {
    const Result<FileStamp> stamp = stamp_file(pattern.path);
    if (stamp.ok()) return {pattern.path};
    diagnostics.error(pattern.place,
                      "the zone file " + in_quotes(pattern.path) + ": " + stamp.error());
    return {};
  }
  std::vector<std::string> paths = expand(pattern);
  if (paths.empty()) {
    diagnostics.warn(pattern.place, in_quotes(pattern.written) + " matches no file");
  }
  return paths;
}

std::vector<std::string> zone_paths(const Config& config, Diagnostics& diagnostics) {
  std::vector<std::string> all;
  for (const ZonePattern& pattern : config.zones) {
    for (std::string& path : paths_of(pattern, diagnostics)) all.push_back(std::move(path));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool is_unchanged(const Zone& zone) {
  const auto& sources = zone.info().sources;
  return std::all_of(sources.begin(), sources.end(), [](const SourceFile& source) {
    const Result<FileStamp> now = stamp_file(source.path);
    return now.ok() && now.value() == source.stamp;
  });
}

// The file of this path in `before` if nothing that it depends on has changed, else null.
const LoadedZone* unchanged(const Loaded* before, const std::string& path, const Config& config) {
  if (before == nullptr) return nullptr;
  const auto& files = before->files;
  const auto found = std::lower_bound(
      files.begin(), files.end(), path,
      [](const LoadedZone& file, const std::string& wanted) { return file.path < wanted; });
  if (found == files.end() || found->path != path) return nullptr;
  const bool needs_defaults = !found->zone->info().checks.empty();
  if (needs_defaults && !(before->config.check_defaults == config.check_defaults)) return nullptr;
  return is_unchanged(*found->zone) ? &*found : nullptr;
}

std::vector<LoadedZone> find_files(const std::vector<std::string>& paths, const Loaded* before,
                                   const Config& config) {
  std::vector<LoadedZone> files;
  files.reserve(paths.size());
  for (const std::string& path : paths) {
    if (const LoadedZone* same = unchanged(before, path, config)) {
      files.push_back(*same);
    } else {
      files.push_back({path, master_file_of(path), nullptr});
    }
  }
  return files;
}

// A file that a YAML zone names as its masterFile is no zone of its own. Compared by inode, since
// one file has many paths.
void drop_master_files(std::vector<LoadedZone>& files) {
  std::vector<FileStamp> masters;
  for (const LoadedZone& file : files) {
    if (file.master_file.empty()) continue;
    const Result<FileStamp> stamp = stamp_file(file.master_file);
    if (stamp.ok()) masters.push_back(stamp.value());
  }
  if (masters.empty()) return;
  const auto by_inode = [](const FileStamp& a, const FileStamp& b) {
    return std::pair(a.device, a.inode) < std::pair(b.device, b.inode);
  };
  std::sort(masters.begin(), masters.end(), by_inode);
  std::erase_if(files, [&](const LoadedZone& file) {
    if (!file.master_file.empty()) return false;
    const Result<FileStamp> stamp = stamp_file(file.path);
    return stamp.ok() &&
           std::binary_search(masters.begin(), masters.end(), stamp.value(), by_inode);
  });
}

std::shared_ptr<const Zone> find_zone(const ZoneSet& zones, const Name& apex) {
  FoldedName folded;
  fold(apex.wire(), folded);
  const ZoneRef* found = zones.find(folded, Type::kSoa);
  if (found == nullptr || !(found->zone->info().apex == apex)) return nullptr;
  return zones.zones()[static_cast<std::size_t>(found - zones.refs().data())];
}

LoadOptions load_options(const Config& config, const Loaded* before) {
  const auto served = [before](const Name& apex) -> std::optional<Served> {
    const auto zone = before == nullptr ? nullptr : find_zone(*before->zones, apex);
    if (zone == nullptr) return std::nullopt;
    return Served{zone->info().serial, zone->info().digest};
  };
  return {config.check_defaults, served};
}

// Reads the files that have no zone yet, by two threads when there are many; the diagnostics come
// in the order of the files.
std::size_t read_zones(std::vector<LoadedZone>& files, const LoadOptions& options,
                       Diagnostics& diagnostics) {
  std::vector<LoadedZone*> missing;
  for (LoadedZone& file : files) {
    if (file.zone == nullptr) missing.push_back(&file);
  }
  std::vector<Diagnostics> found(missing.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < missing.size(); i = next++) {
      missing[i]->zone = load_zone(missing[i]->path, options, found[i]);
    }
  };
  std::vector<std::thread> helpers;
  if (missing.size() >= kMinZonesForThreads) {
    for (int i = 1; i < kLoadThreads; ++i) helpers.emplace_back(work);
  }
  work();
  for (std::thread& helper : helpers) helper.join();
  for (Diagnostics& of_zone : found) diagnostics.append(std::move(of_zone));
  return missing.size();
}

void warn_of_dropped(const Loaded& before, const ZoneSet& now, Diagnostics& diagnostics) {
  for (const auto& zone : before.zones->zones()) {
    if (find_zone(now, zone->info().apex) != nullptr) continue;
    diagnostics.warn({}, "the zone " + to_string(zone->info().apex) + " is no longer served");
  }
}

std::shared_ptr<const ZoneSet> link_zones(const Loaded& loaded, Diagnostics& diagnostics) {
  std::vector<std::shared_ptr<const Zone>> zones;
  zones.reserve(loaded.files.size());
  for (const LoadedZone& file : loaded.files) {
    if (file.zone != nullptr) zones.push_back(file.zone);
  }
  return ZoneSet::link(std::move(zones), loaded.config.checks, diagnostics);
}

}  // namespace

std::shared_ptr<const Loaded> load(const std::string& config_path, const Loaded* before,
                                   Diagnostics& diagnostics) {
  auto loaded = std::make_shared<Loaded>();
  loaded->config = read_config(config_path, diagnostics);
  loaded->files = find_files(zone_paths(loaded->config, diagnostics), before, loaded->config);
  drop_master_files(loaded->files);
  if (loaded->files.empty() && !diagnostics.has_errors()) {
    diagnostics.error({config_path, 0, 0}, "there is no zone to serve; name one in \"zones\"");
  }
  loaded->read = read_zones(loaded->files, load_options(loaded->config, before), diagnostics);
  loaded->kept = loaded->files.size() - loaded->read;
  // Without all zones, a check that is defined in a missing one would be called unknown.
  if (diagnostics.has_errors()) return nullptr;
  loaded->zones = link_zones(*loaded, diagnostics);
  if (diagnostics.has_errors() || loaded->zones == nullptr) return nullptr;
  if (before != nullptr) warn_of_dropped(*before, *loaded->zones, diagnostics);
  return loaded;
}

std::uint64_t record_count(const ZoneSet& zones) {
  std::uint64_t records = 0;
  for (const auto& zone : zones.zones()) records += zone->info().records;
  return records;
}

}  // namespace rhumb
