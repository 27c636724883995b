#include "zones/check_text.h"

#include <algorithm>

#include "base/ip.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "zones/check_yaml.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxHost = 253;  // of a name without its final dot (RFC 1035 §2.3.4)
constexpr std::size_t kMaxHostLabel = 63;
constexpr std::size_t kMaxMethod = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_visible(char c) { return c > ' ' && c < 0x7F; }
bool is_control(char c) { return (c >= 0 && c < ' ') || c == 0x7F; }

// RFC 9110 §5.6.2
bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return is_digit(c) || is_letter(c) || kMarks.find(c) != std::string_view::npos;
}

bool is_host_char(char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; }

// Labels of letters, digits, hyphens and underscores; the last not of digits alone, which would be
// meant as an IPv4 address.
bool is_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kMaxHost) return false;
  std::string_view label;
  while (true) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    label = text.substr(0, dot);
    if (label.empty() || label.size() > kMaxHostLabel) return false;
    if (!std::all_of(label.begin(), label.end(), is_host_char)) return false;
    if (dot == text.size()) break;
    text.remove_prefix(dot + 1);
  }
  return !std::all_of(label.begin(), label.end(), is_digit);
}

bool is_address(std::string_view text) { return IpAddress::parse(text).has_value(); }

// What a host was written with that belongs elsewhere; empty: nothing known.
std::string_view misplaced(std::string_view text) {
  if (text.find("://") != std::string_view::npos) return "; write the host alone, without a URL";
  if (text.find('/') != std::string_view::npos) return "; write the host alone, without a path";
  if (text.starts_with('[')) return "; write the address without brackets and port";
  const std::size_t colon = text.find(':');
  const std::string_view before = text.substr(0, colon);
  if (colon != std::string_view::npos && (is_address(before) || is_host_name(before))) {
    return "; write the port as port:";
  }
  if (!std::all_of(text.begin(), text.end(), is_visible)) {
    return "; write it in ASCII, an international name in punycode (xn--...)";
  }
  return {};
}

Result<std::string> parse_host(std::string_view text, std::string_view what) {
  if (is_address(text) || is_host_name(text)) return std::string(text);
  const std::string_view hint = misplaced(text);
  return Error{in_quotes(text) + " is no " + std::string(what) +
               std::string(hint.empty() ? "; write an IP address or a host name" : hint)};
}

Result<std::uint16_t> parse_status(std::string_view text) {
  const Result<std::int64_t> code = parse_whole(text, 100, 599);
  if (!code.ok()) return Error{code.error()};
  return static_cast<std::uint16_t>(code.value());
}

Error too_long(std::string_view text) {
  return {in_quotes(text) + " is too long; write at most " + std::to_string(kMaxCheckText) +
          " octets"};
}

}  // namespace

Result<std::string> parse_check_address(std::string_view text) {
  return parse_host(text, "address");
}

Result<std::string> parse_check_host(std::string_view text) { return parse_host(text, "host"); }

Result<StatusRange> parse_status_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const Result<std::uint16_t> first = parse_status(text.substr(0, dash));
  if (!first.ok()) return Error{first.error() + ", or a range such as 200-399"};
  if (dash == std::string_view::npos) return StatusRange{first.value(), first.value()};
  const Result<std::uint16_t> last = parse_status(text.substr(dash + 1));
  if (!last.ok()) return Error{last.error() + ", or a range such as 200-399"};
  if (last.value() < first.value()) {
    return Error{in_quotes(text) + " is an empty range; write the smaller code first"};
  }
  return StatusRange{first.value(), last.value()};
}

Result<std::string> parse_check_path(std::string_view text) {
  if (text.size() > kMaxCheckText) return too_long(text);
  if (!text.starts_with('/')) {
    return Error{in_quotes(text) + " is no path; write one that begins with /"};
  }
  if (!std::all_of(text.begin(), text.end(), is_visible)) {
    return Error{in_quotes(text) + " is no path; write blanks and non-ASCII as %XX"};
  }
  return std::string(text);
}

Result<std::string> parse_method(std::string_view text) {
  const bool good = !text.empty() && text.size() <= kMaxMethod &&
                    std::all_of(text.begin(), text.end(), is_token_char);
  if (!good) return Error{in_quotes(text) + " is no HTTP method; write one such as GET or HEAD"};
  return std::string(text);
}

Result<std::string> parse_header_name(std::string_view text) {
  if (text.size() > kMaxCheckText) return too_long(text);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_token_char)) {
    return Error{in_quotes(text) + " is no header name; write one such as X-Health"};
  }
  if (equal_ignoring_case(text, "Host")) return Error{"write the Host header as host:"};
  return std::string(text);
}

Result<std::string> parse_line(std::string_view text) {
  if (text.size() > kMaxCheckText) return too_long(text);
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return Error{in_quotes(text) + " has a control character; write the text on one line"};
  }
  return std::string(text);
}

Result<std::string> parse_argument(std::string_view text) {
  if (text.size() > kMaxCheckText) return too_long(text);
  return std::string(text);
}

Result<std::string> parse_word(std::string_view text) {
  const auto is_bad = [](char c) { return is_control(c) || c == ' '; };
  if (text.size() > kMaxCheckText) return too_long(text);
  if (text.empty() || std::any_of(text.begin(), text.end(), is_bad)) {
    return Error{in_quotes(text) + " is empty or has blanks; write it without"};
  }
  return std::string(text);
}

}  // namespace rhumb
