#include "server/loader.h"

#include <glob.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <functional>
#include <iterator>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_set>
#include <utility>

#include "server/map_loader.h"
#include "text/quote.h"
#include "zones/load.h"

namespace rhumb {
namespace {

constexpr int kLoadThreads = 2;
// Less work than this is done by one thread.
constexpr std::size_t kMinForThreads = 4;
// Files that are only looked at.
constexpr std::size_t kFilesAtOnce = 64;

bool is_pattern(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

// Only what was written is a pattern, not the name of the folder that rhumb.yaml stands in.
// Error: not all folders could be read. Throws std::bad_alloc.
Result<std::vector<std::string>> expand(const ZonePattern& written) {
  std::string pattern;
  for (const char letter : written.folder) {
    if (std::string_view("*?[\\").find(letter) != std::string_view::npos) pattern += '\\';
    pattern += letter;
  }
  pattern += written.written;
  glob_t found{};
  std::vector<std::string> paths;
  const auto stop_at = [](const char* /*folder*/, int code) { return code == ENOENT ? 0 : 1; };
  const int code = glob(pattern.c_str(), 0, stop_at, &found);
  const int why = errno;
  if (code == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (code == GLOB_NOSPACE) throw std::bad_alloc();
  if (code == GLOB_ABORTED) {
    return Error{"a folder on the way cannot be read: " + why_not_opened(fixed_part(written), why)};
  }
  return paths;
}

std::string_view name_in(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// A file that is rhumb.yaml by another name is only told when it is read.
bool is_config(const std::string& path, const std::string& config_path) {
  if (name_in(path) != name_in(config_path)) return false;
  const Result<FileStamp> one = stamp_file(path);
  const Result<FileStamp> other = stamp_file(config_path);
  return one.ok() && other.ok() && one.value().device == other.value().device &&
         one.value().inode == other.value().inode;
}

// A plain path is taken as it is; whether it can be read is told by who reads it.
std::vector<std::string> plain_path(const ZonePattern& pattern, const std::string& config_path,
                                    Diagnostics& diagnostics) {
  const Result<FileStamp> stamp = stamp_file(pattern.path);
  if (!stamp.ok()) {
    diagnostics.error(pattern.place,
                      "the zone file " + path_in_quotes(pattern.path) + ": " + stamp.error());
  } else if (is_config(pattern.path, config_path)) {
    diagnostics.error(pattern.place, path_in_quotes(pattern.written) +
                                         " is this file and no zone; write the zones' files, "
                                         "such as \"zones/*.yaml\"");
  } else {
    return {pattern.path};
  }
  return {};
}

void leave_out_config(const ZonePattern& pattern, const std::string& config_path,
                      std::vector<std::string>& paths, Diagnostics& diagnostics) {
  const auto is_itself = [&](const std::string& path) { return is_config(path, config_path); };
  if (std::erase_if(paths, is_itself) == 0) return;
  const std::string elsewhere = "zones/" + std::string(name_in(pattern.written));
  diagnostics.warn(pattern.place, path_in_quotes(pattern.written) +
                                      " matches this file too, which is no zone and is left out; "
                                      "put the zones in a folder of their own and write " +
                                      in_quotes(elsewhere));
}

std::vector<std::string> paths_of(const ZonePattern& pattern, const std::string& config_path,
                                  Diagnostics& diagnostics) {
  if (!is_pattern(pattern.written)) return plain_path(pattern, config_path, diagnostics);
  Result<std::vector<std::string>> paths = expand(pattern);
  if (!paths.ok()) {
    diagnostics.error(pattern.place, path_in_quotes(pattern.written) + ": " + paths.error());
    return {};
  }
  if (paths.value().empty()) {
    diagnostics.warn(pattern.place, path_in_quotes(pattern.written) + " matches no file");
  }
  leave_out_config(pattern, config_path, paths.value(), diagnostics);
  return std::move(paths).value();
}

std::vector<std::string> zone_paths(const Config& config, Diagnostics& diagnostics) {
  const KeptFiles* const kept = config.sources.kept();
  if (kept != nullptr) return kept->zones;  // what the patterns matched when they were kept
  std::vector<std::string> all;
  for (const ZonePattern& pattern : config.zones) {
    std::vector<std::string> paths = paths_of(pattern, config.path, diagnostics);
    std::move(paths.begin(), paths.end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

// Runs `work` here and by as many helpers as can be had. Requires: `work` throws nothing.
void work_together(const std::function<void()>& work, std::size_t helpers) {
  std::vector<std::thread> threads;
  threads.reserve(helpers);
  try {
    while (threads.size() < helpers) threads.emplace_back(work);
  } catch (const std::system_error&) {  // fewer do it too
  }
  work();
  for (std::thread& thread : threads) thread.join();
}

// Does `each` of `count` once, by kLoadThreads where there are many; each thread takes a few at a
// time. Throws what `each` has thrown first; then not all are done.
void share_out(std::size_t count, std::size_t a_few, const std::function<void(std::size_t)>& each) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> has_failed{false};
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next.fetch_add(a_few); i < count; i = next.fetch_add(a_few)) {
        const std::size_t end = std::min(i + a_few, count);
        for (std::size_t k = i; k < end && !has_failed; ++k) each(k);
      }
    } catch (...) {
      if (!has_failed.exchange(true)) failure = std::current_exception();
    }
  };
  work_together(work, count < kMinForThreads * a_few ? 0 : kLoadThreads - 1);
  if (failure) std::rethrow_exception(failure);
}

bool is_unchanged(const Zone& zone) {
  const auto& sources = zone.info().sources;
  return std::all_of(sources.begin(), sources.end(), [](const SourceFile& source) {
    const Result<FileStamp> now = stamp_file(source.path);
    return now.ok() && now.value() == source.stamp;
  });
}

// The file of this path, or null.
const LoadedZone* find_file(const std::vector<LoadedZone>& files, const std::string& path) {
  const auto found = std::lower_bound(
      files.begin(), files.end(), path,
      [](const LoadedZone& file, const std::string& wanted) { return file.path < wanted; });
  return found == files.end() || found->path != path ? nullptr : &*found;
}

// The file of this path in `before` if nothing that it depends on has changed, else null. What
// stands there for a file with errors is of another one, or of its past.
const LoadedZone* unchanged(const Loaded* before, const std::string& path, const Config& config) {
  if (before == nullptr) return nullptr;
  if (std::ranges::binary_search(before->bad_zones, path, {}, &BadZone::path)) return nullptr;
  const LoadedZone* const found = find_file(before->files, path);
  if (found == nullptr) return nullptr;
  const bool needs_defaults = !found->zone->info().checks.empty();
  if (needs_defaults && !(before->config.check_defaults == config.check_defaults)) return nullptr;
  return is_unchanged(*found->zone) ? found : nullptr;
}

LoadedZone find_loaded(const std::string& path, const Loaded* before, const Config& config) {
  if (const LoadedZone* const same = unchanged(before, path, config)) return *same;
  return {path, master_file_of(path, config.sources), nullptr};
}

std::vector<LoadedZone> find_files(const std::vector<std::string>& paths, const Loaded* before,
                                   const Config& config) {
  std::vector<LoadedZone> files(paths.size());
  share_out(paths.size(), kFilesAtOnce,
            [&](std::size_t i) { files[i] = find_loaded(paths[i], before, config); });
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

Served served_of(const Zone& zone) { return {zone.info().serial, zone.info().digest}; }

// Borrows `before` and `past`.
LoadOptions load_options(const Config& config, const Loaded* before, const PastZones& past) {
  const auto served = [before, &past](const Name& apex) -> std::optional<Served> {
    const auto zone = before == nullptr ? nullptr : find_zone(*before->zones, apex);
    if (zone != nullptr) return served_of(*zone);
    const auto found = past.find(apex_key(apex));
    return found == past.end() ? std::nullopt : std::optional(found->second);
  };
  return {config.check_defaults, served, config.sources};
}

// Throws std::bad_alloc alone.
LoadedFile load_or_tell(const std::string& path, const LoadOptions& options,
                        Diagnostics& diagnostics) {
  try {
    return load_zone(path, options, diagnostics);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    diagnostics.error({path, 0, 0}, std::string("cannot be loaded: ") + error.what());
    return {.zone = nullptr, .remains = {.checks = {}, .uses = {}, .all_named = false}};
  }
}

struct ReadZones {
  std::vector<LoadedZone*> files;    // that were read
  bool all = true;                   // none had an error
  std::vector<ZoneRemains> remains;  // of each, in their order
};

// Reads the files that have no zone yet, by two threads when there are many; the diagnostics come
// in the order of the files. Throws std::bad_alloc.
ReadZones read_zones(std::vector<LoadedZone>& files, const LoadOptions& options,
                     Diagnostics& diagnostics) {
  ReadZones read;
  std::vector<LoadedZone*>& missing = read.files;
  for (LoadedZone& file : files) {
    if (file.zone == nullptr) missing.push_back(&file);
  }
  std::vector<Diagnostics> found(missing.size());
  read.remains.resize(missing.size());
  share_out(missing.size(), 1, [&](std::size_t i) {
    LoadedFile loaded = load_or_tell(missing[i]->path, options, found[i]);
    missing[i]->zone = std::move(loaded.zone);
    read.remains[i] = std::move(loaded.remains);
  });
  for (Diagnostics& of_zone : found) diagnostics.append(std::move(of_zone));
  for (const LoadedZone* const file : missing) read.all = read.all && file->zone != nullptr;
  return read;
}

// What was served before in the place of a file with errors: by its path, or by the apex that it
// still tells, when it has another path now. Without a zone: nothing.
LoadedZone served_before(const Loaded& before, const std::string& path,
                         const std::optional<Name>& apex) {
  if (const LoadedZone* const same = find_file(before.files, path)) return *same;
  return {path, {}, apex ? find_zone(*before.zones, *apex) : nullptr};
}

// Puts in the place of each file with errors what was served of it before, unless a good file has
// that apex now, and takes the others out. After that, nothing is missing.
void pass_over_bad_zones(const Loaded& before, Loaded& now, ReadZones& read) {
  std::unordered_set<std::string> apexes;
  for (const LoadedZone& file : now.files) {
    if (file.zone != nullptr) apexes.insert(apex_key(file.zone->info().apex));
  }
  for (std::size_t i = 0; i < read.files.size(); ++i) {
    LoadedZone& file = *read.files[i];
    if (file.zone != nullptr) continue;
    BadZone bad{file.path, {}};
    LoadedZone was = served_before(before, file.path, read.remains[i].apex);
    if (was.zone != nullptr && apexes.insert(apex_key(was.zone->info().apex)).second) {
      bad.apex = to_string(was.zone->info().apex);
      file = std::move(was);
    }
    now.bad_zones.push_back(std::move(bad));
  }
  std::erase_if(now.files, [](const LoadedZone& file) { return file.zone == nullptr; });
  drop_master_files(now.files);  // of zones whose files do not tell them any more
  now.read = read.files.size() - now.bad_zones.size();
  read = {};
}

void note_past(PastZones& past, const std::string& apex, const Served& served) {
  if (past.size() < kMaxPastZones || past.contains(apex)) past[apex] = served;
}

// Their serials go on if they come back.
void note_dropped(const Loaded& before, Loaded& now, Diagnostics& diagnostics) {
  for (const auto& zone : before.zones->zones()) {
    const Name& apex = zone->info().apex;
    if (find_zone(*now.zones, apex) != nullptr) continue;
    note_past(now.past, apex_key(apex), served_of(*zone));
    diagnostics.warn({}, "the zone " + to_string(apex) + " is no longer served");
  }
}

// What of `past` no zone has taken up.
void keep_past(PastZones past, Loaded& now) {
  if (past.empty()) return;
  for (const auto& zone : now.zones->zones()) past.erase(apex_key(zone->info().apex));
  for (const auto& [apex, served] : past) note_past(now.past, apex, served);
}

PastZones past_of(const Loaded* before, const Config& config, const PastSource& source,
                  Diagnostics& diagnostics) {
  if (before != nullptr) return before->past;
  const bool is_wanted = source && !diagnostics.has_errors();
  return is_wanted ? source(config, diagnostics) : PastZones();
}

// What there is beside the zones that could be read.
struct Gathered {
  std::vector<CheckSpec> checks;
  std::vector<CheckUse> uses;
  Extent extent;
};

// Those of one file, in its order.
void append_checks(std::vector<CheckSpec> of_file, std::vector<CheckSpec>& checks) {
  std::ranges::stable_sort(of_file, {},
                           [](const CheckSpec& check) { return check.origin.place.line; });
  std::ranges::move(of_file, std::back_inserter(checks));
}

Gathered gather(const Config& config, ReadZones read) {
  Gathered gathered{.checks = {}, .uses = {}, .extent = config.extent};
  std::vector<CheckSpec> of_config = config.checks;
  of_config.insert(of_config.end(), config.wrong_checks.begin(), config.wrong_checks.end());
  append_checks(std::move(of_config), gathered.checks);
  Extent& extent = gathered.extent;
  extent.checks = extent.checks && extent.zones;  // those of zones that were not found
  extent.zones = extent.zones && read.all;
  for (ZoneRemains& remains : read.remains) {
    append_checks(std::move(remains.checks), gathered.checks);
    std::ranges::move(remains.uses, std::back_inserter(gathered.uses));
    extent.checks = extent.checks && remains.all_named;
  }
  return gathered;
}

// After errors it links what could be read, to find the errors between zones too. What is not there
// then may stand in what could not be read, and is not called unknown.
std::shared_ptr<const ZoneSet> link_zones(Loaded& loaded, Gathered gathered,
                                          Diagnostics& diagnostics) {
  std::vector<std::shared_ptr<const Zone>> zones;
  zones.reserve(loaded.files.size());
  for (const LoadedZone& file : loaded.files) {
    if (file.zone != nullptr) zones.push_back(file.zone);
  }
  return ZoneSet::link(
      std::move(zones), std::move(gathered.checks), loaded.config.atlas, diagnostics,
      {.extent = gathered.extent, .uses = gathered.uses, .slots = &loaded.counter_slots});
}

// What a load is made with.
struct LoadMeans {
  const MapCompiler& compile;
  const PastSource& past;
  const LoadChoices& choices;
};

// Errors of zones that are passed over go into `passed_over`, all else into `diagnostics`.
std::shared_ptr<const Loaded> load_all(const std::string& config_path, const Loaded* before,
                                       const LoadMeans& means, Diagnostics& passed_over,
                                       Diagnostics& diagnostics) {
  auto loaded = std::make_shared<Loaded>();
  loaded->config =
      read_config(config_path, diagnostics, before == nullptr ? nullptr : &before->config,
                  means.choices.sources);
  PastZones past = past_of(before, loaded->config, means.past, diagnostics);
  const std::size_t errors = diagnostics.error_count();
  loaded->files = find_files(zone_paths(loaded->config, diagnostics), before, loaded->config);
  const bool all_found = diagnostics.error_count() == errors;
  if (means.choices.sources.kept() == nullptr) drop_master_files(loaded->files);
  const bool passes_over = means.choices.bad_zones == BadZones::kKeep && before != nullptr;
  ReadZones read = read_zones(loaded->files, load_options(loaded->config, before, past),
                              passes_over ? passed_over : diagnostics);
  loaded->read = read.files.size();
  if (passes_over && !read.all) pass_over_bad_zones(*before, *loaded, read);
  loaded->kept = loaded->files.size() - loaded->read;
  if (loaded->files.empty() && !diagnostics.has_errors()) {
    diagnostics.error({config_path, 0, 0}, "there is no zone to serve; name one in \"zones\"");
  }
  // The limit is the first load's, by which the counters are made.
  loaded->counter_slots =
      before != nullptr ? before->counter_slots : CounterSlots(loaded->config.metrics_max_zones);
  if (!all_found) loaded->config.extent.zones = false;
  loaded->zones = link_zones(*loaded, gather(loaded->config, std::move(read)), diagnostics);
  if (diagnostics.has_errors() || loaded->zones == nullptr) return nullptr;
  const Haste haste = before == nullptr ? Haste::kNow : Haste::kSoon;
  load_maps(*loaded, before, {.by = means.compile, .haste = haste}, diagnostics);
  if (diagnostics.has_errors()) return nullptr;
  warn_of_rules(loaded->config.safety_rules, loaded->zones->checks(), diagnostics);
  keep_past(std::move(past), *loaded);
  if (before != nullptr) note_dropped(*before, *loaded, diagnostics);
  return loaded;
}

std::shared_ptr<const Loaded> load_maps_only(const Loaded& now, const Compiling& compiling,
                                             Diagnostics& diagnostics) {
  auto loaded = std::make_shared<Loaded>(now);
  stamp_databases(loaded->config, diagnostics);
  if (!diagnostics.has_errors()) load_maps(*loaded, &now, compiling, diagnostics);
  return diagnostics.has_errors() ? nullptr : loaded;
}

// What `work` makes, or null and an error of what went wrong beyond all control.
std::shared_ptr<const Loaded> guarded(const std::string& config_path, Diagnostics& diagnostics,
                                      const std::function<std::shared_ptr<const Loaded>()>& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    diagnostics.error({config_path, 0, 0}, "there is not enough memory to load it and its zones");
  } catch (const std::exception& error) {
    diagnostics.error({config_path, 0, 0}, std::string("cannot be loaded: ") + error.what());
  }
  return nullptr;
}

}  // namespace

std::shared_ptr<const Loaded> load(const std::string& config_path, const Loaded* before,
                                   Diagnostics& diagnostics, const MapCompiler& compile,
                                   const PastSource& past, const LoadChoices& choices) {
  return guarded(config_path, diagnostics, [&] {
    Diagnostics passed_over;
    const LoadMeans means{compile, past, choices};
    auto loaded = load_all(config_path, before, means, passed_over, diagnostics);
    diagnostics.append(std::move(passed_over));
    diagnostics.sort_by_place();
    return loaded;
  });
}

std::shared_ptr<const Loaded> load_maps_again(const Loaded& now, const MapCompiler& compile,
                                              Diagnostics& diagnostics, const Wanted& wanted) {
  const Compiling compiling{.by = compile, .haste = Haste::kIdle, .wanted = wanted};
  return guarded(now.config.path, diagnostics,
                 [&] { return load_maps_only(now, compiling, diagnostics); });
}

std::string fixed_part(const ZonePattern& pattern) {
  const std::string_view written = pattern.written;
  const std::string_view before = written.substr(0, written.find_first_of("*?["));
  const std::string folder = pattern.folder + std::string(before.substr(0, before.rfind('/') + 1));
  return folder.empty() ? "./" : folder;
}

std::string apex_key(const Name& apex) { return to_string(apex.lower()); }

std::uint64_t record_count(const ZoneSet& zones) {
  std::uint64_t records = 0;
  for (const auto& zone : zones.zones()) records += zone->info().records;
  return records;
}

}  // namespace rhumb
