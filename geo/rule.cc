#include "geo/rule.h"

#include <array>
#include <charconv>

namespace rhumb {
namespace {

// The shortest text that reads back as the same number.
std::string number_text(double number) {
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::string(text.data(), end) : std::string();
}

void append(std::string& text, std::string_view part) {
  if (!text.empty()) text += ' ';
  text += part;
}

std::string text_of(const Area& area) {
  if (area.is_default()) return "default";
  std::string text;
  if (!area.continent.empty()) text = "continent " + std::string(area.continent.text());
  if (!area.country.empty()) {
    append(text, area.subdivision.empty() ? "country " : "subdivision ");
    text += area.country.text();
  }
  if (!area.subdivision.empty()) text.append("-").append(area.subdivision.text());
  if (area.asn != 0) append(text, "AS" + std::to_string(area.asn));
  return text;
}

std::string text_of(const LatencyRegion& region) { return "region " + region.region; }

std::string text_of(const Proximity& proximity) {
  std::string text = "region " + proximity.region;
  if (proximity.region.empty()) {
    text = number_text(proximity.coordinates.latitude) + "," +
           number_text(proximity.coordinates.longitude);
  }
  if (proximity.bias != 0) text += " bias " + std::to_string(proximity.bias);
  return text;
}

std::string text_of(const CidrLocation& cidr) { return cidr.collection + "/" + cidr.location; }

}  // namespace

std::string to_string(const Location& location) {
  return std::visit([](const auto& of_kind) { return text_of(of_kind); }, location);
}

std::string key_of(const Rule& rule) {
  std::string key;
  for (const Location& location : rule.locations) {
    const std::string text = to_string(location);
    key += std::to_string(location.index()) + ":" + std::to_string(text.size()) + ":" + text;
  }
  return key;
}

}  // namespace rhumb
