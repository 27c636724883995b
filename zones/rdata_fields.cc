#include "zones/rdata_fields.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <limits>

#include "dns/types.h"
#include "text/quote.h"
#include "text/scalar.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxText = 255;  // octets of a character-string (RFC 1035 §3.3)

// What WKS records name (RFC 1010); not the machine's own list, so that a zone means the same
// everywhere.
struct Service {
  std::string_view name;
  std::uint16_t port;
};
constexpr Service kServices[] = {
    {"ftp-data", 20}, {"ftp", 21},    {"ssh", 22},    {"telnet", 23},  {"smtp", 25},
    {"time", 37},     {"whois", 43},  {"domain", 53}, {"tftp", 69},    {"gopher", 70},
    {"finger", 79},   {"http", 80},   {"pop3", 110},  {"sunrpc", 111}, {"nntp", 119},
    {"ntp", 123},     {"imap2", 143}, {"snmp", 161},  {"irc", 194},    {"https", 443},
};

Result<std::uint64_t> parse_port(std::string_view token) {
  for (const Service& service : kServices) {
    if (equal_ignoring_case(token, service.name)) return std::uint64_t{service.port};
  }
  const Result<std::uint64_t> port = parse_number(token, 65535);
  return port.ok() ? port : Error{in_quotes(token) + " is no port; write its number"};
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const auto lower = static_cast<char>(to_lower(static_cast<std::uint8_t>(c)));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::uint64_t max_of(int octets) {
  return (std::uint64_t{1} << (8U * static_cast<unsigned>(octets))) - 1;
}

// The short cut for what most of a large zone is; false: IpAddress::parse says what is wrong.
bool append_dotted_quad(std::string_view token, std::vector<std::uint8_t>& out) {
  std::array<std::uint8_t, 4> octets{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (i > 0 && (at == token.size() || token[at++] != '.')) return false;
    const std::size_t start = at;
    unsigned value = 0;
    while (at < token.size() && at < start + 3 && is_digit(token[at])) {
      value = value * 10 + static_cast<unsigned>(token[at++] - '0');
    }
    const bool leading_zero = at > start + 1 && token[start] == '0';
    if (at == start || value > 255 || leading_zero) return false;
    octets[i] = static_cast<std::uint8_t>(value);
  }
  if (at != token.size()) return false;
  out.insert(out.end(), octets.begin(), octets.end());
  return true;
}

bool is_letter_or_digit(char c) {
  const auto lower = static_cast<char>(to_lower(static_cast<std::uint8_t>(c)));
  return is_digit(c) || (lower >= 'a' && lower <= 'z');
}

}  // namespace

bool RdataFields::fail(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

void RdataFields::append(std::uint64_t value, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
    out_.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
  }
}

bool RdataFields::number(int octets) {
  const Result<std::uint64_t> value = parse_number(tokens_.next(), max_of(octets));
  if (value.ok()) append(value.value(), octets);
  return keep(value);
}

std::optional<std::uint8_t> RdataFields::octet() {
  if (!number(1)) return std::nullopt;
  return out_.back();
}

bool RdataFields::period() {
  const auto value = parse_period_s(tokens_.next(), std::numeric_limits<std::uint32_t>::max(),
                                    "number of seconds");
  if (value.ok()) append(value.value(), 4);
  return keep(value);
}

bool RdataFields::name() {
  const std::string_view token = tokens_.next();
  if (scope_.relative == nullptr) {
    std::array<std::uint8_t, kMaxNameSize> wire;  // NOLINT: filled as far as it is read
    const std::size_t size = write_plain_name(token, scope_.origin, wire);
    out_.insert(out_.end(), wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size));
    if (size > 0) return true;
  }
  const Result<Name> name = parse_scoped_name(token, scope_);
  if (name.ok()) {
    const auto wire = name.value().wire();
    out_.insert(out_.end(), wire.begin(), wire.end());
  }
  return keep(name);
}

bool RdataFields::address(Family family) {
  const std::string_view token = tokens_.next();
  if (family == Family::kV4 && append_dotted_quad(token, out_)) return true;
  const std::optional<IpAddress> address = IpAddress::parse(token);
  if (address && address->family() == family) {
    out_.insert(out_.end(), address->bytes().begin(), address->bytes().end());
    return true;
  }
  const bool v4 = family == Family::kV4;
  if (address) {
    return fail(in_quotes(token) + (v4 ? " is an IPv6 address; write it as AAAA"
                                       : " is an IPv4 address; write it as A"));
  }
  return fail(in_quotes(token) + (v4 ? " is no IPv4 address; write one like 192.0.2.1"
                                     : " is no IPv6 address; write one like 2001:db8::1"));
}

bool RdataFields::text() {
  const std::string_view token = tokens_.next();
  const std::size_t at = out_.size();
  out_.push_back(0);
  if (!keep(decode_text(token, out_))) return false;
  const std::size_t size = out_.size() - at - 1;
  if (size > kMaxText) {
    return fail(in_quotes(token) + " is longer than 255 octets; write it as several texts");
  }
  out_[at] = static_cast<std::uint8_t>(size);
  return true;
}

bool RdataFields::long_text() { return keep(decode_text(tokens_.next(), out_)); }

bool RdataFields::tag() {
  const std::string_view token = tokens_.next();
  if (token.size() > kMaxText || !std::all_of(token.begin(), token.end(), is_letter_or_digit)) {
    return fail(in_quotes(token) + " is no tag; write one of letters and digits, such as issue");
  }
  out_.push_back(static_cast<std::uint8_t>(token.size()));
  out_.insert(out_.end(), token.begin(), token.end());
  return true;
}

std::string RdataFields::joined_rest() {
  std::string joined;
  while (!tokens_.at_end()) joined += tokens_.next();
  return joined;
}

bool RdataFields::hex(std::string_view digits) {
  if (digits.size() % 2 != 0) {
    return fail(in_quotes(digits) + " has an odd number of hexadecimal digits");
  }
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    const int high = hex_value(digits[at]);
    const int low = hex_value(digits[at + 1]);
    if (high < 0 || low < 0) return fail(in_quotes(digits) + " is not hexadecimal");
    out_.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return true;
}

bool RdataFields::hex_rest() { return hex(joined_rest()); }

bool RdataFields::type_bitmap() {
  std::bitset<65536> present;
  while (!tokens_.at_end()) {
    const std::string_view token = tokens_.next();
    const std::optional<Type> type = parse_type(token);
    if (!type) return fail(in_quotes(token) + " is no record type");
    present.set(static_cast<std::size_t>(*type));
  }
  for (std::size_t window = 0; window < 256; ++window) {
    std::array<std::uint8_t, 32> bits{};
    std::size_t used = 0;
    for (std::size_t bit = 0; bit < 256; ++bit) {
      if (!present.test(window * 256 + bit)) continue;
      bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | (0x80U >> (bit % 8)));
      used = bit / 8 + 1;
    }
    if (used == 0) continue;
    append(window, 1);
    append(used, 1);
    out_.insert(out_.end(), bits.begin(), bits.begin() + static_cast<std::ptrdiff_t>(used));
  }
  return true;
}

bool RdataFields::address_prefix() {
  const std::string_view token = tokens_.next();
  const bool negated = token.starts_with('!');
  const std::string_view item = token.substr(negated ? 1 : 0);
  const std::size_t slash = item.find('/');
  const auto wrong = [&] {
    return fail(in_quotes(token) + " is no address prefix; write one like 1:192.0.2.0/24");
  };
  if (item.size() < 2 || item[1] != ':' || slash == std::string_view::npos) return wrong();
  const std::optional<IpAddress> address = IpAddress::parse(item.substr(2, slash - 2));
  if (!address || item[0] != (address->is_v4() ? '1' : '2')) return wrong();
  const auto length = parse_number(item.substr(slash + 1), address->is_v4() ? 32 : 128);
  if (!length.ok()) return wrong();
  std::span<const std::uint8_t> bytes = address->bytes();
  while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
  append(address->is_v4() ? 1 : 2, 2);
  append(length.value(), 1);
  append((negated ? 0x80U : 0U) | bytes.size(), 1);
  out_.insert(out_.end(), bytes.begin(), bytes.end());
  return true;
}

bool RdataFields::services() {
  const std::string_view protocol = tokens_.next();
  if (equal_ignoring_case(protocol, "tcp")) {
    append(6, 1);
  } else if (equal_ignoring_case(protocol, "udp")) {
    append(17, 1);
  } else {
    const auto number = parse_number(protocol, 255);
    if (!number.ok()) return fail(in_quotes(protocol) + " is no protocol; write TCP, UDP or 0-255");
    append(number.value(), 1);
  }
  const std::size_t start = out_.size();
  while (!tokens_.at_end()) {
    const Result<std::uint64_t> port = parse_port(tokens_.next());
    if (!port.ok()) return keep(port);
    const std::size_t at = start + port.value() / 8;
    if (at >= out_.size()) out_.resize(at + 1);
    out_[at] = static_cast<std::uint8_t>(out_[at] | (0x80U >> (port.value() % 8)));
  }
  return true;
}

bool RdataFields::nsap() {
  const std::string_view token = tokens_.next();
  if (!token.starts_with("0x") && !token.starts_with("0X")) {
    return fail(in_quotes(token) + " is no NSAP address; write it as 0x and hexadecimal digits");
  }
  std::string digits(token.substr(2));
  digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
  return hex(digits);
}

}  // namespace rhumb
