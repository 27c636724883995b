#include "zones/rdata_service.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <optional>
#include <utility>

#include "base/ip.h"
#include "text/quote.h"
#include "zones/presentation.h"

namespace rhumb {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::size_t kMaxValueSize = 65535;  // octets
constexpr std::size_t kMaxItemSize = 255;     // of alpn

// RFC 9460 §14.3.2; ech is RFC 9848, dohpath RFC 9461, ohttp RFC 9540.
enum Key : std::uint16_t {
  kMandatory = 0,
  kAlpn = 1,
  kNoDefaultAlpn = 2,
  kPort = 3,
  kIpv4Hint = 4,
  kEch = 5,
  kIpv6Hint = 6,
  kDohPath = 7,
  kOhttp = 8,
  kInvalid = 65535,  // reserved
};

constexpr std::array<std::string_view, 9> kNames = {"mandatory", "alpn",     "no-default-alpn",
                                                    "port",      "ipv4hint", "ech",
                                                    "ipv6hint",  "dohpath",  "ohttp"};

std::string name_of(std::size_t key) {
  return key < kNames.size() ? std::string(kNames[key]) : "key" + std::to_string(key);
}

Result<std::uint16_t> parse_key(std::string_view text) {
  const auto* const known = std::ranges::find(kNames, text);
  if (known != kNames.end()) return static_cast<std::uint16_t>(known - kNames.begin());
  constexpr std::string_view kPrefix = "key";
  if (text.starts_with(kPrefix)) {
    const std::string_view digits = text.substr(kPrefix.size());
    const auto number = parse_number(digits, kInvalid - 1);
    const bool padded = digits.size() > 1 && digits[0] == '0';
    if (number.ok() && !padded) return static_cast<std::uint16_t>(number.value());
  }
  return Error{in_quotes(text) +
               " is no service parameter; write an unknown one as key0 to key65534"};
}

void append_u16(std::size_t number, Octets& out) {
  out.push_back(static_cast<std::uint8_t>(number >> 8U));
  out.push_back(static_cast<std::uint8_t>(number));
}

std::string_view text_of(const Octets& octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};  // NOLINT: octets as text
}

// Calls `take` with each item of a list parted by commas until it fails; an empty list has one
// empty item.
template <typename Take>
Result<bool> each_item(std::string_view list, Take take) {
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    Result<bool> taken = take(list.substr(0, comma));
    if (!taken.ok() || comma == list.size()) return taken;
    list.remove_prefix(comma + 1);
  }
}

Result<bool> append_keys(std::string_view list, Octets& out) {
  std::vector<std::uint16_t> keys;
  Result<bool> read = each_item(list, [&keys](std::string_view item) -> Result<bool> {
    const auto key = parse_key(item);
    if (!key.ok()) return Error{key.error()};
    keys.push_back(key.value());
    return true;
  });
  std::ranges::sort(keys);
  for (const std::uint16_t key : keys) append_u16(key, out);
  return read;
}

// RFC 9460 App. A.1: a comma or backslash in an item has a backslash before it, under the escapes
// of the text around it.
Result<bool> append_items(const Octets& list, Octets& out) {
  Octets item;
  for (std::size_t at = 0; at <= list.size(); ++at) {
    if (at == list.size() || list[at] == ',') {
      if (item.empty()) return Error{"alpn has an empty protocol name"};
      if (item.size() > kMaxItemSize) return Error{"alpn has a protocol name over 255 octets"};
      out.push_back(static_cast<std::uint8_t>(item.size()));
      out.insert(out.end(), item.begin(), item.end());
      item.clear();
      continue;
    }
    if (list[at] == '\\') {
      if (++at == list.size() || (list[at] != ',' && list[at] != '\\')) {
        return Error{
            "alpn has a backslash before neither comma nor backslash; write \\\\, or \\\\\\\\"};
      }
    }
    item.push_back(list[at]);
  }
  return true;
}

Result<bool> append_addresses(std::string_view list, Family family, Octets& out) {
  return each_item(list, [&](std::string_view item) -> Result<bool> {
    const std::optional<IpAddress> address = IpAddress::parse(item);
    if (!address || address->family() != family) {
      return Error{in_quotes(item) +
                   (family == Family::kV4 ? " is no IPv4 address" : " is no IPv6 address")};
    }
    out.insert(out.end(), address->bytes().begin(), address->bytes().end());
    return true;
  });
}

int base64_value(char c) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t at = kDigits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// RFC 4648 §4.
Result<bool> append_base64(std::string_view text, Octets& out) {
  const std::size_t digits = std::min(text.find('='), text.size());
  const bool padded = text.size() % 4 == 0 && text.size() - digits <= 2 &&
                      text.find_first_not_of('=', digits) == std::string_view::npos;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text.substr(0, digits)) {
    const int value = base64_value(c);
    if (value < 0 || !padded) return Error{in_quotes(text) + " is no base64"};
    bits = bits << 6U | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<std::uint8_t>(bits >> static_cast<unsigned>(count)));
    bits &= (1U << static_cast<unsigned>(count)) - 1;
  }
  if (bits != 0 || !padded) return Error{in_quotes(text) + " is no base64"};
  return true;
}

// `value` without the escapes of its text.
Result<bool> append_value(std::uint16_t key, const Octets& value, Octets& out) {
  switch (key) {
    case kMandatory:
      return append_keys(text_of(value), out);
    case kAlpn:
      return append_items(value, out);
    case kPort: {
      const auto port = parse_number(text_of(value), 65535);
      if (!port.ok()) return Error{port.error()};
      append_u16(port.value(), out);
      return true;
    }
    case kIpv4Hint:
      return append_addresses(text_of(value), Family::kV4, out);
    case kIpv6Hint:
      return append_addresses(text_of(value), Family::kV6, out);
    case kEch:
      return append_base64(text_of(value), out);
    default:
      out.insert(out.end(), value.begin(), value.end());
      return true;
  }
}

bool takes_no_value(std::uint16_t key) { return key == kNoDefaultAlpn || key == kOhttp; }

// KEY or KEY=VALUE.
Result<std::pair<std::uint16_t, Octets>> parse_parameter(std::string_view token) {
  const std::size_t equals = std::min(token.find('='), token.size());
  const auto key = parse_key(token.substr(0, equals));
  if (!key.ok()) return Error{key.error()};
  Octets text;
  if (equals < token.size()) {
    const Result<bool> decoded = decode_text(token.substr(equals + 1), text);
    if (!decoded.ok()) return Error{decoded.error()};
  }
  Octets value;
  if (text.empty() && key.value() < kNames.size()) {
    if (!takes_no_value(key.value())) return Error{name_of(key.value()) + " has no value"};
    return std::pair(key.value(), value);
  }
  const Result<bool> appended = append_value(key.value(), text, value);
  if (!appended.ok()) return Error{appended.error()};
  if (value.size() > kMaxValueSize) return Error{"the data is too long"};
  return std::pair(key.value(), std::move(value));
}

// RFC 9460 §8: the keys that a client must know, ascending; each stands in the record.
std::string problem_of_mandatory(std::span<const std::uint8_t> value,
                                 const std::bitset<65536>& present) {
  if (value.empty() || value.size() % 2 != 0) return "mandatory is no list of keys";
  int last = -1;
  for (std::size_t at = 0; at < value.size(); at += 2) {
    const int key = value[at] * 256 + value[at + 1];
    const std::string name = name_of(static_cast<std::size_t>(key));
    if (key == kMandatory) return "mandatory names itself";
    if (key == last) return "mandatory names " + name + " twice";
    if (key < last) return "mandatory names its keys out of order";
    if (!present.test(static_cast<std::size_t>(key))) {
      return "mandatory names " + name + ", which the record does not have";
    }
    last = key;
  }
  return {};
}

bool are_items(std::span<const std::uint8_t> value) {
  if (value.empty()) return false;
  while (!value.empty()) {
    const std::size_t size = value[0] + std::size_t{1};
    if (size == 1 || size > value.size()) return false;
    value = value.subspan(size);
  }
  return true;
}

bool is_value(std::size_t key, std::span<const std::uint8_t> value) {
  switch (key) {
    case kAlpn:
      return are_items(value);
    case kNoDefaultAlpn:
    case kOhttp:
      return value.empty();
    case kPort:
      return value.size() == 2;
    case kIpv4Hint:
      return !value.empty() && value.size() % 4 == 0;
    case kIpv6Hint:
      return !value.empty() && value.size() % 16 == 0;
    case kEch:
    case kDohPath:
      return !value.empty();
    default:
      return key != kInvalid;
  }
}

}  // namespace

Result<bool> parse_service_parameters(std::string_view text, std::vector<std::uint8_t>& out) {
  std::map<std::uint16_t, Octets> values;
  Tokens tokens(text);
  while (!tokens.at_end()) {
    auto parameter = parse_parameter(tokens.next());
    if (!parameter.ok()) return Error{parameter.error()};
    const std::uint16_t key = parameter.value().first;
    if (!values.insert(std::move(parameter).value()).second) {
      return Error{"the service parameter " + name_of(key) + " is given twice"};
    }
  }
  const std::size_t start = out.size();
  for (const auto& [key, value] : values) {
    append_u16(key, out);
    append_u16(value.size(), out);
    out.insert(out.end(), value.begin(), value.end());
  }
  std::string problem = problem_of_service_parameters(std::span(out).subspan(start));
  if (!problem.empty()) return Error{std::move(problem)};
  return true;
}

std::string problem_of_service_parameters(std::span<const std::uint8_t> wire) {
  constexpr std::size_t kHeadSize = 4;
  std::bitset<65536> present;
  std::span<const std::uint8_t> mandatory;
  for (int last = -1; !wire.empty();) {
    if (wire.size() < kHeadSize) return "a service parameter is cut off";
    const int key = wire[0] * 256 + wire[1];
    const auto number = static_cast<std::size_t>(key);
    const std::size_t size = wire[2] * std::size_t{256} + wire[3];
    if (key <= last) return "the service parameters are out of order";
    if (size > wire.size() - kHeadSize)
      return "the service parameter " + name_of(number) + " is cut off";
    const auto value = wire.subspan(kHeadSize, size);
    if (!is_value(number, value)) return name_of(number) + " has a wrong value";
    if (number == kMandatory) mandatory = value;
    present.set(number);
    last = key;
    wire = wire.subspan(kHeadSize + size);
  }
  if (!present.test(kMandatory)) return {};
  return problem_of_mandatory(mandatory, present);
}

}  // namespace rhumb
