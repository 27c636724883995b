#include "geo/latency_csv.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "geo/place_text.h"
#include "geo/repeats.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "text/utf8.h"

namespace rhumb {
namespace {

constexpr std::array<std::string_view, 3> kHeader = {"source", "region", "milliseconds"};
// Codes of a continent that are a country's as well. Alone they are read as the continent.
struct Ambiguous {
  std::string_view code;
  std::string_view continent;
  std::string_view country;
};
constexpr std::array<Ambiguous, 4> kAmbiguous = {{{"AF", "Africa", "Afghanistan"},
                                                  {"AS", "Asia", "American Samoa"},
                                                  {"NA", "North America", "Namibia"},
                                                  {"SA", "South America", "Saudi Arabia"}}};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return text.substr(text.size());
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// What stands between the commas, without blanks around it; parts of `line`.
std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t comma = line.find(',');
    parts.push_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) return parts;
    line.remove_prefix(comma + 1);
  }
}

// Of `part` in `line`, in characters from 1; what is no UTF-8 counts an octet a character.
std::uint32_t column_of(std::string_view line, std::string_view part) {
  std::string_view before = line.substr(0, static_cast<std::size_t>(part.data() - line.data()));
  std::uint32_t column = 1;
  for (; !before.empty(); ++column)
    before.remove_prefix(std::max<std::size_t>(1, utf8_size(before)));
  return column;
}

bool is_header(const std::vector<std::string_view>& parts) {
  return std::ranges::equal(parts, kHeader, equal_ignoring_case);
}

bool has_quote(std::string_view part) { return part.find('"') != std::string_view::npos; }

// `text` behind `prefix` and a colon, or nullopt.
std::optional<std::string_view> behind(std::string_view prefix, std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  if (!equal_ignoring_case(trimmed(text.substr(0, colon)), prefix)) return std::nullopt;
  return trimmed(text.substr(colon + 1));
}

Result<Latency> of_network(std::string_view text) {
  const Result<IpPrefix> network = parse_network(text);
  if (!network.ok()) return Error{network.error()};
  Latency latency;
  latency.network = network.value();
  return latency;
}

Result<Latency> of_asn(std::string_view text) {
  const Result<std::uint32_t> asn = parse_asn(text);
  if (!asn.ok()) return Error{asn.error()};
  Latency latency;
  latency.source = Latency::Source::kAsn;
  latency.asn = asn.value();
  return latency;
}

Result<Latency> of_code(Latency::Source source, const Result<Code>& code) {
  if (!code.ok()) return Error{code.error()};
  Latency latency;
  latency.source = source;
  latency.code = code.value();
  return latency;
}

bool is_network_text(std::string_view text) {
  return text.find('/') != std::string_view::npos || IpAddress::parse(text).has_value();
}

bool is_asn_text(std::string_view text) {
  return text.size() > 2 && equal_ignoring_case(text.substr(0, 2), "AS") && text[2] >= '0' &&
         text[2] <= '9';
}

Error no_source(std::string_view text) {
  return Error{in_quotes(text) +
               " is no source; write a network (192.0.2.0/24), an AS number (AS64500), a country "
               "(GB) or a continent (EU)"};
}

// A source as it is written; region and milliseconds are left open.
Result<Latency> parse_source(std::string_view text) {
  using Source = Latency::Source;
  if (const auto country = behind("country", text)) {
    return of_code(Source::kCountry, parse_country(*country));
  }
  if (const auto continent = behind("continent", text)) {
    return of_code(Source::kContinent, parse_continent(*continent));
  }
  if (is_network_text(text)) return of_network(text);
  if (is_asn_text(text)) return of_asn(text);
  if (parse_asn(text).ok())
    return Error{in_quotes(text) + " is no source; write AS" + std::string(text)};
  if (text.size() != 2) return no_source(text);
  Result<Code> continent = parse_continent(text);
  if (continent.ok()) return of_code(Source::kContinent, continent);
  return of_code(Source::kCountry, parse_country(text));
}

auto key_of(const Latency& latency) {
  return std::tuple(latency.source, latency.network, latency.asn, latency.code,
                    std::string_view(latency.region));
}

class LatencyReader {
 public:
  // Borrows all. `diagnostics` take what is found here alone, so that errors can be counted.
  LatencyReader(const std::string& path, const Atlas& atlas, Diagnostics& diagnostics)
      : path_(path), atlas_(atlas), diagnostics_(diagnostics) {}

  std::vector<Latency> read(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    while (!text.empty() && !stopped_) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      ++line_number_;
      line_ = text.substr(0, end);
      read_line();
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    judge_repeats();
    return std::move(latencies_);
  }

 private:
  struct At {
    std::uint32_t line;
    std::uint32_t column;
  };

  void read_line();
  void read_latency(const std::vector<std::string_view>& parts);
  bool has_three(const std::vector<std::string_view>& parts);
  bool knows_region(std::string_view region);
  void warn_if_ambiguous(const Latency& latency, std::string_view written);
  bool is_full();
  void judge_repeats();

  [[nodiscard]] Place place_of(std::string_view part) const {
    return {path_, line_number_, column_of(line_, part)};
  }
  void error(std::string_view part, std::string message) {
    diagnostics_.error(place_of(part), std::move(message));
  }

  const std::string& path_;
  const Atlas& atlas_;
  Diagnostics& diagnostics_;
  std::vector<Latency> latencies_;
  std::vector<At> places_;                            // of their sources
  std::map<std::string, bool, std::less<>> regions_;  // asked for so far; whether they are known
  std::set<Code> warned_;
  std::string_view line_;
  std::uint32_t line_number_ = 0;
  bool any_ = false;  // a line that says something was there
  bool stopped_ = false;
};

void LatencyReader::read_line() {
  const std::string_view said = trimmed(line_.substr(0, line_.find('#')));
  if (said.empty() || is_full()) return;
  const std::vector<std::string_view> parts = split(said);
  const bool is_first = !std::exchange(any_, true);
  if (is_first && is_header(parts)) return;
  if (is_first && equal_ignoring_case(parts[0], kHeader[0])) {
    return error(said, "the columns are others; write source,region,milliseconds");
  }
  if (has_three(parts)) read_latency(parts);
}

bool LatencyReader::has_three(const std::vector<std::string_view>& parts) {
  std::string message;
  if (std::ranges::any_of(parts, has_quote)) {
    message = "nothing is put in quotes here; write source,region,milliseconds without them";
  } else if (parts.size() < kHeader.size()) {
    message = "three values are wanted, with commas between them; write source,region,milliseconds";
  } else if (parts.size() > kHeader.size()) {
    message =
        "more than three values; write source,region,milliseconds, and a fraction with a point";
  } else {
    return true;
  }
  error(parts[0], std::move(message));
  return false;
}

void LatencyReader::read_latency(const std::vector<std::string_view>& parts) {
  const std::size_t errors = diagnostics_.error_count();
  Result<Latency> latency = parse_source(parts[0]);
  if (!latency.ok()) error(parts[0], latency.error());
  const bool known = knows_region(parts[1]);
  const Result<double> milliseconds = parse_decimal(parts[2], 0, kMaxLatencyMs);
  if (!milliseconds.ok()) error(parts[2], milliseconds.error());
  if (diagnostics_.error_count() > errors || !known) return;
  warn_if_ambiguous(latency.value(), parts[0]);
  latency.value().region = parts[1];
  latency.value().milliseconds = milliseconds.value();
  latencies_.push_back(std::move(latency).value());
  places_.push_back({line_number_, column_of(line_, parts[0])});
}

// An unknown one is reported once, however many lines name it.
bool LatencyReader::knows_region(std::string_view region) {
  const auto seen = regions_.find(region);
  if (seen != regions_.end()) return seen->second;
  const bool known = find_region(atlas_, region).has_value();
  regions_.emplace(region, known);
  if (!known) error(region, unknown_region(atlas_, region));
  return known;
}

// Once for each code.
void LatencyReader::warn_if_ambiguous(const Latency& latency, std::string_view written) {
  const auto* const row = std::ranges::find_if(
      kAmbiguous, [written](const Ambiguous& a) { return equal_ignoring_case(a.code, written); });
  if (row == kAmbiguous.end() || !warned_.insert(latency.code).second) return;
  const std::string code(row->code);
  diagnostics_.warn(place_of(written),
                    in_quotes(written) + " is read as the continent " +
                        std::string(row->continent) + "; write continent:" + code +
                        " to say so, or country:" + code + " for " + std::string(row->country));
}

bool LatencyReader::is_full() {
  const bool many_errors = diagnostics_.error_count() > kMaxGeoErrors;
  if (!many_errors && latencies_.size() < kMaxLatencies) return false;
  stopped_ = true;
  error(trimmed(line_),
        many_errors ? "more than " + std::to_string(kMaxGeoErrors) +
                          " errors; the rest of the file is not read"
                    : "more than " + std::to_string(kMaxLatencies) + " round trips; write fewer");
  return true;
}

void LatencyReader::judge_repeats() {
  for (const Repeat& repeat :
       find_repeats(latencies_.size(), [this](std::size_t i) { return key_of(latencies_[i]); })) {
    if (diagnostics_.error_count() > kMaxGeoErrors) return;
    const At& again = places_[repeat.again];
    diagnostics_.error(
        {path_, again.line, again.column},
        "the round trip from there to " + in_quotes(latencies_[repeat.again].region) +
            " is given twice; the first is in line " + std::to_string(places_[repeat.first].line));
  }
}

}  // namespace

std::vector<Latency> read_latencies(std::string_view text, const std::string& path,
                                    const Atlas& atlas, Diagnostics& diagnostics) {
  Diagnostics found;
  std::vector<Latency> latencies = LatencyReader(path, atlas, found).read(text);
  found.sort_by_place();
  diagnostics.append(std::move(found));
  return latencies;
}

}  // namespace rhumb
