#include "server/config_rate_limit.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answer/rate_limit.h"
#include "geo/ipv4_in_ipv6.h"
#include "geo/place_text.h"
#include "geo/special_networks.h"
#include "server/listeners.h"
#include "text/quote.h"

namespace rhumb {
namespace {

constexpr ForeignKey kRateLimitKeys[] = {{"responses-per-second", "responsesPerSecond"},
                                         {"rate-limit", "responsesPerSecond"},
                                         {"rrl-ratelimit", "responsesPerSecond"},
                                         {"ratelimit", "responsesPerSecond"},
                                         {"perSecond", "responsesPerSecond"},
                                         {"rate", "responsesPerSecond"},
                                         {"rrl-slip", "slip"},
                                         {"exempt-clients", "exempt"},
                                         {"exemptClients", "exempt"},
                                         {"allowlist", "exempt"},
                                         {"whitelist", "exempt"}};

std::vector<IpPrefix> read_exempt(Fields& map, Diagnostics& diagnostics) {
  std::vector<IpPrefix> networks;
  const auto items = map.texts("exempt", ListForm::kListOrOne);
  if (!items) return networks;
  if (items->size() > kMaxExempt) {
    map.error("exempt", "there are more than " + std::to_string(kMaxExempt) + " networks");
    return networks;
  }
  for (const YamlNode item : *items) {
    const Result<IpPrefix> network = parse_prefix(item.text());
    const auto meant = network.ok() ? unmapped(network.value()) : std::nullopt;
    if (meant) {
      diagnostics.error(item.place(), in_quotes(item.text()) + " is an IPv4 network; write " +
                                          in_quotes(to_string(*meant)));
    } else if (network.ok()) {
      networks.push_back(network.value());
    } else {
      diagnostics.error(item.place(), network.error());
    }
  }
  return disjoint(std::move(networks));
}

}  // namespace

void read_rate_limit(Fields& fields, Config& config, Diagnostics& diagnostics) {
  config.rate_limit_place = {config.path, 0, 0};
  for (const std::string_view key : {"listen", "rateLimit"}) {
    if (fields.has(key)) config.rate_limit_place = fields.key_place(key);
  }
  const auto map = fields.map("rateLimit");
  if (!map) return;
  Fields given(*map, diagnostics);
  const auto rate = given.whole("responsesPerSecond", 0, kMaxResponsesPerSecond).value_or(0);
  const auto slip = given.whole("slip", 0, kMaxSlip).value_or(RateLimits().slip);
  std::vector<IpPrefix> exempt = read_exempt(given, diagnostics);
  given.finish(kRateLimitKeys);
  if (rate == 0) return;
  config.options.rate_limits = std::make_shared<const RateLimits>(
      RateLimits{.responses_per_second = static_cast<std::uint32_t>(rate),
                 .slip = static_cast<std::uint8_t>(slip),
                 .exempt = std::move(exempt)});
}

void advise_rate_limit(const Config& config, Diagnostics& diagnostics) {
  if (config.options.rate_limits != nullptr) return;
  const std::vector<Endpoint> listen = config.listen.empty() ? default_endpoints() : config.listen;
  const auto found = std::ranges::find_if_not(
      listen, [](const Endpoint& endpoint) { return is_inner(endpoint.address); });
  if (found == listen.end()) return;
  diagnostics.warn(config.rate_limit_place,
                   "response rate limiting is off, and " + to_string(*found) +
                       " is public: whoever forges a source address can flood it with replies; "
                       "write rateLimit: {responsesPerSecond: 100}");
}

}  // namespace rhumb
