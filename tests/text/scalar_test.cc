#include "text/scalar.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace rhumb {
namespace {

TEST(Whole, TakesDecimalNumbersWithinTheRange) {
  EXPECT_EQ(parse_whole("0", 0, 255).value(), 0);
  EXPECT_EQ(parse_whole("255", 0, 255).value(), 255);
  EXPECT_EQ(parse_whole("-99", -99, 99).value(), -99);
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(parse_whole("9223372036854775807", 0, kMax).value(), kMax);
}

TEST(Whole, RefusesWhatIsOutOfRangeAndNamesTheRange) {
  EXPECT_EQ(parse_whole("256", 0, 255).error(),
            "256 is out of range; write a whole number from 0 to 255");
  EXPECT_EQ(parse_whole("-1", 0, 255).error(),
            "-1 is out of range; write a whole number from 0 to 255");
  EXPECT_FALSE(parse_whole("99999999999999999999", 0, 255).ok());
}

TEST(Whole, RefusesLeadingZeros) {
  EXPECT_EQ(parse_whole("007", 0, 255).error(),
            "\"007\" has a leading zero or a sign too many; write a whole number from 0 to 255");
  EXPECT_FALSE(parse_whole("-0", -1, 1).ok());
}

TEST(Whole, RefusesEveryOtherNotation) {
  for (const char* text : {"", "-", "+1", "1.0", "1e3", "0x10", "1_000", " 1", "1 ", "ten"}) {
    EXPECT_FALSE(parse_whole(text, -1000, 1000).ok()) << text;
  }
  EXPECT_EQ(parse_whole("ten", 0, 255).error(),
            "\"ten\" is no whole number; write a whole number from 0 to 255");
}

TEST(Decimal, TakesNumbersWithAndWithoutAFraction) {
  EXPECT_EQ(parse_decimal("0", 0, 90).value(), 0.0);
  EXPECT_EQ(parse_decimal("51.51", -90, 90).value(), 51.51);
  EXPECT_EQ(parse_decimal("-0.13", -180, 180).value(), -0.13);
  EXPECT_EQ(parse_decimal("-180", -180, 180).value(), -180.0);
  EXPECT_EQ(parse_decimal("10.50", 0, 90).value(), 10.5);
}

TEST(Decimal, ZeroHasNoSign) { EXPECT_FALSE(std::signbit(parse_decimal("-0.0", -1, 1).value())); }

TEST(Decimal, RefusesWhatIsOutOfRangeAndNamesTheRange) {
  EXPECT_EQ(parse_decimal("90.1", -90, 90).error(),
            "90.1 is out of range; write a decimal number from -90 to 90");
  EXPECT_EQ(parse_decimal("-1", 0, 1'000'000).error(),
            "-1 is out of range; write a decimal number from 0 to 1000000");
  EXPECT_FALSE(parse_decimal("-90.0001", -90, 90).ok());
  EXPECT_FALSE(parse_decimal(std::string(400, '9'), -90, 90).ok());
}

TEST(Decimal, RefusesLeadingZeros) {
  EXPECT_EQ(parse_decimal("051.5", -90, 90).error(),
            "\"051.5\" has a leading zero; write a decimal number from -90 to 90");
  EXPECT_FALSE(parse_decimal("-00.5", -90, 90).ok());
}

TEST(Decimal, RefusesEveryOtherNotation) {
  for (const char* text : {"", "-", ".", ".5", "5.", "+1", "1e3", "0x1p3", "inf", "nan", " 1", "1 ",
                           "1.5.2", "--1", "51,5", "51.5N"}) {
    EXPECT_FALSE(parse_decimal(text, -1000, 1000).ok()) << text;
  }
  EXPECT_EQ(parse_decimal("51,5", -90, 90).error(),
            "\"51,5\" is no decimal number; write a decimal number from -90 to 90");
}

TEST(Boolean, TakesTrueAndFalseAlone) {
  EXPECT_TRUE(parse_boolean("true").value());
  EXPECT_FALSE(parse_boolean("false").value());
  for (const char* text : {"yes", "no", "on", "off", "True", "TRUE", "1", "0", "y", ""}) {
    EXPECT_FALSE(parse_boolean(text).ok()) << text;
  }
  EXPECT_EQ(parse_boolean("yes").error(), "\"yes\" is no boolean; write true or false");
}

TEST(Duration, TakesEveryUnitAndBareSeconds) {
  EXPECT_EQ(parse_duration_ms("100ms").value(), 100u);
  EXPECT_EQ(parse_duration_ms("10s").value(), 10'000u);
  EXPECT_EQ(parse_duration_ms("10").value(), 10'000u);
  EXPECT_EQ(parse_duration_ms("5m").value(), 300'000u);
  EXPECT_EQ(parse_duration_ms("1h").value(), 3'600'000u);
  EXPECT_EQ(parse_duration_ms("1d").value(), 86'400'000u);
  EXPECT_EQ(parse_duration_ms("2w").value(), 1'209'600'000u);
  EXPECT_EQ(parse_duration_ms("0s").value(), 0u);
}

TEST(Duration, RefusesEveryOtherNotation) {
  for (const char* text : {"", "s", "1.5s", "-1s", "1 s", "1S", "1h30m", "01s", "1y", "1us"}) {
    EXPECT_FALSE(parse_duration_ms(text).ok()) << text;
  }
  EXPECT_EQ(parse_duration_ms("1.5s").error(),
            "\"1.5s\" is no duration; write a whole number with ms, s, m, h, d or w");
}

TEST(Duration, RefusesOverflow) {
  EXPECT_EQ(parse_duration_ms("18446744073709551615ms").value(), 18446744073709551615u);
  EXPECT_FALSE(parse_duration_ms("18446744073709551616ms").ok());
  EXPECT_EQ(parse_duration_ms("18446744073709551615w").error(),
            "\"18446744073709551615w\" is too long a duration; write a shorter one");
}

TEST(Ttl, TakesWholeSecondsUpToTheLimit) {
  EXPECT_EQ(parse_ttl_s("30s").value(), 30u);
  EXPECT_EQ(parse_ttl_s("1h").value(), 3600u);
  EXPECT_EQ(parse_ttl_s("2000ms").value(), 2u);
  EXPECT_EQ(parse_ttl_s("2147483647").value(), kMaxTtlS);
}

TEST(Ttl, RefusesFractionsAndTooMuch) {
  EXPECT_EQ(parse_ttl_s("1500ms").error(),
            "\"1500ms\" is not in whole seconds; write a whole number of seconds");
  EXPECT_EQ(parse_ttl_s("2147483648").error(),
            "\"2147483648\" is too long; write at most 2147483647 seconds");
  EXPECT_FALSE(parse_ttl_s("soon").ok());
}

enum class Color { kRed, kGreen };
constexpr Named<Color> kColors[] = {{"red", Color::kRed}, {"GREEN", Color::kGreen}};

TEST(OneOf, FindsANameWhateverItsCase) {
  EXPECT_EQ(parse_one_of("RED", kColors).value(), Color::kRed);
  EXPECT_EQ(parse_one_of("green", kColors).value(), Color::kGreen);
}

TEST(OneOf, ListsTheNamesWhenItKnowsNone) {
  EXPECT_EQ(parse_one_of("blue", kColors).error(),
            "\"blue\" is not known here; write one of red, GREEN");
  EXPECT_FALSE(parse_one_of("re", kColors).ok());
}

}  // namespace
}  // namespace rhumb
