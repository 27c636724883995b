// Any bytes as geo.overrides: either sound overrides, each of another network, or errors that have
// places.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

#include "geo/countries.h"
#include "geo/overrides_yaml.h"

namespace rhumb {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Override& override) {
  const GeoPlace& place = override.place;
  require(IpPrefix::of(override.network.address, override.network.length) == override.network);
  require(override.has_place || place.asn != 0);
  require(override.has_place == (!place.continent.empty() || place.coordinates.has_value()));
  require(place.country.empty() || continent_of(place.country).has_value());
  require(place.subdivisions[0].empty() || !place.country.empty());
  if (!place.coordinates) return;
  require(place.coordinates->latitude >= -90 && place.coordinates->latitude <= 90);
  require(place.coordinates->longitude >= -180 && place.coordinates->longitude <= 180);
}

}  // namespace
}  // namespace rhumb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  rhumb::Diagnostics diagnostics;
  const auto overrides = rhumb::read_overrides(text, "fuzz.yaml", diagnostics);
  for (const rhumb::Diagnostic& diagnostic : diagnostics.all()) {
    rhumb::require(diagnostic.place.line > 0 && diagnostic.place.column > 0);
    rhumb::require(!diagnostic.message.empty());
  }
  if (diagnostics.has_errors()) return 0;
  std::set<rhumb::IpPrefix> networks;
  for (const rhumb::Override& override : overrides) {
    rhumb::check(override);
    rhumb::require(networks.insert(override.network).second);
  }
  return 0;
}
