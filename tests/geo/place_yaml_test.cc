#include "geo/place_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/geo/reading.h"

namespace rhumb {
namespace {

using test::Lines;
using test::read_as;

std::string area(std::string_view text) {
  const auto got = read_as(read_area, text);
  EXPECT_EQ(got.value.has_value(), got.found.empty());
  if (got.value) return to_string(Location(*got.value));
  return got.found.front();
}

std::string proximity(std::string_view text) {
  const auto got = read_as(read_proximity, text);
  EXPECT_EQ(got.value.has_value(), got.found.empty());
  if (got.value) return to_string(Location(*got.value));
  return got.found.front();
}

std::string cidr(std::string_view text) {
  const auto got = read_as(read_cidr, text);
  EXPECT_EQ(got.value.has_value(), got.found.empty());
  if (got.value) return to_string(Location(*got.value));
  return got.found.front();
}

TEST(AreaYaml, IsAContinentACountryOrASubdivision) {
  EXPECT_EQ(area("{continent: eu}"), "continent EU");
  EXPECT_EQ(area("{country: gb}"), "country GB");
  EXPECT_EQ(area("{subdivision: US-CA}"), "subdivision US-CA");
  EXPECT_EQ(area("{country: US, subdivision: CA}"), "subdivision US-CA");
}

TEST(AreaYaml, MayHaveAnAsNumberAloneOrWithAPlace) {
  EXPECT_EQ(area("{asn: 64500}"), "AS64500");
  EXPECT_EQ(area("{asn: AS64500}"), "AS64500");
  EXPECT_EQ(area("{country: GB, asn: 64500}"), "country GB AS64500");
}

TEST(AreaYaml, IsEveryoneByDefault) {
  const auto got = read_as(read_area, "{default: true}");
  ASSERT_TRUE(got.value.has_value());
  EXPECT_TRUE(got.value->is_default());
}

TEST(AreaYaml, TheDefaultStandsAlone) {
  EXPECT_EQ(area("{default: true, country: GB}"),
            "z.yaml:1:11: error: \"default\" is for everyone and stands alone; remove the other "
            "keys");
  EXPECT_EQ(area("{default: true, asn: 64500}"),
            "z.yaml:1:11: error: \"default\" is for everyone and stands alone; remove the other "
            "keys");
  EXPECT_EQ(area("{default: false, country: GB}"),
            "z.yaml:1:11: error: \"default\" can only be true; leave it out");
}

TEST(AreaYaml, HasOnePlace) {
  const std::string wanted =
      "z.yaml:1:13: error: \"continent\" beside a smaller place says nothing more; leave it out";
  EXPECT_EQ(area("{continent: EU, country: GB}"), wanted);
  EXPECT_EQ(area("{continent: NA, subdivision: US-CA}"), wanted);
}

TEST(AreaYaml, EmptySaysWhatToWrite) {
  EXPECT_EQ(area("{}"),
            "z.yaml:1:1: error: no place is given; write continent, country, subdivision or asn, "
            "or default: true");
}

TEST(AreaYaml, OfOneWordSaysThatAMapIsWanted) {
  EXPECT_EQ(area("GB"),
            "z.yaml:1:1: error: a map is wanted here, not text; write keys with their "
            "values");
}

TEST(AreaYaml, AnswersTheNamesOfRoute53WithOurs) {
  EXPECT_EQ(area("{ContinentCode: EU}"),
            "z.yaml:1:2: error: unknown key \"ContinentCode\"; write \"continent\"");
  EXPECT_EQ(area("{CountryCode: GB}"),
            "z.yaml:1:2: error: unknown key \"CountryCode\"; write \"country\"");
  EXPECT_EQ(area("{country: US, SubdivisionCode: CA}"),
            "z.yaml:1:15: error: unknown key \"SubdivisionCode\"; write \"subdivision\"");
  EXPECT_EQ(area("{country: \"*\"}"),
            "z.yaml:1:11: error: \"*\" is no country; write default: true instead");
}

TEST(AreaYaml, SuggestsTheKeyThatWasMeant) {
  EXPECT_EQ(area("{contry: GB}"),
            "z.yaml:1:2: error: unknown key \"contry\"; did you mean \"country\"?");
}

TEST(AreaYaml, TellsOfNorway) {
  EXPECT_EQ(area("{country: false}"),
            "z.yaml:1:11: error: \"country\" is the boolean false; put it in quotes if text is "
            "meant; Norway is \"NO\"");
  EXPECT_EQ(area("{country: NO}"), "country NO");
}

TEST(AreaYaml, HasTheErrorsOfTheCodes) {
  EXPECT_EQ(area("{country: UK}"), "z.yaml:1:11: error: \"UK\" is no country; write \"GB\"");
  EXPECT_EQ(area("{subdivision: CA}"),
            "z.yaml:1:15: error: \"CA\" does not say of which country; write it as in \"US-CA\"");
  EXPECT_EQ(area("{asn: 0}"),
            "z.yaml:1:7: error: \"0\" is no AS number; write AS1 to AS4294967295");
}

TEST(AreaYaml, TellsOfEveryErrorOnce) {
  EXPECT_EQ(read_as(read_area, "{country: UK, subdivision: CA, asn: x, default: maybe}").found,
            (Lines{"z.yaml:1:11: error: \"UK\" is no country; write \"GB\"",
                   "z.yaml:1:37: error: \"x\" is no AS number; write AS1 to AS4294967295",
                   "z.yaml:1:49: error: \"maybe\" is no boolean; write true or false"}));
}

TEST(ProximityYaml, IsARegionOrCoordinatesWithABias) {
  EXPECT_EQ(proximity("{region: london}"), "region london");
  EXPECT_EQ(proximity("{region: london, bias: -20}"), "region london bias -20");
  EXPECT_EQ(proximity("{latitude: 49.5, longitude: 8.4, bias: 99}"), "49.5,8.4 bias 99");
}

TEST(ProximityYaml, IsOneOfTheTwo) {
  EXPECT_EQ(proximity("{region: london, latitude: 1, longitude: 2}"),
            "z.yaml:1:10: error: \"region\" and coordinates are both given; leave one of them out");
  EXPECT_EQ(proximity("{bias: 10}"),
            "z.yaml:1:1: error: \"region\" is missing; write region: eu-west-2, or latitude and "
            "longitude");
  EXPECT_EQ(proximity("{region: \"\"}"),
            "z.yaml:1:10: error: \"\" is no region; write one such as eu-west-2");
}

TEST(ProximityYaml, CoordinatesAreTwo) {
  EXPECT_EQ(proximity("{latitude: 49.5}"),
            "z.yaml:1:12: error: \"latitude\" is given without \"longitude\"; write both");
  EXPECT_EQ(proximity("{longitude: 8.4}"),
            "z.yaml:1:13: error: \"longitude\" is given without \"latitude\"; write both");
}

TEST(ProximityYaml, BoundsItsNumbers) {
  EXPECT_EQ(proximity("{latitude: 90.5, longitude: 8.4}"),
            "z.yaml:1:12: error: 90.5 is out of range; write a decimal number from -90 to 90");
  EXPECT_EQ(proximity("{latitude: 49.5, longitude: -181}"),
            "z.yaml:1:29: error: -181 is out of range; write a decimal number from -180 to 180");
  EXPECT_EQ(proximity("{region: london, bias: 100}"),
            "z.yaml:1:24: error: 100 is out of range; write a whole number from -99 to 99");
  EXPECT_EQ(proximity("{latitude: 90, longitude: -180, bias: -99}"), "90,-180 bias -99");
}

TEST(ProximityYaml, AnswersTheNamesOfRoute53WithOurs) {
  EXPECT_EQ(proximity("{AWSRegion: eu-west-2}"),
            "z.yaml:1:2: error: unknown key \"AWSRegion\"; write \"region\"");
  EXPECT_EQ(proximity("{Coordinates: {Latitude: 1, Longitude: 2}}"),
            "z.yaml:1:2: error: unknown key \"Coordinates\"; write \"latitude\"");
  EXPECT_EQ(proximity("{region: london, Bias: 2}"),
            "z.yaml:1:18: error: unknown key \"Bias\"; write \"bias\"");
}

TEST(CidrYaml, IsALocationOfACollection) {
  EXPECT_EQ(cidr("{collection: offices, location: berlin}"), "offices/berlin");
}

TEST(CidrYaml, EveryoneElseIsAStar) {
  const auto got = read_as(read_cidr, "{collection: offices, location: \"*\"}");
  ASSERT_TRUE(got.value.has_value());
  EXPECT_TRUE(got.value->is_default());
}

TEST(CidrYaml, NeedsBoth) {
  EXPECT_EQ(read_as(read_cidr, "{}").found,
            (Lines{"z.yaml:1:1: error: \"collection\" is missing; write collection: offices",
                   "z.yaml:1:1: error: \"location\" is missing; write location: london"}));
}

TEST(CidrYaml, AnswersTheNamesOfRoute53WithOurs) {
  EXPECT_EQ(cidr("{CollectionId: x, location: berlin}"),
            "z.yaml:1:1: error: \"collection\" is missing; write collection: offices");
  EXPECT_EQ(read_as(read_cidr, "{CollectionId: x, LocationName: berlin}").found.back(),
            "z.yaml:1:19: error: unknown key \"LocationName\"; write \"location\"");
}

}  // namespace
}  // namespace rhumb
