#include "text/utf8.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

TEST(Utf8, TakesTheShortestAndTheLongestCharacterOfEachSize) {
  EXPECT_EQ(utf8_size(std::string_view("\0", 1)), 1u);
  EXPECT_EQ(utf8_size("\x7f"), 1u);
  EXPECT_EQ(utf8_size("\xC2\x80"), 2u);
  EXPECT_EQ(utf8_size("\xDF\xBF"), 2u);
  EXPECT_EQ(utf8_size("\xE0\xA0\x80"), 3u);
  EXPECT_EQ(utf8_size("\xEF\xBF\xBF"), 3u);
  EXPECT_EQ(utf8_size("\xF0\x90\x80\x80"), 4u);
  EXPECT_EQ(utf8_size("\xF4\x8F\xBF\xBF"), 4u);
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndWhatLiesBeyond) {
  EXPECT_EQ(utf8_size("\xC0\x80"), 0u);
  EXPECT_EQ(utf8_size("\xC1\xBF"), 0u);
  EXPECT_EQ(utf8_size("\xE0\x9F\xBF"), 0u);
  EXPECT_EQ(utf8_size("\xED\xA0\x80"), 0u);
  EXPECT_EQ(utf8_size("\xF0\x8F\xBF\xBF"), 0u);
  EXPECT_EQ(utf8_size("\xF4\x90\x80\x80"), 0u);
  EXPECT_EQ(utf8_size("\xF5\x80\x80\x80"), 0u);
}

TEST(Utf8, RefusesWhatIsCutOrBeginsInTheMiddle) {
  EXPECT_EQ(utf8_size(""), 0u);
  EXPECT_EQ(utf8_size("\x80"), 0u);
  EXPECT_EQ(utf8_size("\xC3"), 0u);
  EXPECT_EQ(utf8_size("\xE2\x82"), 0u);
  EXPECT_EQ(utf8_size("\xF0\x9F\x98"), 0u);
  EXPECT_EQ(utf8_size("\xE2\x82x"), 0u);
}

TEST(Utf8, CutsBetweenCharacters) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abc", 2), "ab");
  EXPECT_EQ(cut("a\xC3\xA9", 3), "a\xC3\xA9");
  EXPECT_EQ(cut("a\xC3\xA9", 2), "a");
  EXPECT_EQ(cut("\xE2\x82\xAC", 2), "");
}

TEST(Utf8, KnowsTheControlCharactersOfBothKinds) {
  EXPECT_EQ(control_size(std::string_view("\0", 1)), 1u);
  EXPECT_EQ(control_size("\x1f"), 1u);
  EXPECT_EQ(control_size("\x7f"), 1u);
  EXPECT_EQ(control_size("\xC2\x80"), 2u);
  EXPECT_EQ(control_size("\xC2\x9F"), 2u);
  EXPECT_EQ(control_size("\xC2\xA0"), 0u);
  EXPECT_EQ(control_size("\xC2"), 0u);
  EXPECT_EQ(control_size(" "), 0u);
  EXPECT_EQ(control_size(""), 0u);
}

TEST(Utf8, WritesCharactersOfEachSize) {
  std::string out;
  for (const char32_t character : {U'a', U'\u00e9', U'\u20ac', U'\U0001f600'}) {
    append_utf8(out, character);
  }
  EXPECT_EQ(out, "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
}

}  // namespace
}  // namespace rhumb
