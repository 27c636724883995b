#include "server/config_edns.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "dns/query.h"

namespace rhumb {
namespace {

// A text for the wire, of `max_size` octets at most; empty: it is not told.
std::string read_told(Fields& fields, std::string_view key, std::size_t max_size) {
  const auto given = fields.text(key);
  if (!given) return {};
  if (given->size() <= max_size) return std::string(*given);
  fields.error(key, "longer than " + std::to_string(max_size) + " octets; write a shorter text");
  return {};
}

void read_edns(Fields& fields, AnswerOptions& options, Identity& identity,
               Diagnostics& diagnostics) {
  const auto map = fields.map("edns");
  if (!map) return;
  Fields edns(*map, diagnostics);
  if (const auto size = edns.whole("udpSize", kMinUdpSize, kMaxUdpSize)) {
    options.udp_size = static_cast<std::uint16_t>(*size);
  }
  options.client_subnet = edns.boolean("clientSubnet").value_or(options.client_subnet);
  identity.nsid = read_told(edns, "nsid", kMaxNsidSize);
  if (edns.has("cookies")) {
    edns.child("cookies");  // so that it is not reported as unknown too
    diagnostics.error(edns.key_place("cookies"),
                      "\"cookies\" is not supported by this version; remove it");
  }
  edns.finish();
}

void read_identity(Fields& fields, Identity& identity, Diagnostics& diagnostics) {
  static constexpr ForeignKey kForeignKeys[] = {
      {"id", "server"}, {"hostname", "server"}, {"identity", "server"}, {"nsid", "edns.nsid"}};
  const auto map = fields.map("identity");
  if (!map) return;
  Fields told(*map, diagnostics);
  identity.server = read_told(told, "server", kMaxIdentitySize);
  identity.version = read_told(told, "version", kMaxIdentitySize);
  told.finish(kForeignKeys);
}

}  // namespace

void read_answer_options(Fields& fields, Config& config, Diagnostics& diagnostics) {
  Identity identity;
  read_edns(fields, config.options, identity, diagnostics);
  read_identity(fields, identity, diagnostics);
  config.options.identity = std::make_shared<const Identity>(std::move(identity));
}

}  // namespace rhumb
