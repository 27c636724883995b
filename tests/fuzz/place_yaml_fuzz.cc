// Any bytes as what a zone or rhumb.yaml says of places: whatever a map is read as, there is either
// a sound value or an error that has a place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "geo/collections_yaml.h"
#include "geo/countries.h"
#include "geo/place_yaml.h"
#include "geo/regions_yaml.h"

namespace rhumb {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

template <typename T>
std::optional<T> read(std::optional<T> (*reader)(YamlNode, Diagnostics&), YamlNode map) {
  Diagnostics diagnostics;
  std::optional<T> value = reader(map, diagnostics);
  require(value.has_value() != diagnostics.has_errors());
  for (const Diagnostic& diagnostic : diagnostics.all()) require(diagnostic.place.line > 0);
  return value;
}

void read_locations(YamlNode map) {
  if (const auto area = read(read_area, map)) {
    require(area->country.empty() || continent_of(area->country).has_value());
    require(area->subdivision.empty() || !area->country.empty());
    require(area->continent.empty() || area->country.empty());
  }
  if (const auto proximity = read(read_proximity, map)) {
    require(proximity->bias >= -99 && proximity->bias <= 99);
  }
  (void)read(read_cidr, map);
}

void read_tables(YamlNode map) {
  Diagnostics diagnostics;
  for (const auto& [name, coordinates] : read_regions(map, diagnostics)) require(!name.empty());
  for (const auto& [name, collection] : read_collections(map, diagnostics)) {
    require(!name.empty() && !collection.locations.contains("*"));
  }
}

}  // namespace
}  // namespace rhumb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  rhumb::Diagnostics diagnostics;
  const auto document = rhumb::read_yaml(text, "fuzz.yaml", diagnostics);
  if (!document) return 0;
  rhumb::read_locations(document->root());
  if (document->root().is_map()) rhumb::read_tables(document->root());
  return 0;
}
