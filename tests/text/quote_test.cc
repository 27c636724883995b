#include "text/quote.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

TEST(Quote, PutsTextInQuotes) {
  EXPECT_EQ(in_quotes("name"), "\"name\"");
  EXPECT_EQ(in_quotes(""), "\"\"");
  EXPECT_EQ(in_quotes("\xC3\xA4"), "\"\xC3\xA4\"");
}

TEST(Quote, ShowsControlCharactersAndWrongBytesAsHex) {
  EXPECT_EQ(in_quotes("a\nb\x1b\x7f"), "\"a\\x0Ab\\x1B\\x7F\"");
  EXPECT_EQ(in_quotes("\xFF\xC3"), "\"\\xFF\\xC3\"");
  EXPECT_EQ(in_quotes("\xC2\x9B"
                      "2J\xC2\xA0"),
            "\"\\xC2\\x9B2J\xC2\xA0\"");
}

TEST(Quote, CutsLongTextBetweenCharacters) {
  const std::string text(kMaxQuotedBytes - 1, 'a');
  EXPECT_EQ(in_quotes(text + "\xC3\xA4"
                             "b"),
            "\"" + text + "\xC3\xA4...\"");
  EXPECT_EQ(in_quotes(text + "b"), "\"" + text + "b\"");
}

TEST(Quote, ShowsThePathOfAFileWhole) {
  const std::string path(4 * kMaxQuotedBytes, 'd');
  EXPECT_EQ(path_in_quotes(path + "/\ncity.mmdb"), "\"" + path + "/\\x0Acity.mmdb\"");
}

}  // namespace
}  // namespace rhumb
