#include "server/config_edns.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "dns/query.h"
#include "server/cookie_secrets.h"
#include "text/quote.h"
#include "zones/source.h"

namespace rhumb {
namespace {

constexpr ForeignKey kForeignEdnsKeys[] = {{"cookieSecret", "cookieSecretFile"},
                                           {"cookieSecrets", "cookieSecretFile"},
                                           {"ecs", "clientSubnet"},
                                           {"bufferSize", "udpSize"},
                                           {"identity", "nsid"}};

// A text for the wire, of `max_size` octets at most; empty: it is not told.
std::string read_told(Fields& fields, std::string_view key, std::size_t max_size) {
  const auto given = fields.text(key);
  if (!given) return {};
  if (given->size() <= max_size) return std::string(*given);
  fields.error(key, "longer than " + std::to_string(max_size) + " octets; write a shorter text");
  return {};
}

// What is in the file; none, and an error, when it cannot be had.
CookieSecrets read_secrets(Fields& edns, std::string_view file, Config& config) {
  if (file.empty()) {
    edns.error("cookieSecretFile", "the path is empty; write one, or remove the key");
    return {};
  }
  const std::string path = path_beside(config.path, file);
  config.files.push_back(path);
  const Result<CookieSecrets> secrets = read_cookie_secret_file(path);
  if (secrets.ok()) return secrets.value();
  edns.error("cookieSecretFile", "the file " + path_in_quotes(path) + ": " + secrets.error());
  return {};
}

// Over a reload the drawn one stays, so that clients keep their cookies.
CookieSecrets draw_secrets(Config& config, Diagnostics& diagnostics) {
  if (!config.own_cookie_secret) config.own_cookie_secret = draw_cookie_secret();
  CookieSecrets secrets;
  if (config.own_cookie_secret) {
    secrets.keys[secrets.count++] = *config.own_cookie_secret;
  } else {
    diagnostics.error({config.path, 0, 0},
                      "the kernel gives no random secret for cookies; name an "
                      "\"edns.cookieSecretFile\", or write edns: {cookies: false}");
  }
  return secrets;
}

CookieSecrets secrets_of(Fields& edns, Config& config, Diagnostics& diagnostics) {
  const bool wanted = edns.boolean("cookies").value_or(true);
  const auto file = edns.text("cookieSecretFile");
  if (wanted && file) return read_secrets(edns, *file, config);
  if (wanted) return draw_secrets(config, diagnostics);
  if (file) {
    edns.error("cookieSecretFile", "`cookies: false` stands beside it; remove one of the two");
  }
  return {};
}

void read_edns(Fields& edns, Config& config, Identity& identity, Diagnostics& diagnostics) {
  AnswerOptions& options = config.options;
  if (const auto size = edns.whole("udpSize", kMinUdpSize, kMaxUdpSize)) {
    options.udp_size = static_cast<std::uint16_t>(*size);
  }
  options.client_subnet = edns.boolean("clientSubnet").value_or(options.client_subnet);
  options.cookie_secrets = secrets_of(edns, config, diagnostics);
  identity.nsid = read_told(edns, "nsid", kMaxNsidSize);
  edns.finish(kForeignEdnsKeys);
}

void read_identity(Fields& fields, Identity& identity, Diagnostics& diagnostics) {
  static constexpr ForeignKey kForeignIdentityKeys[] = {{"id", "server"},
                                                        {"name", "server"},
                                                        {"hostname", "server"},
                                                        {"identity", "server"},
                                                        {"nsid", "edns.nsid"}};
  const auto map = fields.map("identity");
  if (!map) return;
  Fields told(*map, diagnostics);
  identity.server = read_told(told, "server", kMaxIdentitySize);
  identity.version = read_told(told, "version", kMaxIdentitySize);
  told.finish(kForeignIdentityKeys);
}

}  // namespace

void read_answer_options(Fields& fields, const Config* before, Config& config,
                         Diagnostics& diagnostics) {
  Identity identity;
  if (before != nullptr) config.own_cookie_secret = before->own_cookie_secret;
  if (const auto map = fields.map("edns")) {
    Fields edns(*map, diagnostics);
    read_edns(edns, config, identity, diagnostics);
  } else {
    config.options.cookie_secrets = draw_secrets(config, diagnostics);
  }
  read_identity(fields, identity, diagnostics);
  config.options.identity = std::make_shared<const Identity>(std::move(identity));
}

}  // namespace rhumb
