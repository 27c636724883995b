// Any bytes as the latency table: either sound round trips, each from elsewhere or to elsewhere, or
// errors that have places.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>
#include <tuple>

#include "geo/latency_csv.h"

namespace rhumb {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Latency& latency, const Atlas& atlas) {
  using Source = Latency::Source;
  require(latency.milliseconds >= 0 && latency.milliseconds <= kMaxLatencyMs);
  require(find_region(atlas, latency.region).has_value());
  require((latency.asn != 0) == (latency.source == Source::kAsn));
  require(latency.code.empty() ==
          (latency.source == Source::kNetwork || latency.source == Source::kAsn));
  require(latency.source == Source::kNetwork || latency.network == IpPrefix());
}

}  // namespace
}  // namespace rhumb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  rhumb::Atlas atlas;
  atlas.regions["a"] = {1, 2};
  rhumb::Diagnostics diagnostics;
  const auto latencies = rhumb::read_latencies(text, "fuzz.csv", atlas, diagnostics);
  for (const rhumb::Diagnostic& diagnostic : diagnostics.all()) {
    rhumb::require(diagnostic.place.line > 0 && diagnostic.place.column > 0);
    rhumb::require(!diagnostic.message.empty());
  }
  if (diagnostics.has_errors()) return 0;
  std::set<std::tuple<rhumb::IpPrefix, std::uint32_t, bool, rhumb::Code, std::string_view>> seen;
  for (const rhumb::Latency& latency : latencies) {
    rhumb::check(latency, atlas);
    const bool is_country = latency.source == rhumb::Latency::Source::kCountry;
    rhumb::require(
        seen.emplace(latency.network, latency.asn, is_country, latency.code, latency.region)
            .second);
  }
  return 0;
}
