#include "geo/place_text.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "geo/countries.h"
#include "geo/ipv4_in_ipv6.h"
#include "text/quote.h"
#include "text/scalar.h"

namespace rhumb {
namespace {

constexpr std::string_view kNotInNames = ",/#\"*";

struct Meant {
  std::string_view written;
  std::string_view code;
};

constexpr Meant kMeantContinents[] = {
    {"Africa", "AF"},        {"Antarctica", "AN"}, {"Asia", "AS"},         {"Europe", "EU"},
    {"North America", "NA"}, {"Oceania", "OC"},    {"South America", "SA"}};

// Not of ISO 3166-1, but seen where a country is asked for: the usual short form, a language, the
// European Union's code for Greece, codes of three letters.
constexpr Meant kMeantCountries[] = {{"UK", "GB"},  {"EN", "GB"},  {"EL", "GR"},
                                     {"JA", "JP"},  {"USA", "US"}, {"GBR", "GB"},
                                     {"DEU", "DE"}, {"FRA", "FR"}, {"CHN", "CN"}};

template <std::size_t N>
std::optional<std::string_view> meant_by(std::string_view text, const Meant (&table)[N]) {
  const auto* const row = std::find_if(std::begin(table), std::end(table), [text](const Meant& m) {
    return equal_ignoring_case(m.written, text);
  });
  if (row == std::end(table)) return std::nullopt;
  return row->code;
}

bool is_alphanumeric(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

// `text` as a code if it is one of a continent.
std::optional<Code> find_continent(std::string_view text) {
  if (text.size() != 2) return std::nullopt;
  const Code code(text);
  if (std::ranges::find(kContinents, code.text()) == kContinents.end()) return std::nullopt;
  return code;
}

std::optional<Code> find_country(std::string_view text) {
  if (text.size() != 2 || !is_alphanumeric(text)) return std::nullopt;
  const Code code(text);
  if (!continent_of(code)) return std::nullopt;
  return code;
}

bool is_subdivision(std::string_view text) {
  return !text.empty() && text.size() <= Code::kMaxSize && is_alphanumeric(text);
}

// Why `text` is no prefix although it begins with an address; nullopt when it does not.
std::optional<Error> judge_prefix(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int width = address->is_v4() ? 32 : 128;
  if (slash == text.size()) {
    return Error{in_quotes(text) + " has no prefix length; write " +
                 in_quotes(to_string(*address) + "/" + std::to_string(width))};
  }
  const Result<std::int64_t> length = parse_whole(text.substr(slash + 1), 0, width);
  if (!length.ok()) return Error{in_quotes(text) + ": the prefix length " + length.error()};
  const IpPrefix meant = IpPrefix::of(*address, static_cast<std::uint8_t>(length.value()));
  return Error{in_quotes(text) + " has bits set behind its prefix length; write " +
               in_quotes(to_string(meant))};
}

}  // namespace

Result<Code> parse_continent(std::string_view text) {
  if (const auto continent = find_continent(text)) return *continent;
  std::string message = in_quotes(text) + " is no continent; write ";
  if (const auto meant = meant_by(text, kMeantContinents))
    return Error{message + in_quotes(*meant)};
  if (find_country(text)) {
    return Error{in_quotes(text) + " is a country, not a continent; write it as a country"};
  }
  const char* between = "one of ";
  for (const std::string_view continent : kContinents) {
    message.append(between).append(continent);
    between = ", ";
  }
  return Error{message};
}

Result<Code> parse_country(std::string_view text) {
  if (const auto country = find_country(text)) return *country;
  if (const auto meant = meant_by(text, kMeantCountries)) {
    return Error{in_quotes(text) + " is no country; write " + in_quotes(*meant)};
  }
  if (find_continent(text)) {
    return Error{in_quotes(text) + " is a continent, not a country; write it as a continent"};
  }
  return Error{in_quotes(text) + " is no country; write its two letters of ISO 3166-1, such as " +
               in_quotes("GB")};
}

Result<SubdivisionCode> parse_subdivision(std::string_view text, Code country) {
  const std::size_t hyphen = text.find('-');
  if (hyphen == std::string_view::npos && country.empty()) {
    return Error{in_quotes(text) + " does not say of which country; write it as in \"US-CA\""};
  }
  SubdivisionCode code{.country = country, .subdivision = {}};
  if (hyphen != std::string_view::npos) {
    const Result<Code> prefix = parse_country(text.substr(0, hyphen));
    if (!prefix.ok()) return Error{prefix.error()};
    code.country = prefix.value();
    if (!country.empty() && country != code.country) {
      return Error{in_quotes(text) + " is not in the country " + in_quotes(country.text()) +
                   "; leave one of them out"};
    }
  }
  const std::string_view part = text.substr(hyphen == std::string_view::npos ? 0 : hyphen + 1);
  if (!is_subdivision(part)) {
    return Error{in_quotes(text) + " is no subdivision; write a code of ISO 3166-2, such as " +
                 in_quotes("US-CA")};
  }
  code.subdivision = Code(part);
  return code;
}

Result<std::uint32_t> parse_asn(std::string_view text) {
  const bool prefixed = equal_ignoring_case(text.substr(0, 2), "AS");
  const Result<std::int64_t> number =
      parse_whole(text.substr(prefixed ? 2 : 0), 1, std::numeric_limits<std::uint32_t>::max());
  if (number.ok()) return static_cast<std::uint32_t>(number.value());
  return Error{in_quotes(text) + " is no AS number; write AS1 to AS4294967295"};
}

Result<std::string> parse_place_name(std::string_view text) {
  const bool is_visible = std::ranges::none_of(text, [](char c) {
    return (c >= '\0' && c <= ' ') || c == '\x7F' || kNotInNames.find(c) != std::string_view::npos;
  });
  if (text.empty() || !is_visible) {
    return Error{in_quotes(text) +
                 " is no name for a place; write one without blanks and , / # \" *"};
  }
  if (text.size() > kMaxPlaceName) {
    return Error{in_quotes(text) + " is longer than " + std::to_string(kMaxPlaceName) +
                 " octets; write a shorter name"};
  }
  return std::string(text);
}

Result<IpPrefix> parse_prefix(std::string_view text) {
  if (const std::optional<IpPrefix> prefix = IpPrefix::parse(text)) return *prefix;
  if (std::optional<Error> error = judge_prefix(text)) return *std::move(error);
  return Error{in_quotes(text) +
               " is no network; write one such as \"192.0.2.0/24\" or \"2001:db8::/32\""};
}

Result<IpPrefix> parse_network(std::string_view text) {
  const Result<IpPrefix> prefix = parse_prefix(text);
  return prefix.ok() ? looked_up_as(prefix.value()) : prefix;
}

}  // namespace rhumb
