#include "server/obtain.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "server/control_socket.h"
#include "server/given_sockets.h"
#include "server/handover_socket.h"
#include "server/inherited.h"
#include "server/predecessor.h"

namespace rhumb {
namespace {

// Where `listen` says nothing, a service manager that does is believed. Its sockets are served
// whatever `listen` says: what comes there would wait for nobody.
std::vector<Endpoint> wanted_endpoints(const Config& config, const GivenSockets& given) {
  std::vector<Endpoint> wanted = config.listen;
  for (const Listener& each : given.dns) {
    if (!each.is_inherited) continue;
    if (std::ranges::find(wanted, each.endpoint) == wanted.end()) wanted.push_back(each.endpoint);
  }
  return wanted.empty() ? default_endpoints() : wanted;
}

std::optional<std::vector<Listener>> obtain_listeners(const Config& config, int workers,
                                                      GivenSockets& given, Log& log) {
  const std::vector<Endpoint> wanted = wanted_endpoints(config, given);
  const bool may_skip = config.listen.empty() && wanted == default_endpoints();
  BoundListeners bound = bind_listeners(wanted, workers, may_skip, std::exchange(given.dns, {}));
  for (const std::string& error : bound.errors) log.error(error);
  for (const std::string& warning : bound.warnings) log.warn(warning);
  if (!bound.errors.empty()) return std::nullopt;
  for (const Endpoint& endpoint : endpoints_of(bound.unused)) {
    log.warn("\"listen\" no longer has an address that the old server listens on; it ends with it",
             {{"address", to_string(endpoint)}});
  }
  return std::move(bound.listeners);
}

Result<Fd> obtain_http(const Config& config, GivenSockets& given) {
  if (!config.http) return Fd();
  if (given.http_endpoint == config.http->listen) return std::move(given.http);
  return bind_http_socket(config.http->listen);
}

// The file is the old server's user's, who may be another one. Only who is root may change it, and
// must now: what the old one's user has bound for successors is from now on believed as root's.
void take_control_file(const std::string& path, const User* owner, const GivenSockets& given,
                       Log& log) {
  const bool is_root = geteuid() == 0;
  const User root{.name = "root", .uid = 0, .gid = 0, .groups = {}};
  if (given.is_control_inherited || (owner == nullptr && !is_root)) return;
  const User& wanted = owner == nullptr ? root : *owner;
  struct stat now {};
  if (stat(path.c_str(), &now) != 0 || (now.st_uid == wanted.uid && now.st_gid == wanted.gid)) {
    return;
  }
  const auto error =
      is_root ? give_file(path, wanted) : std::optional(Error{"only root can change it"});
  if (!error) return listen_anew(given.handover);
  log.warn("the control socket is another user's, whose group it is for",
           {{"socket", path}, {"reason", error->message}});
}

// The file of one that is given is not ours to remove, or not yet.
Result<ControlSockets> obtain_control(const Config& config, const User* owner, GivenSockets& given,
                                      Log& log) {
  if (given.control.valid()) {
    take_control_file(config.control_socket, owner, given, log);
    return ControlSockets{std::move(given.control), "", Fd()};
  }
  Result<Fd> socket = bind_control_socket(config.control_socket, owner);
  if (!socket.ok()) return Error{socket.error()};
  return ControlSockets{std::move(socket).value(), config.control_socket, Fd()};
}

Fd obtain_handover(const Config& config, GivenSockets& given, Log& log) {
  if (given.handover.valid()) return std::move(given.handover);
  Result<Fd> socket = bind_handover_socket(config.control_socket);
  if (socket.ok()) return std::move(socket).value();
  log.warn("no other rhumb can take this one's place with --replace", {{"reason", socket.error()}});
  return {};
}

// False: a server runs that cannot be replaced.
bool begin_take_over(const Config& config, std::optional<TakeOver>& take_over, Log& log) {
  const std::string& path = config.control_socket;
  const auto refuse = [&](const std::string& reason) {
    log.error("the server that runs cannot be replaced, and goes on",
              {{"socket", path}, {"reason", reason}});
    return false;
  };
  if (const auto unreached = why_not_reached(path)) {
    if (!unreached->is_nobody) return refuse(unreached->why);
    log.info("no server runs that could be replaced; starting as if none was asked for",
             {{"socket", path}, {"reason", unreached->why}});
    return true;
  }
  Result<TakeOver> begun = TakeOver::begin(path);
  if (!begun.ok()) return refuse(begun.error());
  log.info("taking over from the server that runs", {{"socket", path}});
  take_over = std::move(begun).value();
  return true;
}

GivenSockets inherit(const Config& config, const PassedDescriptors& passed, Log& log) {
  std::vector<Fd> fds;
  for (const int number : passed.numbers) fds.emplace_back(number);
  Inherited inherited = sort_inherited(std::move(fds), config);
  if (!passed.fault.empty()) log.warn(passed.fault);
  for (const std::string& warning : inherited.warnings) log.warn(warning);
  const GivenSockets& sockets = inherited.sockets;
  const std::size_t others = (sockets.http.valid() ? 1 : 0) + (sockets.control.valid() ? 1 : 0);
  if (sockets.dns.size() + others == 0) return {};
  log.info("sockets inherited",
           {{"dns", std::to_string(sockets.dns.size())}, {"others", std::to_string(others)}});
  return std::move(inherited.sockets);
}

bool is_same_socket(const Fd& a, const Fd& b) {
  struct stat of_a {};
  struct stat of_b {};
  return fstat(a.get(), &of_a) == 0 && fstat(b.get(), &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
         of_a.st_ino == of_b.st_ino;
}

// Beside the old server's sockets those of a manager, unless he has passed the same ones: what
// comes there would wait for nobody.
void add_inherited(GivenSockets& given, GivenSockets inherited) {
  for (Listener& each : inherited.dns) {
    const bool is_known = std::ranges::any_of(
        given.dns, [&](const Listener& known) { return is_same_socket(known.fd, each.fd); });
    if (!is_known) given.dns.push_back(std::move(each));
  }
  if (inherited.http.valid() && given.http_endpoint != inherited.http_endpoint) {
    given.http_endpoint = inherited.http_endpoint;
    given.http = std::move(inherited.http);
  }
}

}  // namespace

std::optional<ObtainedSockets> obtain_sockets(const Config& config, int workers, const User* owner,
                                              Start start, const PassedDescriptors& passed,
                                              Log& log) {
  ObtainedSockets obtained;
  if (start == Start::kInItsPlace && !begin_take_over(config, obtained.take_over, log)) {
    return std::nullopt;
  }
  GivenSockets given = inherit(config, passed, log);
  if (obtained.take_over) {
    GivenSockets inherited = std::exchange(given, obtained.take_over->take_sockets());
    add_inherited(given, std::move(inherited));
  }
  if (!given.is_control_inherited) obtained.control_file = config.control_socket;
  if (!given.control.valid()) {
    // Which a server opens last: when it is free, so are the others of one that was killed.
    const auto is_reached = [&] { return !why_not_reached(config.control_socket); };
    wait_while_taken(config.control_socket, is_reached, log);
  }
  auto listeners = obtain_listeners(config, workers, given, log);
  if (!listeners) return std::nullopt;
  Result<Fd> http = obtain_http(config, given);
  if (!http.ok()) {
    log.error(http.error());
    return std::nullopt;
  }
  Result<ControlSockets> control = obtain_control(config, owner, given, log);
  if (!control.ok()) {
    log.error(control.error());
    return std::nullopt;
  }
  obtained.listeners = *std::move(listeners);
  obtained.control = std::move(control).value();
  obtained.control.http = std::move(http).value();
  obtained.handover = obtain_handover(config, given, log);
  return obtained;
}

std::vector<Endpoint> endpoints_of(const std::vector<Listener>& listeners) {
  std::vector<Endpoint> all;
  for (const Listener& listener : listeners) {
    if (std::find(all.begin(), all.end(), listener.endpoint) == all.end()) {
      all.push_back(listener.endpoint);
    }
  }
  return all;
}

}  // namespace rhumb
