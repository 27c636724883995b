#include "server/config.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string_view>

#include "geo/ipv4_in_ipv6.h"
#include "server/config_atlas.h"
#include "server/config_confine.h"
#include "server/config_edns.h"
#include "server/config_http.h"
#include "server/config_rate_limit.h"
#include "server/config_safety.h"
#include "server/config_tap.h"
#include "text/fields.h"
#include "text/quote.h"
#include "text/yaml.h"
#include "zones/check_yaml.h"
#include "zones/source.h"

namespace rhumb {
namespace {

constexpr Named<LogLevel> kLevels[] = {{"debug", LogLevel::kDebug},
                                       {"info", LogLevel::kInfo},
                                       {"warn", LogLevel::kWarning},
                                       {"warning", LogLevel::kWarning},
                                       {"error", LogLevel::kError}};
constexpr Named<LogFormat> kFormats[] = {{"text", LogFormat::kText}, {"json", LogFormat::kJson}};

constexpr std::array<ForeignKey, 11> kForeignKeys = {{{"rrl", "rateLimit"},
                                                      {"rate-limit", "rateLimit"},
                                                      {"controlsocket", "controlSocket"},
                                                      {"nsid", "edns.nsid"},
                                                      {"cookies", "edns.cookies"},
                                                      {"cookieSecretFile", "edns.cookieSecretFile"},
                                                      {"server", "identity.server"},
                                                      {"geoip", "geo"},
                                                      {"control", "controlSocket"},
                                                      {"zone", "zones"},
                                                      {"checks", "healthChecks"}}};

constexpr std::int64_t kMaxWaitMs = 3'600'000;

// What to write instead of `text`, which is no address and port.
std::string endpoint_hint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::string_view host = text.substr(0, std::min(colon, text.size()));
  const auto address = IpAddress::parse(text);
  const std::string bracketed =
      "[" + std::string(host) + "]:" + std::string(text.substr(colon + 1));
  if (const auto meant = Endpoint::parse(bracketed); meant && meant->port != 0) {
    std::string brackets = "put an IPv6 address in brackets: " + in_quotes(bracketed);
    if (!address || meant->port == 53) return brackets;
    return brackets + " or " + in_quotes("[" + std::string(text) + "]:53");
  }
  if (address) return "add the port: " + in_quotes(to_string(Endpoint{*address, 53}));
  if (host.empty() || host == "*") return "write \"0.0.0.0:53\" or \"[::]:53\"";
  if (host.find(':') != std::string_view::npos && host.front() != '[') {
    return "put an IPv6 address in brackets: \"[::1]:53\"";
  }
  return "write an address and a port, such as \"192.0.2.1:53\" or \"[2001:db8::1]:53\"";
}

void add_endpoint(Config& config, YamlNode item, Diagnostics& diagnostics) {
  const auto endpoint = Endpoint::parse(item.text());
  if (!endpoint) {
    diagnostics.error(item.place(), in_quotes(item.text()) + " is no address to listen on; " +
                                        endpoint_hint(item.text()));
  } else if (endpoint->port == 0) {
    diagnostics.error(item.place(), in_quotes(item.text()) + " has port 0; DNS uses port 53");
  } else if (const auto meant = unmapped(IpPrefix::of(endpoint->address, 128))) {
    diagnostics.error(item.place(),
                      in_quotes(item.text()) + " is an IPv4 address; write " +
                          in_quotes(to_string(Endpoint{meant->address, endpoint->port})));
  } else if (std::find(config.listen.begin(), config.listen.end(), *endpoint) !=
             config.listen.end()) {
    diagnostics.error(item.place(), in_quotes(item.text()) + " is listed twice; remove one");
  } else {
    config.listen.push_back(*endpoint);
  }
}

void read_listen(Fields& fields, Config& config, Diagnostics& diagnostics) {
  const auto items = fields.texts("listen", ListForm::kListOrOne);
  if (!items) return;
  for (const YamlNode item : *items) add_endpoint(config, item, diagnostics);
  if (fields.child("listen")->size() == 0 && fields.child("listen")->is_list()) {
    fields.error("listen", "the list is empty; leave \"listen\" out for 0.0.0.0:53 and [::]:53");
  } else if (config.listen.size() > kMaxListenAddresses) {
    fields.error("listen", "more than " + std::to_string(kMaxListenAddresses) + " addresses");
  }
}

void read_control_socket(Fields& fields, Config& config) {
  const auto given = fields.text("controlSocket");
  if (!given) return;
  if (given->empty()) {
    return fields.error("controlSocket",
                        "the path is empty; write one, or leave \"controlSocket\" out for " +
                            std::string(kDefaultControlSocket));
  }
  config.control_socket = path_beside(config.path, *given);
  if (config.control_socket.size() > kMaxSocketPathBytes) {
    fields.error("controlSocket", "the path is longer than the " +
                                      std::to_string(kMaxSocketPathBytes) +
                                      " bytes that a socket's may have; write a shorter one");
  }
}

void read_state_directory(Fields& fields, Config& config) {
  const auto given = fields.text("stateDirectory");
  if (!given) return;
  if (given->empty()) {
    return fields.error("stateDirectory",
                        "the path is empty; write one, or leave \"stateDirectory\" out, and "
                        "nothing is kept over restarts");
  }
  config.state_directory = path_beside(config.path, *given);
}

void read_log(Fields& fields, Config& config, Diagnostics& diagnostics) {
  const auto map = fields.map("log");
  if (!map) return;
  Fields log(*map, diagnostics);
  config.log_level = log.one_of("level", kLevels).value_or(config.log_level);
  config.log_format = log.one_of("format", kFormats).value_or(config.log_format);
  log.finish();
}

void read_metrics(Fields& fields, Config& config, Diagnostics& diagnostics) {
  const auto map = fields.map("metrics");
  if (!map) return;
  Fields metrics(*map, diagnostics);
  if (const auto zones = metrics.whole("maxZones", 0, kMaxMetricsZones)) {
    config.metrics_max_zones = static_cast<std::uint32_t>(*zones);
  }
  metrics.finish();
}

// In the form of path_beside(), with its final slash; empty: the current one.
std::string folder_of(const std::string& file) {
  std::string beside = path_beside(file, "x");
  beside.pop_back();
  return beside;
}

void read_zone_patterns(Fields& fields, Config& config) {
  if (!fields.require("zones", "[\"zones/*.zone\"]")) return;
  const auto items = fields.texts("zones", ListForm::kListOrOne);
  if (!items) return;
  const std::optional<YamlNode> given = fields.child("zones");
  config.extent.zones = !given->is_list() || given->size() == items->size();
  const std::string folder = folder_of(config.path);
  for (const YamlNode item : *items) {
    const std::string written(item.text());
    config.zones.push_back({.path = path_beside(config.path, written),
                            .folder = written.starts_with('/') ? "" : folder,
                            .written = written,
                            .place = item.place()});
  }
}

void read_checks_of(Fields& fields, Config& config, Diagnostics& diagnostics) {
  if (const auto map = fields.map("healthCheckDefaults")) {
    config.check_defaults = read_check_defaults(*map, {}, diagnostics);
  }
  const bool is_given = fields.has("healthChecks");
  const bool is_list = fields.list("healthChecks").has_value();
  config.extent.checks = is_list || !is_given;
  if (!is_list) return;
  CheckList checks = read_checks(*fields.child("healthChecks"), config.check_defaults, diagnostics);
  config.checks = std::move(checks.good);
  config.wrong_checks = std::move(checks.wrong);
  config.extent.checks = checks.all_named;
}

std::optional<std::int64_t> read_wait(Fields& fields, std::string_view key) {
  const auto given = fields.duration_ms(key);
  if (!given) return std::nullopt;
  if (*given <= std::uint64_t{kMaxWaitMs}) return static_cast<std::int64_t>(*given);
  fields.error(key, "longer than an hour; write a shorter wait");
  return std::nullopt;
}

// What a start needs first.
void read_fields_to_bind(Fields& fields, Config& config, Diagnostics& diagnostics) {
  read_listen(fields, config, diagnostics);
  config.workers = static_cast<int>(fields.whole("workers", 0, kMaxWorkers).value_or(0));
  read_control_socket(fields, config);
  read_state_directory(fields, config);
  read_confinement(fields, config, diagnostics);
  read_log(fields, config, diagnostics);
}

void read_fields(YamlNode root, const Config* before, Config& config, Diagnostics& diagnostics) {
  Fields fields(root, diagnostics);
  if (!root.is_map()) return;
  read_fields_to_bind(fields, config, diagnostics);
  read_http(fields, config, diagnostics);
  read_zone_patterns(fields, config);
  read_checks_of(fields, config, diagnostics);
  config.safety_rules = read_safety_rules(fields, diagnostics);
  const std::size_t errors = diagnostics.error_count();
  read_atlas(fields, before, config, diagnostics);
  config.extent.atlas = diagnostics.error_count() == errors;
  config.startup_wait_ms = read_wait(fields, "startupWait").value_or(config.startup_wait_ms);
  config.shutdown_delay_ms = read_wait(fields, "shutdownDelay").value_or(config.shutdown_delay_ms);
  read_answer_options(fields, before, config, diagnostics);
  read_rate_limit(fields, config, diagnostics);
  read_metrics(fields, config, diagnostics);
  read_tap(fields, config, diagnostics);
  const std::size_t errors_of_values = diagnostics.error_count();
  fields.finish(kForeignKeys);
  if (diagnostics.error_count() > errors_of_values) config.extent = kPart;  // it may stand there
}

using ReadFields = std::function<void(YamlNode root, Config& config)>;

Config read_text(std::string_view text, const std::string& path, Diagnostics& diagnostics,
                 const Sources& sources, const ReadFields& read_root) {
  Config config;
  config.path = path;
  config.sources = sources;
  if (text.size() > kMaxConfigSizeBytes) {
    diagnostics.error({path, 0, 0}, "is larger than 64 MiB");
    return config;
  }
  const ReadYaml read = read_yaml_with_errors(text, path, diagnostics);
  if (read.document) read_root(read.document->root(), config);
  return config;
}

Config read_file(const std::string& path, Diagnostics& diagnostics, const Sources& sources,
                 const ReadFields& read_root) {
  const Result<SourceText> source = sources.read(path);
  if (source.ok()) {
    Config config = read_text(source.value().text(), path, diagnostics, sources, read_root);
    config.stamp = source.value().file().stamp;
    return config;
  }
  diagnostics.error({path, 0, 0}, source.error());
  Config config;
  config.path = path;
  return config;
}

ReadFields all_fields(const Config* before, Diagnostics& diagnostics) {
  return [before, &diagnostics](YamlNode root, Config& config) {
    read_fields(root, before, config, diagnostics);
  };
}

}  // namespace

Config read_config(const std::string& path, Diagnostics& diagnostics, const Config* before,
                   const Sources& sources) {
  return read_file(path, diagnostics, sources, all_fields(before, diagnostics));
}

Config read_config_text(std::string_view text, const std::string& path, Diagnostics& diagnostics,
                        const Config* before, const Sources& sources) {
  return read_text(text, path, diagnostics, sources, all_fields(before, diagnostics));
}

Config read_config_to_bind(const std::string& path, Diagnostics& diagnostics,
                           const Sources& sources) {
  return read_file(path, diagnostics, sources, [&diagnostics](YamlNode root, Config& config) {
    Fields fields(root, diagnostics);
    if (!root.is_map()) return;
    read_fields_to_bind(fields, config, diagnostics);
    read_http_to_bind(fields, config, diagnostics);
  });
}

void warn_of_restart(const Config& running, const Config& next, Diagnostics& diagnostics) {
  const auto warn = [&](bool differs, std::string_view key) {
    if (!differs) return;
    diagnostics.warn({next.path, 0, 0},
                     in_quotes(key) + " has changed; it takes effect with a restart");
  };
  warn(running.listen != next.listen, "listen");
  warn(running.workers != next.workers, "workers");
  warn(running.control_socket != next.control_socket, "controlSocket");
  warn(running.state_directory != next.state_directory, "stateDirectory");
  const auto listen = [](const Config& config) {
    return config.http ? std::optional(config.http->listen) : std::nullopt;
  };
  warn(listen(running) != listen(next), "http.listen");
  warn(running.user != next.user, "user");
  warn(running.confine != next.confine, "confine");
  warn(running.metrics_max_zones != next.metrics_max_zones, "metrics.maxZones");
}

}  // namespace rhumb
