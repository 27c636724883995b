#include "geo/latency_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/geo/reading.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Source = Latency::Source;
using test::Lines;

struct ReadTable {
  std::vector<Latency> latencies;
  Lines found;
};

ReadTable read_table(std::string_view text) {
  Atlas atlas;
  atlas.regions["london"] = {51.51, -0.13};
  atlas.regions["berlin"] = {52.52, 13.4};
  Diagnostics diagnostics;
  std::vector<Latency> latencies = read_latencies(text, "latency.csv", atlas, diagnostics);
  return {std::move(latencies), test::lines_of(diagnostics)};
}

Lines found_in(std::string_view text) { return read_table(text).found; }

// The one line of `text`, which must be good.
Latency one_latency(std::string_view text) {
  const ReadTable got = read_table(text);
  EXPECT_THAT(got.found, IsEmpty()) << text;
  return got.latencies.size() == 1 ? got.latencies[0] : Latency{};
}

Latency from_network(std::string_view network) {
  Latency latency;
  latency.network = IpPrefix::parse(network).value();
  latency.region = "london";
  latency.milliseconds = 12.5;
  return latency;
}

Latency from_code(Source source, std::string_view code) {
  Latency latency;
  latency.source = source;
  latency.code = Code(code);
  latency.region = "london";
  latency.milliseconds = 12.5;
  return latency;
}

TEST(LatencyTable, TellsOfNetworks) {
  EXPECT_EQ(one_latency("192.0.2.0/24,london,12.5\n"), from_network("192.0.2.0/24"));
  EXPECT_EQ(one_latency("2001:db8::/32,london,12.5\n"), from_network("2001:db8::/32"));
  EXPECT_EQ(one_latency("::ffff:192.0.2.0/120,london,12.5\n"), from_network("192.0.2.0/24"));
}

TEST(LatencyTable, TellsOfAsNumbers) {
  const Latency got = one_latency("AS64500,london,12.5\n");
  EXPECT_EQ(got.source, Source::kAsn);
  EXPECT_EQ(got.asn, 64500U);
  EXPECT_EQ(one_latency("as64500,london,12.5\n"), got);
}

TEST(LatencyTable, TellsOfCountriesAndContinents) {
  EXPECT_EQ(one_latency("GB,london,12.5\n"), from_code(Source::kCountry, "GB"));
  EXPECT_EQ(one_latency("gb,london,12.5\n"), from_code(Source::kCountry, "GB"));
  EXPECT_EQ(one_latency("EU,london,12.5\n"), from_code(Source::kContinent, "EU"));
  EXPECT_EQ(one_latency("country:GB,london,12.5\n"), from_code(Source::kCountry, "GB"));
  EXPECT_EQ(one_latency("continent:EU,london,12.5\n"), from_code(Source::kContinent, "EU"));
}

TEST(LatencyTable, KnowsTheBuiltInRegions) {
  EXPECT_EQ(one_latency("GB,eu-west-2,12.5\n").region, "eu-west-2");
}

TEST(LatencyTable, TakesWholeAndBrokenMilliseconds) {
  EXPECT_EQ(one_latency("GB,london,0\n").milliseconds, 0);
  EXPECT_EQ(one_latency("GB,london,7\n").milliseconds, 7);
  EXPECT_EQ(one_latency("GB,london,1000000\n").milliseconds, 1'000'000);
}

TEST(LatencyTable, StaysInTheOrderOfTheFile) {
  const ReadTable got = read_table("GB,london,1\n192.0.2.0/24,berlin,2\nGB,berlin,3\n");
  EXPECT_THAT(got.found, IsEmpty());
  ASSERT_EQ(got.latencies.size(), 3U);
  EXPECT_EQ(got.latencies[0].milliseconds, 1);
  EXPECT_EQ(got.latencies[1].milliseconds, 2);
  EXPECT_EQ(got.latencies[2].milliseconds, 3);
}

TEST(LatencyTable, MayHaveAHeader) {
  EXPECT_EQ(one_latency("source,region,milliseconds\nGB,london,12.5\n"),
            from_code(Source::kCountry, "GB"));
  EXPECT_EQ(one_latency("# measured\n\nSource, Region, Milliseconds\nGB,london,12.5\n"),
            from_code(Source::kCountry, "GB"));
}

TEST(LatencyTable, HasThreeColumnsInTheirOrder) {
  EXPECT_THAT(found_in("source,milliseconds,region\n"),
              ElementsAre("latency.csv:1:1: error: the columns are others; write "
                          "source,region,milliseconds"));
}

TEST(LatencyTable, HasItsHeaderAtTheTop) {
  EXPECT_EQ(found_in("GB,london,12.5\nsource,region,milliseconds\n").size(), 3U);
}

TEST(LatencyTable, MayHaveCommentsBlanksAndAnyEndsOfLines) {
  const Latency wanted = from_code(Source::kCountry, "GB");
  EXPECT_EQ(one_latency("\n# from the office, \"by hand\"\n  \nGB,london,12.5\n"), wanted);
  EXPECT_EQ(one_latency("GB,london,12.5 # on a good day\n"), wanted);
  EXPECT_EQ(one_latency("  GB ,\tlondon , 12.5  "), wanted);
  EXPECT_EQ(one_latency("\r\nGB,london,12.5\r\n"), wanted);
  EXPECT_EQ(one_latency("\xEF\xBB\xBFGB,london,12.5"), wanted);
}

TEST(LatencyTable, MayBeEmpty) { EXPECT_THAT(found_in(""), IsEmpty()); }

TEST(LatencyTable, ReadsCodesOfBothAsContinentsAndWarnsOnce) {
  const ReadTable got = read_table("NA,london,12.5\nna,berlin,1\nAF,london,1\n");
  ASSERT_EQ(got.latencies.size(), 3U);
  EXPECT_EQ(got.latencies[0], from_code(Source::kContinent, "NA"));
  EXPECT_THAT(
      got.found,
      ElementsAre("latency.csv:1:1: warning: \"NA\" is read as the continent North America; "
                  "write continent:NA to say so, or country:NA for Namibia",
                  "latency.csv:3:1: warning: \"AF\" is read as the continent Africa; write "
                  "continent:AF to say so, or country:AF for Afghanistan"));
  EXPECT_EQ(found_in("AS,london,1\nSA,london,1\nEU,london,1\nOC,london,1\nAN,london,1\n").size(),
            2U);
}

TEST(LatencyTable, HasNoDoubtOfAPrefixedCode) {
  EXPECT_EQ(one_latency("country:NA,london,12.5\n"), from_code(Source::kCountry, "NA"));
  EXPECT_EQ(one_latency("Country: na,london,12.5\n"), from_code(Source::kCountry, "NA"));
  EXPECT_EQ(one_latency("continent:NA,london,12.5\n"), from_code(Source::kContinent, "NA"));
}

TEST(LatencyTable, KeepsACountryApartFromTheContinentOfItsCode) {
  const ReadTable got = read_table("country:NA,london,1\ncontinent:NA,london,2\n");
  EXPECT_THAT(got.found, IsEmpty());
  EXPECT_EQ(got.latencies.size(), 2U);
}

TEST(LatencyTable, SaysWhichSourceToWrite) {
  EXPECT_THAT(found_in("192.0.2.1/24,london,1\n"),
              ElementsAre("latency.csv:1:1: error: \"192.0.2.1/24\" has bits set behind its prefix "
                          "length; write \"192.0.2.0/24\""));
  EXPECT_THAT(found_in("192.0.2.1,london,1\n"),
              ElementsAre("latency.csv:1:1: error: \"192.0.2.1\" has no prefix length; write "
                          "\"192.0.2.1/32\""));
  EXPECT_THAT(found_in("64500,london,1\n"),
              ElementsAre("latency.csv:1:1: error: \"64500\" is no source; write AS64500"));
  EXPECT_THAT(found_in("AS0,london,1\n"),
              ElementsAre("latency.csv:1:1: error: \"AS0\" is no AS number; write AS1 to "
                          "AS4294967295"));
  EXPECT_THAT(found_in("UK,london,1\n"),
              ElementsAre("latency.csv:1:1: error: \"UK\" is no country; write \"GB\""));
  EXPECT_THAT(found_in("country:EU,london,1\n"),
              ElementsAre("latency.csv:1:1: error: \"EU\" is a continent, not a country; write it "
                          "as a continent"));
  for (const char* source : {"", "Europe", "US-CA", "*", "region:GB"}) {
    EXPECT_THAT(found_in(std::string(source) + ",london,1\n"),
                ElementsAre("latency.csv:1:1: error: \"" + std::string(source) +
                            "\" is no source; write a network (192.0.2.0/24), an AS number "
                            "(AS64500), a country (GB) or a continent (EU)"));
  }
}

TEST(LatencyTable, SuggestsTheRegionThatWasMeantOnce) {
  EXPECT_THAT(found_in("GB,lodon,1\nFR,lodon,1\n"),
              ElementsAre("latency.csv:1:4: error: there is no region \"lodon\"; did you mean "
                          "\"london\"?"));
}

TEST(LatencyTable, TakesNoOtherNumbers) {
  EXPECT_THAT(found_in("GB,london,12ms\n"),
              ElementsAre("latency.csv:1:11: error: \"12ms\" is no decimal number; write a decimal "
                          "number from 0 to 1000000"));
  for (const char* number : {"-1", "nan", "inf", "1e3", "", "012", "1000000.1"}) {
    EXPECT_EQ(found_in("GB,london," + std::string(number) + "\n").size(), 1U) << number;
  }
}

TEST(LatencyTable, WantsThreeValuesALine) {
  EXPECT_THAT(found_in("GB,london\n"),
              ElementsAre("latency.csv:1:1: error: three values are wanted, with commas between "
                          "them; write source,region,milliseconds"));
  EXPECT_THAT(found_in("GB;london;12\n"),
              ElementsAre("latency.csv:1:1: error: three values are wanted, with commas between "
                          "them; write source,region,milliseconds"));
  EXPECT_THAT(found_in("GB,london,12,5\n"),
              ElementsAre("latency.csv:1:1: error: more than three values; write "
                          "source,region,milliseconds, and a fraction with a point"));
  EXPECT_THAT(found_in("\"GB\",\"london\",\"12\"\n"),
              ElementsAre("latency.csv:1:1: error: nothing is put in quotes here; write "
                          "source,region,milliseconds without them"));
}

TEST(LatencyTable, HasARoundTripOnce) {
  EXPECT_THAT(
      found_in("GB,london,1\n"
               "GB,berlin,1\n"
               "country:gb,london,2\n"),
      ElementsAre("latency.csv:3:1: error: the round trip from there to \"london\" is given "
                  "twice; the first is in line 1"));
  EXPECT_EQ(found_in("192.0.2.0/24,london,1\n::ffff:192.0.2.0/120,london,1\n").size(), 1U);
  EXPECT_EQ(found_in("AS1,london,1\nAS1,london,1\n").size(), 1U);
  EXPECT_THAT(found_in("192.0.2.0/24,london,1\n192.0.2.0/25,london,1\n"), IsEmpty());
}

TEST(LatencyTable, CountsColumnsInCharacters) {
  EXPECT_THAT(
      found_in(" GB , M\xC3\xBCnchen , x\n"),
      ElementsAre("latency.csv:1:7: error: there is no region \"M\xC3\xBCnchen\"; write its "
                  "latitude and longitude under regions: in rhumb.yaml",
                  "latency.csv:1:17: error: \"x\" is no decimal number; write a decimal "
                  "number from 0 to 1000000"));
}

TEST(LatencyTable, TellsOfEveryErrorInTheOrderOfTheFile) {
  EXPECT_THAT(
      found_in("GB,london,1\nGB,london,1\nUK,lodon,x\n"),
      ElementsAre("latency.csv:2:1: error: the round trip from there to \"london\" is given "
                  "twice; the first is in line 1",
                  "latency.csv:3:1: error: \"UK\" is no country; write \"GB\"",
                  "latency.csv:3:4: error: there is no region \"lodon\"; did you mean \"london\"?",
                  "latency.csv:3:10: error: \"x\" is no decimal number; write a decimal "
                  "number from 0 to 1000000"));
}

TEST(LatencyTable, OfWhichManyLinesAreWrongIsNotReadToTheEnd) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "GB,london,x\n";
  const Lines found = found_in(text);
  ASSERT_EQ(found.size(), 102U);
  EXPECT_EQ(found.back(),
            "latency.csv:102:1: error: more than 100 errors; the rest of the file is not read");
}

TEST(LatencyTable, HasAMillionLinesAtMost) {
  if (test::kSanitized) GTEST_SKIP() << test::kOnlyInRelease;
  std::string text;
  for (int i = 1; i <= 1'000'001; ++i) text += "AS" + std::to_string(i) + ",london,1\n";
  EXPECT_THAT(found_in(text), ElementsAre("latency.csv:1000001:1: error: more than 1000000 round "
                                          "trips; write fewer"));
}

}  // namespace
}  // namespace rhumb
