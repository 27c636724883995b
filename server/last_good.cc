#include "server/last_good.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <memory>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/listeners.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "zones/source.h"

namespace rhumb {
namespace {

constexpr mode_t kCopyMode = 0600;
constexpr std::size_t kCopyPieceBytes = std::size_t{1} << 20U;
constexpr std::uint64_t kManifestRoomBytes = 65'536;

Error io_error(const std::string& what) {
  return Error{what + ": " + std::generic_category().message(errno)};
}

std::string path_of_copy(const StateFolder& folder, std::uint64_t copy) {
  return folder.path_of(std::to_string(copy));
}

// Unless it is there already.
void add_entry(KeptManifest& manifest, std::unordered_set<std::string>& known,
               const SourceFile& file, KeptUse use) {
  std::string path = path_from_root(file.path);
  if (!known.insert(path).second) return;
  manifest.entries.push_back(
      {.path = std::move(path), .use = use, .stamp = file.stamp, .copy = known.size()});
}

bool is_same_file(const KeptEntry& a, const KeptEntry& b) {
  return a.path == b.path && a.use == b.use && a.stamp == b.stamp;
}

bool is_there(const StateFolder& folder, const KeptEntry& entry) {
  const Result<FileStamp> copy = stamp_file(path_of_copy(folder, entry.copy));
  return copy.ok() && copy.value().size == entry.stamp.size;
}

// What is kept now: nothing where the list is damaged, and so all of it is of no use.
Result<KeptManifest> kept_now(const StateFolder& folder) {
  const auto text = folder.read(kManifestName, kMaxManifestBytes);
  if (!text.ok()) return Error{text.error()};
  if (!text.value()) return KeptManifest{};
  Result<KeptManifest> manifest = read_manifest(*text.value());
  return manifest.ok() ? std::move(manifest).value() : KeptManifest{};
}

void add_words(std::string& words, const KeptEntry& entry, const std::string& why) {
  words += (words.empty() ? "" : ", ") + entry.path + ": " + why;
}

// Databases for which there is no room beside all else get no copy. Returns them, and why, or an
// error where all else finds no room either.
Result<std::string> allot(KeptManifest& wanted) {
  std::uint64_t bytes = 0;
  for (const KeptEntry& entry : wanted.entries) {
    if (entry.use != KeptUse::kDatabase) bytes += entry.stamp.size;
  }
  if (wanted.entries.size() > kMaxKeptFiles) {
    return Error{"they are more than " + std::to_string(kMaxKeptFiles) + " files"};
  }
  if (bytes > kMaxKeptBytes) {
    return Error{"they have more than " + std::to_string(kMaxKeptBytes) + " octets together"};
  }
  std::string left_out;
  for (KeptEntry& entry : wanted.entries) {
    if (entry.use != KeptUse::kDatabase) continue;
    if (entry.stamp.size <= kMaxKeptBytes - bytes) {
      bytes += entry.stamp.size;
      continue;
    }
    entry.copy = 0;
    add_words(left_out, entry, "too large");
  }
  return left_out;
}

// Of databases that have no copy, what is told.
Kept all_but(const std::string& left_out) {
  if (left_out.empty()) return {};
  return {.left_out = left_out + "; --last-good would take it as it is then"};
}

// Gives each entry its copy: the one that is there already, or the number of a new one.
void number_copies(const StateFolder& folder, const KeptManifest& now, KeptManifest& wanted,
                   std::vector<KeptEntry*>& missing) {
  std::unordered_map<std::string_view, const KeptEntry*> kept;
  std::uint64_t last = 0;
  for (const KeptEntry& entry : now.entries) {
    kept.emplace(entry.path, &entry);
    last = std::max(last, entry.copy);
  }
  for (KeptEntry& entry : wanted.entries) {
    if (entry.copy == 0) continue;
    const auto found = kept.find(entry.path);
    const bool is_kept = found != kept.end() && found->second->copy != 0 &&
                         found->second->stamp == entry.stamp && is_there(folder, *found->second);
    entry.copy = is_kept ? found->second->copy : ++last;
    if (!is_kept) missing.push_back(&entry);
  }
}

bool is_as_before(const KeptManifest& now, const KeptManifest& wanted) {
  return std::ranges::equal(now.entries, wanted.entries,
                            [](const KeptEntry& a, const KeptEntry& b) {
                              return is_same_file(a, b) && a.copy == b.copy;
                            });
}

// So that a disk that is nearly full is not filled by what then finds no room after all.
std::optional<Error> refuse_without_room(const StateFolder& folder,
                                         const std::vector<KeptEntry*>& missing) {
  std::uint64_t bytes = kManifestRoomBytes;
  for (const KeptEntry* const entry : missing) bytes += entry->stamp.size;
  struct statvfs disk {};
  if (statvfs(folder.path().c_str(), &disk) != 0) return io_error("cannot be looked at");
  if (bytes <= std::uint64_t{disk.f_bavail} * disk.f_frsize) return std::nullopt;
  errno = ENOSPC;
  return io_error("cannot be written");
}

// errno says why it is unreadable or has failed.
enum class Copied : std::uint8_t { kDone, kChanged, kUnreadable, kFailed };

Copied copy_octets(int from, int to) {
  const auto piece = std::make_unique<std::array<char, kCopyPieceBytes>>();
  while (true) {
    const ssize_t got = ::read(from, piece->data(), piece->size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Copied::kUnreadable;
    if (got == 0) return Copied::kDone;
    for (ssize_t at = 0; at < got;) {
      const ssize_t written = ::write(to, piece->data() + at, static_cast<std::size_t>(got - at));
      if (written < 0 && errno != EINTR) return Copied::kFailed;
      if (written > 0) at += written;
    }
  }
}

// Where the file system can, the copy shares the blocks of the file. A file that is not what
// `stamp` says any more, before or after, is another one.
Copied copy_file(const std::string& path, const FileStamp& stamp, const std::string& to) {
  const auto is_still = [&] {
    const Result<FileStamp> now = stamp_file(path);
    return now.ok() && now.value() == stamp;
  };
  if (!is_still()) return Copied::kChanged;
  const Fd source(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!source.valid()) return Copied::kUnreadable;
  Fd copy(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kCopyMode));
  if (!copy.valid()) return Copied::kFailed;
  std::uint64_t left = stamp.size;
  while (left > 0) {
    const ssize_t got = copy_file_range(source.get(), nullptr, copy.get(), nullptr, left, 0);
    if (got <= 0) break;
    left -= static_cast<std::uint64_t>(got);
  }
  const Copied rest = copy_octets(source.get(), copy.get());
  if (rest != Copied::kDone) return rest;
  if (::close(copy.release()) != 0) return Copied::kFailed;
  return is_still() ? Copied::kDone : Copied::kChanged;
}

// Those of which `manifest` knows nothing.
void remove_others(const StateFolder& folder, const KeptManifest& manifest) {
  std::unordered_set<std::uint64_t> known;
  for (const KeptEntry& entry : manifest.entries) known.insert(entry.copy);
  const std::unique_ptr<DIR, int (*)(DIR*)> open_folder(opendir(folder.path().c_str()), closedir);
  if (open_folder == nullptr) return;  // at another time
  while (const dirent* const found = readdir(open_folder.get())) {
    const std::string name = static_cast<const char*>(found->d_name);
    const auto copy = parse_whole(name, 1, std::numeric_limits<std::int64_t>::max());
    if (!copy.ok() || known.contains(static_cast<std::uint64_t>(copy.value()))) continue;
    ::unlink(folder.path_of(name).c_str());
  }
}

// So that a list never stands on disk before what it lists.
std::optional<Error> force_to_disk(const StateFolder& folder) {
  const Fd opened(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid() || syncfs(opened.get()) != 0) return io_error("cannot be written");
  return std::nullopt;
}

// A database that cannot be read, which is the helper's to open, gets no copy and is in `left_out`.
Kept copy_missing(const StateFolder& folder, const std::vector<KeptEntry*>& missing,
                  std::string& left_out) {
  for (KeptEntry* const entry : missing) {
    switch (copy_file(entry->path, entry->stamp, path_of_copy(folder, entry->copy))) {
      case Copied::kDone:
        break;
      case Copied::kFailed:
        return {.error = io_error("a copy of " + entry->path + " cannot be written")};
      case Copied::kChanged:
        return {.left_out =
                    entry->path + " has changed since it was accepted; those of before stay"};
      case Copied::kUnreadable: {
        const std::string why = why_not_opened(entry->path, errno);
        if (entry->use != KeptUse::kDatabase) {
          return {.left_out = entry->path + " cannot be read: " + why + "; those of before stay"};
        }
        entry->copy = 0;
        add_words(left_out, *entry, why);
        break;
      }
    }
  }
  return {.error = force_to_disk(folder)};
}

Kept replace_list(StateFolder& folder, const KeptManifest& wanted) {
  const std::string list = write_manifest(wanted);
  if (list.size() > kMaxManifestBytes) return {.left_out = "their paths are too long"};
  return {.error = folder.replace(kManifestName, list)};
}

bool is_done(const Kept& kept) { return !kept.error && kept.left_out.empty(); }

// The value of the key where it stands on a line of its own, as it nearly always does.
std::string state_directory_in(std::string_view text) {
  constexpr std::string_view kKey = "stateDirectory:";
  constexpr std::string_view kAround = " \t\r\"'";
  while (!text.empty() && !text.starts_with(kKey)) {
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  if (text.empty()) return {};
  std::string_view value = text.substr(kKey.size(), text.find('\n') - kKey.size());
  value = value.substr(0, value.find(" #"));
  const std::size_t first = value.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  return std::string(value.substr(first, value.find_last_not_of(kAround) + 1 - first));
}

}  // namespace

KeptManifest last_good_of(const Loaded& loaded, std::int64_t now_ms) {
  KeptManifest manifest{.at_ms = now_ms, .entries = {}};
  std::unordered_set<std::string> known;
  const Config& config = loaded.config;
  add_entry(manifest, known, {config.path, config.stamp}, KeptUse::kConfig);
  for (const LoadedZone& file : loaded.files) {
    add_entry(manifest, known, file.zone->info().sources.front(), KeptUse::kZone);
  }
  for (const LoadedZone& file : loaded.files) {
    for (const SourceFile& source : file.zone->info().sources) {
      add_entry(manifest, known, source, KeptUse::kNamed);
    }
  }
  for (const auto* file : {&config.atlas_files.overrides, &config.atlas_files.latency}) {
    if (*file) add_entry(manifest, known, **file, KeptUse::kNamed);
  }
  for (const LoadedDatabase& database : loaded.databases) {
    add_entry(manifest, known, database.file, KeptUse::kDatabase);
  }
  return manifest;
}

Kept keep_files(StateFolder& folder, KeptManifest wanted) {
  const Result<std::string> allotted = allot(wanted);
  if (!allotted.ok()) return {.left_out = allotted.error()};
  std::string left_out = allotted.value();
  auto held = folder.hold();
  // No other server has its stateDirectory, but one that this one replaces may take a while to end.
  if (held.hold == StateFolder::Hold::kOthers) return {.must_wait = true};
  if (held.hold == StateFolder::Hold::kFailed) return {.error = Error{std::move(held.reason)}};
  const Result<KeptManifest> now = kept_now(folder);
  if (!now.ok()) return {.error = Error{now.error()}};
  std::vector<KeptEntry*> missing;
  number_copies(folder, now.value(), wanted, missing);
  if (is_as_before(now.value(), wanted)) return all_but(left_out);
  Kept kept{.error = refuse_without_room(folder, missing)};
  if (is_done(kept)) kept = copy_missing(folder, missing, left_out);
  if (is_done(kept)) kept = replace_list(folder, wanted);
  remove_others(folder, is_done(kept) ? wanted : now.value());
  return is_done(kept) ? all_but(left_out) : kept;
}

Result<KeptFiles> find_last_good(const std::string& state_directory,
                                 const std::string& config_path) {
  const StateFolder folder(state_directory + "/" + std::string(kLastGoodFolder));
  const auto text = folder.read(kManifestName, kMaxManifestBytes);
  const std::string list = path_in_quotes(folder.path_of(kManifestName));
  if (!text.ok()) return Error{"the list of the last good files, " + list + ", " + text.error()};
  if (!text.value()) return Error{"no last good files are kept; there is no " + list};
  const Result<KeptManifest> manifest = read_manifest(*text.value());
  if (!manifest.ok()) {
    return Error{"the list of the last good files, " + list + ", is damaged: " + manifest.error()};
  }
  KeptFiles found;
  found.at_ms = manifest.value().at_ms;
  for (const KeptEntry& entry : manifest.value().entries) {
    if (entry.use == KeptUse::kConfig && entry.path != path_from_root(config_path)) {
      return Error{"the last good files in " + path_in_quotes(folder.path()) + " are those of " +
                   path_in_quotes(entry.path)};
    }
    if (entry.use == KeptUse::kZone) found.zones.push_back(entry.path);
    if (entry.copy == 0) continue;
    if (!is_there(folder, entry)) {
      return Error{"the last good copy of " + path_in_quotes(entry.path) + ", " +
                   path_in_quotes(path_of_copy(folder, entry.copy)) + ", is damaged or gone"};
    }
    found.copies[entry.path] = {.copy = path_of_copy(folder, entry.copy), .stamp = entry.stamp};
  }
  std::ranges::sort(found.zones);
  return found;
}

std::string state_directory_at_a_glance(const std::string& config_path) {
  const Result<SourceText> text = SourceText::read(config_path, kMaxConfigSizeBytes);
  const std::string named = text.ok() ? state_directory_in(text.value().text()) : std::string();
  return named.empty() ? std::string(kUsualStateDirectory) : path_beside(config_path, named);
}

}  // namespace rhumb
