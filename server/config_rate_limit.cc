#include "server/config_rate_limit.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answer/rate_limit.h"
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

// Where strangers are not: loopback, private (RFC 1918, RFC 4193), shared (RFC 6598), link-local.
constexpr std::array<std::string_view, 9> kInnerNetworks = {
    "127.0.0.0/8",    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
    "169.254.0.0/16", "::1/128",    "fe80::/10",     "fc00::/7"};

bool is_public(const IpAddress& address) {
  return std::ranges::none_of(kInnerNetworks, [&](std::string_view network) {
    return IpPrefix::parse(network).value().contains(address);
  });
}

// What to write instead of `text`, which is no network.
std::string network_hint(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) {
    return "write " + in_quotes(to_string(IpPrefix::of(*address, 128)));
  }
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (address && slash != std::string_view::npos) {
    for (std::uint8_t length = 0; length <= 128; ++length) {
      const IpPrefix network = IpPrefix::of(*address, length);
      if (network.length == length && std::to_string(length) == text.substr(slash + 1)) {
        return "it has bits behind its length; write " + in_quotes(to_string(network));
      }
    }
  }
  return "write one, such as \"192.0.2.0/24\" or \"2001:db8::/32\"";
}

std::vector<IpPrefix> read_exempt(Fields& map, Diagnostics& diagnostics) {
  std::vector<IpPrefix> networks;
  const auto items = map.texts("exempt", ListForm::kListOrOne);
  if (!items) return networks;
  if (items->size() > kMaxExempt) {
    map.error("exempt", "there are more than " + std::to_string(kMaxExempt) + " networks");
    return networks;
  }
  for (const YamlNode item : *items) {
    const auto network = IpPrefix::parse(item.text());
    if (network) {
      networks.push_back(*network);
    } else {
      diagnostics.error(item.place(),
                        in_quotes(item.text()) + " is no network; " + network_hint(item.text()));
    }
  }
  return disjoint(std::move(networks));
}

}  // namespace

void read_rate_limit(Fields& fields, Config& config, Diagnostics& diagnostics) {
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
  const auto found = std::ranges::find_if(
      listen, [](const Endpoint& endpoint) { return is_public(endpoint.address); });
  if (found == listen.end()) return;
  diagnostics.warn({config.path, 0, 0},
                   "response rate limiting is off, and " + to_string(*found) +
                       " is public: whoever forges a source address can flood it with replies; "
                       "write rateLimit: {responsesPerSecond: 100}");
}

}  // namespace rhumb
