#include "server/confinement.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "server/instrumented.h"
#include "server/seccomp_filter.h"

namespace rhumb {
namespace {

namespace fs = std::filesystem;

// Of the system: resolv.conf, hosts and certificates, which other programs replace; the libraries'
// own files; and what is said of this process.
constexpr std::array kOfSystem = {"/etc",
                                  "/usr/lib",
                                  "/usr/local/share/ca-certificates",
                                  "/usr/share/ca-certificates",
                                  "/usr/share/zoneinfo",
                                  "/proc",
                                  "/sys/devices/system/cpu",
                                  "/dev/null",
                                  "/dev/random",
                                  "/dev/urandom"};
constexpr const char* kResolvConf = "/etc/resolv.conf";

fs::path folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder;
}

class Places {
 public:
  // A folder, and for each link on the way to it the folder above the one that it leads to: there
  // stands what it will lead to next, after a new version of it.
  void add_folder(const fs::path& folder) {
    if (!seen_.insert(folder.string()).second) return;
    add(folder.string(), Grant::kRead);
    fs::path way;
    for (const fs::path& step : fs::absolute(folder)) {
      way /= step;
      std::error_code failed;
      if (!fs::is_symlink(way, failed)) continue;
      const fs::path above = fs::canonical(way, failed).parent_path();
      if (!failed && above != above.root_path()) add(above.string(), Grant::kRead);
    }
  }
  // The folder of a file, and that of what it leads to.
  void add_file(const std::string& path) {
    if (path.empty()) return;
    add_folder(folder_of(path));
    std::error_code failed;
    if (!fs::is_symlink(path, failed)) return;
    const fs::path real = fs::canonical(path, failed);
    if (!failed) add_folder(real.parent_path());
  }
  void add(const std::string& path, Grant grant) { all_.push_back({path, grant}); }
  std::vector<Beneath> take() { return std::move(all_); }

 private:
  std::set<std::string> seen_;
  std::vector<Beneath> all_;
};

void add_zones(const Loaded& loaded, Places& places) {
  for (const ZonePattern& pattern : loaded.config.zones) {
    places.add_folder(fs::path(fixed_part(pattern)).parent_path());
  }
  for (const auto& zone : loaded.zones->zones()) {
    for (const SourceFile& source : zone->info().sources) places.add_file(source.path);
  }
}

void add_config(const Config& config, Places& places) {
  places.add_file(config.path);
  for (const std::string& file : config.files) places.add_file(file);
  const AtlasFiles& atlas = config.atlas_files;
  for (const auto& file : {atlas.overrides, atlas.latency, atlas.database, atlas.asn_database}) {
    if (file) places.add_file(file->path);
  }
}

void add_checks(const Loaded& loaded, Places& places) {
  for (const CheckSpec& check : loaded.zones->checks()) {
    places.add_file(check.ca_file);
    places.add_file(check.token_file);
  }
}

// One that is not there yet is made in the one above.
void add_state(const std::string& folder, Places& places) {
  if (folder.empty()) return;
  std::error_code failed;
  const fs::path above = folder_of(folder);
  const bool is_there = fs::is_directory(folder, failed);
  if (is_there || above == above.root_path()) return places.add(folder, Grant::kWrite);
  places.add(above.string(), Grant::kWrite);
}

Calls calls_of(const Config& config) {
  return config.state_directory.empty() ? Calls::kServer : Calls::kServerWithState;
}

// False: it does not hold, which is told.
bool holds(const char* what, const std::optional<Error>& error, Log& log) {
  if (!error) return true;
  log.warn("this kernel cannot confine the server as wanted",
           {{"by", what}, {"reason", error->message}});
  return false;
}

}  // namespace

std::vector<Beneath> places_of(const Loaded& loaded) {
  Places places;
  add_config(loaded.config, places);
  add_zones(loaded, places);
  add_checks(loaded, places);
  add_state(loaded.config.state_directory, places);
  places.add(folder_of(loaded.config.control_socket).string(), Grant::kSocket);
  for (const char* const path : kOfSystem) places.add(path, Grant::kRead);
  places.add_file(kResolvConf);
  return places.take();
}

std::string confine(const Loaded& loaded, Log& log) {
  const ConfineConfig& wanted = loaded.config.confine;
  std::string held;
  const auto note = [&held](const char* what) {
    held += (held.empty() ? "" : ",") + std::string(what);
  };
  if (geteuid() != 0) note("user");
  // Landlock first, which takes calls that are on no list. What counts its own code writes it where
  // it likes.
  const bool by_landlock =
      wanted.landlock && !kIsCounted && holds("landlock", open_only(places_of(loaded)), log);
  if (wanted.seccomp && holds("seccomp", allow_only(calls_of(loaded.config)), log)) note("seccomp");
  if (by_landlock) note("landlock");
  return held.empty() ? "nothing" : held;
}

}  // namespace rhumb
