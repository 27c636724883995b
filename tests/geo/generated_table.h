// Databases made up: networks as unevenly spread as those of a real one, with places that lie near
// each other where the networks do. The same for the same seed; for tests and benchmarks.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "geo/compile.h"

namespace rhumb::geo_test {

struct TableSize {
  std::size_t v4 = 0;  // networks
  std::size_t v6 = 0;
  std::uint32_t places = 1;
  std::uint32_t places_around = 1;  // of a network, among which it has one
};

namespace detail {

// A number of `bits` bits, small ones far likelier than large ones.
inline std::uint64_t uneven(std::mt19937& random, unsigned bits) {
  return (std::uint64_t{random()} << 32U | random()) >> (64 - bits + random() % bits);
}

inline std::vector<AddressNumber> starts_v4(std::mt19937& random, std::size_t count) {
  std::vector<AddressNumber> starts{{}};
  while (starts.size() < count * 5 / 2) {
    const std::uint64_t block = random() & 0xFFFF'0000U;
    for (std::uint64_t left = 1 + uneven(random, 9); left > 0; --left) {
      const auto length = random() % 8 == 0 ? 25 + random() % 8 : 17 + random() % 8;
      starts.push_back({0, block | (random() & 0xFFFFU & ~0ULL << (32 - length))});
    }
  }
  return starts;
}

// Around few allocations of a registry, each with networks of /32 to /64.
inline std::vector<AddressNumber> starts_v6(std::mt19937& random, std::size_t count) {
  constexpr std::uint64_t kRegistries[] = {0x2001'0200, 0x2400'0000, 0x2600'0000, 0x2604'0000,
                                           0x2800'0000, 0x2A00'0000, 0x2A02'0000, 0x2C0F'0000};
  std::vector<AddressNumber> starts{{}};
  while (starts.size() < count * 3 / 2) {
    const std::uint64_t block = (kRegistries[random() % 8] + uneven(random, 18)) << 32U;
    for (std::uint64_t left = 1 + uneven(random, 10); left > 0; --left) {
      const auto length = random() % 4 == 0 ? 49 + random() % 16 : 33 + random() % 16;
      starts.push_back({block | (random() & ~0ULL << (64 - length)), 0});
    }
  }
  return starts;
}

inline std::vector<PlaceStretch> stretches(std::vector<AddressNumber> starts, std::size_t count,
                                           std::mt19937& random, const TableSize& size) {
  std::ranges::sort(starts);
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  starts.resize(std::min(count, starts.size()));
  std::vector<PlaceStretch> table;
  std::uint32_t around = 0;
  for (const AddressNumber& start : starts) {
    if (random() % 64 == 0) around = static_cast<std::uint32_t>(random() % size.places);
    const auto place = static_cast<std::uint32_t>(around + random() % size.places_around);
    table.push_back({start, place % size.places});
  }
  return table;
}

}  // namespace detail

// About as many networks as asked for; place 0 is unknown, as ever. The places are left to fill.
inline PlaceTable generate_table(std::uint32_t seed, const TableSize& size) {
  std::mt19937 random(seed);
  PlaceTable table;
  if (size.v4 > 0) {
    table.v4 = detail::stretches(detail::starts_v4(random, size.v4), size.v4, random, size);
  }
  if (size.v6 > 0) {
    table.v6 = detail::stretches(detail::starts_v6(random, size.v6), size.v6, random, size);
  }
  table.places.resize(size.places);
  return table;
}

// Places all over the world: neighbours in the table are near each other and mostly of one country.
inline void fill_places(std::uint32_t seed, std::vector<GeoPlace>& places) {
  constexpr std::string_view kCountries[] = {"GB", "FR", "DE", "US", "CA", "BR", "JP", "IN", "AU",
                                             "ZA", "NG", "MX", "KR", "ES", "SE", "PL", "CN", "AR"};
  std::mt19937 random(seed);
  const auto degrees = [&](double from, double to) {
    return from + (to - from) * (static_cast<double>(random()) / 4294967296.0);
  };
  Coordinates centre;
  Code country;
  for (std::size_t i = 1; i < places.size(); ++i) {
    if (i % 64 == 1) {
      centre = {degrees(-60, 70), degrees(-180, 180)};
      country = Code(kCountries[random() % 18]);
    }
    places[i].country = country;
    places[i].coordinates = {centre.latitude + degrees(-5, 5),
                             std::clamp(centre.longitude + degrees(-5, 5), -180.0, 180.0)};
  }
}

inline void fill_asns(std::vector<GeoPlace>& places) {
  for (std::uint32_t i = 1; i < places.size(); ++i) places[i].asn = 64'512 + i;
}

}  // namespace rhumb::geo_test
