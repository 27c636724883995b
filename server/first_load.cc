#include "server/first_load.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "server/last_good.h"

namespace rhumb {
namespace {

class Loading {
 public:
  Loading(const ServeOptions& options, const MapCompiler& compile, const User* user,
          const Config& bound, StateKeeper& state, Log& log)
      : options_(options), compile_(compile), user_(user), state_(state), log_(log) {
    if (!bound.state_directory.empty()) state_directory_ = bound.state_directory;
  }

  std::shared_ptr<const Loaded> load_from(const Sources& sources, Diagnostics& diagnostics) {
    const auto past = [this](const Config& config, Diagnostics& found) {
      log_.configure(config.log_level, config.log_format);
      state_directory_ = config.state_directory;
      refuse_without_state(config, found);
      return state_.open(config, found);
    };
    auto loaded = load(options_.config, nullptr, diagnostics, compile_, past, {.sources = sources});
    if (loaded != nullptr) log_.configure(loaded->config.log_level, loaded->config.log_format);
    log_.write(user_ == nullptr ? diagnostics : said_of(*user_, diagnostics));
    return loaded;
  }

  // Wanted, and not made impossible by the files themselves.
  [[nodiscard]] bool may_fall_back() const {
    return options_.last_good && !(state_directory_ && state_directory_->empty());
  }
  [[nodiscard]] Result<KeptFiles> find_kept() const {
    return find_last_good(
        state_directory_ ? *state_directory_ : state_directory_at_a_glance(options_.config),
        options_.config);
  }

 private:
  void refuse_without_state(const Config& config, Diagnostics& found) const {
    if (!options_.last_good || !config.state_directory.empty()) return;
    found.error({config.path, 0, 0},
                "--last-good needs a \"stateDirectory\", in which the last good files are kept");
  }

  const ServeOptions& options_;
  const MapCompiler& compile_;
  const User* user_;
  StateKeeper& state_;
  Log& log_;
  std::optional<std::string> state_directory_;  // nullopt: it is not known; empty: none is named
};

void tell_loaded(const Loaded& loaded, Log& log) {
  log.info("zones loaded", {{"zones", std::to_string(loaded.zones->zones().size())},
                            {"records", std::to_string(record_count(*loaded.zones))},
                            {"checks", std::to_string(loaded.zones->checks().size())}});
  tell_databases(log, loaded.databases);
}

// Whether all that was kept is of whom the kept configuration wants to become, or of root.
bool is_of_its_user(const KeptFiles& kept, const std::string& list, const Config& config) {
  uid_t wanted = 0;
  if (!config.user.empty()) {
    const Result<User> user = find_user(config.user);
    if (!user.ok()) return false;
    wanted = user.value().uid;
  }
  const auto is_of = [wanted](const std::string& path) {
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return false;
    return status.st_uid == 0 || status.st_uid == wanted;
  };
  return is_of(list) && std::ranges::all_of(
                            kept.copies, [&](const auto& each) { return is_of(each.second.copy); });
}

// Whether a folder would have to be made for this socket, elsewhere than by default.
bool wants_folder(const std::string& socket) {
  const std::size_t slash = socket.rfind('/');
  if (socket == kDefaultControlSocket || slash == std::string::npos || slash == 0) return false;
  struct stat status {};
  return stat(socket.substr(0, slash).c_str(), &status) != 0;
}

// Whether who may reach what is bound for `bound` may be served by the terms of `now`.
bool is_for(const std::optional<HttpConfig>& bound, const std::optional<HttpConfig>& now) {
  return bound && now && bound->listen == now->listen && (now->has_tls || !bound->has_tls);
}

// What of `now` is in use already as `bound` says, and not as it says itself.
std::string keys_that_differ(const Config& bound, const Config& now) {
  std::string keys;
  const auto add = [&keys](bool differs, std::string_view key) {
    if (differs) keys += (keys.empty() ? "" : ",") + std::string(key);
  };
  add(bound.listen != now.listen, "listen");
  add(bound.workers != now.workers, "workers");
  add(bound.control_socket != now.control_socket, "controlSocket");
  add(bound.user != now.user, "user");
  add(bound.confine != now.confine, "confine");
  return keys;
}

// What is bound and given up by now stays as it is, whatever these files say of it: they are older
// than rhumb.yaml was then, or newer. Terms of access that are of another socket are not served on
// the one for `http`, nor is it then.
std::shared_ptr<const Loaded> as_bound(std::shared_ptr<const Loaded> loaded, const Config& bound,
                                       Log& log) {
  const std::string keys = keys_that_differ(bound, loaded->config);
  const bool has_http = bound.http || loaded->config.http;
  const bool serves_http = has_http && is_for(bound.http, loaded->config.http);
  if (keys.empty() && has_http == serves_http) return loaded;
  auto now = std::make_shared<Loaded>(*loaded);
  if (!keys.empty()) {
    now->config.listen = bound.listen;
    now->config.workers = bound.workers;
    now->config.control_socket = bound.control_socket;
    now->config.user = bound.user;
    now->config.confine = bound.confine;
    log.warn("what is bound and given up stays as rhumb.yaml said then, not as these files do",
             {{"keys", keys}});
  }
  if (has_http && !serves_http) {
    now->config.http.reset();
    log.warn("http is not served, since rhumb.yaml and these files differ on it");
  }
  return now;
}

ReloadOutcome refused_now(Diagnostics diagnostics) {
  ReloadOutcome refused;
  refused.at_ms = wall_clock_ms();
  refused.diagnostics = std::move(diagnostics);
  return refused;
}

}  // namespace

FirstLoad load_first(const ServeOptions& options, const MapCompiler& compile, const User* user,
                     const Config& bound, StateKeeper& state, Log& log) {
  Loading loading(options, compile, user, bound, state, log);
  FirstLoad first;
  Diagnostics diagnostics;
  first.loaded = loading.load_from({}, diagnostics);
  if (first.loaded == nullptr && loading.may_fall_back()) {
    Result<KeptFiles> kept = loading.find_kept();
    if (!kept.ok()) {
      log.error("the last good files cannot be served either", {{"reason", kept.error()}});
      return first;
    }
    const std::string kept_at = to_rfc3339(kept.value().at_ms);
    const std::size_t errors = diagnostics.error_count();
    first.refused = refused_now(std::move(diagnostics));
    Diagnostics of_kept;
    first.loaded = loading.load_from(Sources(std::move(kept).value()), of_kept);
    if (first.loaded != nullptr) {
      log.warn("the files have errors; the last good ones are served",
               {{"kept", kept_at}, {"errors", std::to_string(errors)}});
    } else {
      log.error("the last good files cannot be served either", {{"kept", kept_at}});
    }
  }
  if (first.loaded != nullptr) first.loaded = as_bound(std::move(first.loaded), bound, log);
  if (first.loaded != nullptr) tell_loaded(*first.loaded, log);
  return first;
}

void bind_by_last_good(const std::string& path, Config& config, Diagnostics& found, Log& log) {
  const std::string directory =
      config.state_directory.empty() ? state_directory_at_a_glance(path) : config.state_directory;
  const Result<KeptFiles> kept = find_last_good(directory, path);
  if (!kept.ok()) return;
  Diagnostics of_kept;
  Config last = read_config_to_bind(path, of_kept, Sources(kept.value()));
  const std::string list = directory + "/" + std::string(kLastGoodFolder) + "/" + kManifestName;
  if (of_kept.has_errors()) return;
  if (geteuid() == 0) {
    if (!is_of_its_user(kept.value(), list, last)) return;
    // Which the user may have written: what root makes, and gives away, its own file says.
    if (wants_folder(last.control_socket)) {
      log.error("the last good files cannot be served either",
                {{"reason",
                  "the folder of their controlSocket is not there, and root makes none "
                  "that rhumb.yaml itself does not name"},
                 {"socket", last.control_socket}});
      return;
    }
    last.state_directory = directory;
  }
  config = std::move(last);
  found = {};
}

}  // namespace rhumb
