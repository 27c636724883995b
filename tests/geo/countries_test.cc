#include "geo/countries.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace rhumb {
namespace {

std::string continent(std::string_view country) {
  const auto found = continent_of(Code(country));
  return found ? std::string(found->text()) : "none";
}

TEST(Countries, AreOnTheContinentThatTheDatabasesHaveThemOn) {
  EXPECT_EQ(continent("GB"), "EU");
  EXPECT_EQ(continent("us"), "NA");
  EXPECT_EQ(continent("BR"), "SA");
  EXPECT_EQ(continent("JP"), "AS");
  EXPECT_EQ(continent("NZ"), "OC");
  EXPECT_EQ(continent("ZW"), "AF");
  EXPECT_EQ(continent("AQ"), "AN");
}

TEST(Countries, BetweenContinentsAreWhereTheDatabasesHaveThem) {
  EXPECT_EQ(continent("CY"), "EU");
  EXPECT_EQ(continent("TR"), "AS");
  EXPECT_EQ(continent("RU"), "EU");
  EXPECT_EQ(continent("KZ"), "AS");
  EXPECT_EQ(continent("EG"), "AF");
  EXPECT_EQ(continent("TL"), "OC");
  EXPECT_EQ(continent("XK"), "EU");
}

TEST(Countries, AreOnlyThoseOfIso) {
  for (const char* text : {"UK", "EU", "EN", "ZZ", "O", " A", "A ", "GBR", ""}) {
    EXPECT_EQ(continent(text), "none") << text;
  }
}

TEST(Countries, AreThe249OfIsoAndKosovo) {
  std::map<std::string, int> count;
  for (char first = 'A'; first <= 'Z'; ++first) {
    for (char second = 'A'; second <= 'Z'; ++second) ++count[continent(std::string{first, second})];
  }
  const std::map<std::string, int> expected = {
      {"AF", 58}, {"AN", 5},  {"AS", 51}, {"EU", 53},
      {"NA", 41}, {"OC", 28}, {"SA", 14}, {"none", 26 * 26 - 250}};
  EXPECT_EQ(count, expected);
}

}  // namespace
}  // namespace rhumb
