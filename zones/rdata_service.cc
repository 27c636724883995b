#include "zones/rdata_service.h"

#include <algorithm>

#include "text/quote.h"
#include "zones/presentation.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxAddressText = 45;  // of an IPv6 address (RFC 4291 §2.2)
constexpr std::uint64_t kPortKey = 3;
constexpr std::uint64_t kIpv6HintKey = 6;

// Written by name, or by number as keyN.
bool is_key(std::string_view key, std::string_view name, std::uint64_t number) {
  if (key == name) return true;
  if (!key.starts_with("key")) return false;
  const auto given = parse_number(key.substr(3), 65535);
  return given.ok() && given.value() == number;
}

bool has_long_item(std::string_view list) {
  while (list.size() > kMaxAddressText) {
    const std::size_t comma = list.find(',');
    if (comma > kMaxAddressText) return true;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

std::string problem_of_service_parameters(std::string_view text) {
  Tokens tokens(text);
  while (!tokens.at_end()) {
    const std::string_view token = tokens.next();
    const std::size_t equals = std::min(token.find('='), token.size());
    const std::string_view key = token.substr(0, equals);
    std::string_view value = token.substr(std::min(equals + 1, token.size()));
    if (value.starts_with('"')) value.remove_prefix(1);
    if (value.ends_with('"')) value.remove_suffix(1);
    if (is_key(key, "port", kPortKey)) {
      const auto port = parse_number(value, 65535);
      if (!port.ok()) return port.error();
    } else if (is_key(key, "ipv6hint", kIpv6HintKey) && has_long_item(value)) {
      return in_quotes(value) + " is no list of IPv6 addresses";
    }
  }
  return {};
}

bool service_keys_ascend(std::span<const std::uint8_t> wire) {
  int last = -1;
  while (wire.size() >= 4) {
    const int key = wire[0] * 256 + wire[1];
    const std::size_t size = 4 + std::size_t{wire[2]} * 256 + wire[3];
    if (key <= last || size > wire.size()) return false;
    last = key;
    wire = wire.subspan(size);
  }
  return wire.empty();
}

}  // namespace rhumb
