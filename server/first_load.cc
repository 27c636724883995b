#include "server/first_load.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "server/last_good.h"
#include "text/quote.h"

namespace rhumb {
namespace {

constexpr std::string_view kNoLastGood = "the last good files cannot be served either";

class Loading {
 public:
  Loading(const ServeOptions& options, const MapCompiler& compile, const Beginning& begun,
          StateKeeper& state, Log& log)
      : options_(options), compile_(compile), begun_(begun), state_(state), log_(log) {
    if (!begun.config.state_directory.empty()) state_directory_ = begun.config.state_directory;
  }

  std::shared_ptr<const Loaded> load_from(const Sources& sources, Diagnostics& diagnostics) {
    bool is_config_read = false;
    const auto past = [&](const Config& config, Diagnostics& found) {
      is_config_read = true;
      log_.configure(config.log_level, config.log_format);
      state_directory_ = config.state_directory;
      refuse_without_state(config, found);
      if (config.user == begun_.refused_user.name) refuse_user(found);
      return state_.open(config, found);
    };
    auto loaded = load(options_.config, nullptr, diagnostics, compile_, past, {.sources = sources});
    if (loaded != nullptr) log_.configure(loaded->config.log_level, loaded->config.log_format);
    if (!is_config_read && sources.kept() == nullptr) refuse_user(diagnostics);
    log_.write(begun_.user ? said_of(*begun_.user, diagnostics) : diagnostics);
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

  void refuse_user(Diagnostics& found) const {
    const RefusedUser& refused = begun_.refused_user;
    if (!refused.name.empty()) found.error(refused.place, refused.why);
  }

  const ServeOptions& options_;
  const MapCompiler& compile_;
  const Beginning& begun_;
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

// Nullopt: nobody. The error says why this cannot be.
Result<std::optional<User>> find_wanted_user(const Config& config) {
  if (config.user.empty()) return std::optional<User>();
  Result<User> known = find_user(config.user);
  if (!known.ok()) return Error{known.error()};
  std::string why = why_not_become(known.value());
  if (!why.empty()) return Error{std::move(why)};
  return std::optional(std::move(known).value());
}

// Whether all that was kept is of whom the kept configuration wants to become, or of root.
bool is_of_its_user(const KeptFiles& kept, const std::string& list,
                    const std::optional<User>& user) {
  const uid_t wanted = user ? user->uid : 0;
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

// The error says why it cannot be.
Result<Beginning> begin_by_last_good(const std::string& path, const Config& config,
                                     Diagnostics& of_kept) {
  const std::string directory =
      config.state_directory.empty() ? state_directory_at_a_glance(path) : config.state_directory;
  const Result<KeptFiles> kept = find_last_good(directory, path);
  if (!kept.ok()) return Error{kept.error()};
  Beginning last{.config = read_config_to_bind(path, of_kept, Sources(kept.value()))};
  if (of_kept.has_errors()) return Error{"their rhumb.yaml has errors"};
  Result<std::optional<User>> user = find_wanted_user(last.config);
  if (!user.ok()) return Error{user.error()};
  last.user = std::move(user).value();
  if (geteuid() != 0) return last;
  const std::string list = directory + "/" + std::string(kLastGoodFolder) + "/" + kManifestName;
  if (!is_of_its_user(kept.value(), list, last.user)) {
    return Error{"to root, they are to be root's or of the user that they name, and are not"};
  }
  // Which the user may have written: what root makes, and gives away, its own file says.
  if (wants_folder(last.config.control_socket)) {
    return Error{"the folder of their controlSocket " + path_in_quotes(last.config.control_socket) +
                 " is not there, and root makes none that rhumb.yaml itself does not name"};
  }
  last.config.state_directory = directory;
  return last;
}

}  // namespace

FirstLoad load_first(const ServeOptions& options, const MapCompiler& compile,
                     const Beginning& begun, StateKeeper& state, Log& log) {
  Loading loading(options, compile, begun, state, log);
  FirstLoad first;
  Diagnostics diagnostics;
  first.loaded = loading.load_from({}, diagnostics);
  if (first.loaded == nullptr && loading.may_fall_back()) {
    Result<KeptFiles> kept = loading.find_kept();
    if (!kept.ok()) {
      log.error(kNoLastGood, {{"reason", kept.error()}});
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
      log.error(kNoLastGood, {{"kept", kept_at}});
    }
  }
  if (first.loaded != nullptr) first.loaded = as_bound(std::move(first.loaded), begun.config, log);
  if (first.loaded != nullptr) tell_loaded(*first.loaded, log);
  return first;
}

Beginning find_beginning(const ServeOptions& options, Diagnostics& found, Log& log) {
  Beginning begun{.config = read_config_to_bind(options.config, found)};
  Result<std::optional<User>> user = find_wanted_user(begun.config);
  if (user.ok()) {
    begun.user = std::move(user).value();
  } else {
    begun.refused_user = {begun.config.user, begun.config.user_place, user.error()};
    found.error(begun.config.user_place, user.error());
  }
  if (!found.has_errors() || !options.last_good) return begun;
  Diagnostics of_kept;
  Result<Beginning> last = begin_by_last_good(options.config, begun.config, of_kept);
  log.write(of_kept);
  if (!last.ok()) {
    log.error(kNoLastGood, {{"reason", last.error()}});
    return begun;
  }
  last.value().refused_user = std::move(begun.refused_user);
  found = {};
  return std::move(last).value();
}

}  // namespace rhumb
