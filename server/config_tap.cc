#include "server/config_tap.h"

#include <unistd.h>

#include <array>
#include <climits>
#include <string>

#include "server/query_log.h"
#include "text/fields.h"
#include "zones/source.h"

namespace rhumb {
namespace {

// What tells this server from others that send to the same collector.
std::string name_for_collector(const AnswerOptions& options) {
  if (options.identity && !options.identity->server.empty()) return options.identity->server;
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : std::string();
}

constexpr ForeignKey kDnstapKeys[] = {{"socketPath", "socket"},       {"path", "socket"},
                                      {"output", "socket"},           {"sink", "socket"},
                                      {"socket-path", "socket"},      {"endpoint", "socket"},
                                      {"identity", "identity.server"}};
constexpr ForeignKey kQueryLogKeys[] = {
    {"rate", "perSecond"}, {"limit", "perSecond"}, {"sample", "perSecond"}};

void read_dnstap(Fields& fields, Config& config, Diagnostics& diagnostics) {
  const auto map = fields.map("dnstap");
  if (!map) return;
  Fields dnstap(*map, diagnostics);
  if (dnstap.require("socket", "/run/dnstap.sock")) {
    const auto given = dnstap.text("socket");
    const std::string path = given && !given->empty() ? path_beside(config.path, *given) : "";
    if (given && path.empty()) {
      dnstap.error("socket", "the path is empty; write the collector's");
    } else if (path.size() > kMaxSocketPathBytes) {
      dnstap.error("socket", "the path is longer than the " + std::to_string(kMaxSocketPathBytes) +
                                 " bytes that a socket's may have; write a shorter one");
    } else {
      config.tap.socket = path;
      config.tap.identity = name_for_collector(config.options);
    }
  }
  dnstap.finish(kDnstapKeys);
}

}  // namespace

void read_tap(Fields& fields, Config& config, Diagnostics& diagnostics) {
  read_dnstap(fields, config, diagnostics);
  const auto map = fields.map("queryLog");
  if (!map) return;
  Fields log(*map, diagnostics);
  if (log.require("perSecond", "10")) {
    const auto lines = log.whole("perSecond", 0, kMaxQueryLogPerSecond);
    config.tap.log_per_second = static_cast<std::uint32_t>(lines.value_or(0));
  }
  if (config.tap.log_per_second > 0 && config.log_level > LogLevel::kInfo) {
    diagnostics.warn(map->place(),
                     "its lines are of level info, which log.level leaves out: write level: info");
  }
  log.finish(kQueryLogKeys);
}

}  // namespace rhumb
