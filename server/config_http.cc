#include "server/config_http.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/control.h"
#include "server/loopback.h"
#include "text/quote.h"
#include "zones/source.h"
#include "zones/token_file.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxPemBytes = std::size_t{1} << 20U;

constexpr ForeignKey kHttpKeys[] = {{"address", "listen"},
                                    {"bind", "listen"},
                                    {"token", "tokenFile"},
                                    {"bearerTokenFile", "tokenFile"},
                                    {"token_file", "tokenFile"}};
constexpr ForeignKey kTlsKeys[] = {{"cert", "certificate"},      {"certFile", "certificate"},
                                   {"cert_file", "certificate"}, {"certificateFile", "certificate"},
                                   {"keyFile", "key"},           {"key_file", "key"},
                                   {"privateKey", "key"}};

std::optional<Endpoint> read_listen(Fields& http) {
  if (!http.require("listen", "\"127.0.0.1:8053\"")) return std::nullopt;
  const auto text = http.text("listen");
  if (!text) return std::nullopt;
  const auto endpoint = Endpoint::parse(*text);
  if (endpoint && endpoint->port != 0) return endpoint;
  http.error("listen", in_quotes(*text) +
                           " is no address and port; write one, such as \"127.0.0.1:8053\" or "
                           "\"[::1]:8053\"");
  return std::nullopt;
}

// What is in the file that `key` names; empty, and an error, when it cannot be had.
std::string read_pem(Fields& fields, std::string_view key, Config& config) {
  const auto given = fields.text(key);
  if (!given) return {};
  const std::string path = path_beside(config.path, *given);
  config.files.push_back(path);
  const auto refuse = [&](const std::string& reason) {
    fields.error(key, "the file " + path_in_quotes(path) + " " + reason);
    return std::string();
  };
  const Result<SourceText> source = SourceText::read(path);
  if (!source.ok()) return refuse(source.error());
  const std::string_view text = source.value().text();
  if (text.empty()) return refuse("is empty");
  if (text.size() > kMaxPemBytes) {
    return refuse("has more than " + std::to_string(kMaxPemBytes) + " bytes");
  }
  return std::string(text);
}

void read_token(Fields& http, Config& config, HttpAccess& access) {
  const auto given = http.text("tokenFile");
  if (!given) return;
  const std::string path = path_beside(config.path, *given);
  config.files.push_back(path);
  Result<std::string> token = read_token_file(path);
  if (!token.ok()) {
    return http.error("tokenFile", "the file " + path_in_quotes(path) + " " + token.error());
  }
  access.token = std::move(token).value();
}

void read_tls(Fields& http, Config& config, HttpAccess& access, Diagnostics& diagnostics) {
  const auto map = http.map("tls");
  if (!map) return;
  Fields tls(*map, diagnostics);
  const bool has_both = static_cast<unsigned>(tls.require("certificate", "server.pem")) +
                            static_cast<unsigned>(tls.require("key", "server.key")) ==
                        2U;
  access.certificate = read_pem(tls, "certificate", config);
  access.key = read_pem(tls, "key", config);
  if (has_both && !access.certificate.empty() && !access.key.empty()) {
    const std::string reason = why_no_tls(access);
    if (!reason.empty()) {
      tls.error("certificate", "TLS cannot be served with this certificate and key: " + reason);
    }
  }
  tls.finish(kTlsKeys);
}

// A token that anybody on the way can read is none.
void require_tls(Fields& http, const HttpConfig& given, bool plaintext) {
  const bool has_tls = http.has("tls");
  if (has_tls && plaintext) {
    http.error("plaintext", "`tls` stands beside it; remove one of the two");
  }
  if (has_tls || plaintext || !http.has("tokenFile") || is_loopback(given.listen.address)) return;
  http.error("listen",
             "beyond loopback the token would be sent for all on the way to read; add tls: "
             "{certificate: server.pem, key: server.key}, or plaintext: true if something in front "
             "of it speaks TLS");
}

}  // namespace

void read_http(Fields& fields, Config& config, Diagnostics& diagnostics) {
  const auto map = fields.map("http");
  if (!map) return;
  Fields http(*map, diagnostics);
  HttpConfig given;
  const auto listen = read_listen(http);
  read_token(http, config, given.access);
  read_tls(http, config, given.access, diagnostics);
  const bool plaintext = http.boolean("plaintext").value_or(false);
  if (listen) {
    given.listen = *listen;
    given.has_tls = http.has("tls");
    require_tls(http, given, plaintext);
    config.http = std::move(given);
  }
  http.finish(kHttpKeys);
}

void read_http_to_bind(Fields& fields, Config& config, Diagnostics& diagnostics) {
  const auto map = fields.map("http");
  if (!map) return;
  Fields http(*map, diagnostics);
  if (const auto listen = read_listen(http)) config.http = HttpConfig{*listen, {}, http.has("tls")};
}

}  // namespace rhumb
