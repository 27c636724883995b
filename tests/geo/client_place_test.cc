#include "geo/client_place.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

GeoPlace oxford() {
  GeoPlace place;
  place.continent = Code("EU");
  place.country = Code("GB");
  place.subdivisions = {Code("ENG"), Code("OXF")};
  place.coordinates = {51.75, -1.26};
  return place;
}

TEST(ClientPlace, IsTheDatabasesWithoutAnOverride) {
  GeoPlace expected = oxford();
  expected.asn = 64500;
  EXPECT_EQ(client_place(oxford(), 64500, nullptr), expected);
}

TEST(ClientPlace, TakesAnAsNumberOfTheFirstDatabaseWhereTheOtherHasNone) {
  GeoPlace place = oxford();
  place.asn = 64501;
  EXPECT_EQ(client_place(place, 0, nullptr).asn, 64501U);
  EXPECT_EQ(client_place(place, 64500, nullptr).asn, 64500U);
}

TEST(ClientPlace, IsWhollyTheOverridesWhereThatSaysAnythingOfIt) {
  Override override;
  override.has_place = true;
  override.place.country = Code("FR");
  GeoPlace expected;
  expected.continent = Code("EU");
  expected.country = Code("FR");
  expected.asn = 64500;
  EXPECT_EQ(client_place(oxford(), 64500, &override), expected);
}

TEST(ClientPlace, StaysTheDatabasesUnderAnOverrideOfTheAsNumberAlone) {
  Override override;
  override.place.asn = 64999;
  GeoPlace expected = oxford();
  expected.asn = 64999;
  EXPECT_EQ(client_place(oxford(), 64500, &override), expected);
}

TEST(ClientPlace, KeepsTheContinentThatIsGivenBesideACountry) {
  Override override;
  override.has_place = true;
  override.place.country = Code("TR");
  override.place.continent = Code("EU");
  EXPECT_EQ(client_place({}, 0, &override).continent, Code("EU"));
}

TEST(ClientPlace, HasNoContinentForACountryThatIsNone) {
  GeoPlace place;
  place.country = Code("ZZ");
  EXPECT_TRUE(client_place(place, 0, nullptr).continent.empty());
}

}  // namespace
}  // namespace rhumb
