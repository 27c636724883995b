#include "geo/map_job.h"

namespace rhumb {
namespace {

Latency latency(Latency::Source source, std::uint32_t asn, std::string_view code) {
  Latency made;
  made.source = source;
  made.asn = asn;
  made.code = Code(code);
  made.region = "london";
  made.milliseconds = 17.5;
  return made;
}

MapJob full_job() {
  MapJob job;
  job.special = true;
  job.atlas.database = "City.mmdb";
  job.atlas.asn_database = "ASN.mmdb";
  GeoPlace place;
  place.continent = Code("EU");
  place.country = Code("GB");
  place.subdivisions = {Code("ENG"), Code("OXF")};
  place.coordinates = Coordinates{51.75, -1.25};
  place.asn = 64'500;
  job.atlas.overrides = {{*IpPrefix::parse("192.0.2.0/24"), place, true},
                         {*IpPrefix::parse("2001:db8::/33"), GeoPlace{}, false}};
  job.atlas.regions = {{"london", {51.51, -0.13}}};
  job.atlas.latencies = {latency(Latency::Source::kCountry, 0, "DE"),
                         latency(Latency::Source::kAsn, 64'501, "")};
  job.atlas.latencies[1].network = *IpPrefix::parse("198.51.100.0/25");
  job.atlas.collections["offices"].locations = {
      {"berlin", {*IpPrefix::parse("198.51.100.0/24"), *IpPrefix::parse("::/0")}}, {"london", {}}};
  job.rules = {{{Area{Code("EU"), {}, {}, 0}, Area{{}, Code("GB"), Code("ENG"), 64'500}, Area{}}},
               {{LatencyRegion{"london"}}},
               {{Proximity{"london", {}, -99}, Proximity{"", {51.5, -0.1}, 20}}},
               {{CidrLocation{"offices", "berlin"}, CidrLocation{"offices", "*"}}}};
  return job;
}

TEST(MapJob, ComesOutAsItWentIn) {
  const MapJob job = full_job();
  const auto unpacked = unpack_map_job(pack(job));
  ASSERT_TRUE(unpacked);
  EXPECT_EQ(*unpacked, job);
  EXPECT_EQ(unpack_map_job(pack({})), MapJob{});
}

TEST(MapJob, IsNotWhatEndsTooEarlyOrTooLate) {
  const std::string bytes = pack(full_job());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(unpack_map_job(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(unpack_map_job(bytes + "x"));
}

TEST(MapJob, IsNotWhatCountsMoreThanThereIs) {
  std::string bytes = pack({});
  bytes.replace(0, 8, 8, '\xff');
  EXPECT_FALSE(unpack_map_job(bytes));
}

}  // namespace
}  // namespace rhumb
