#include "text/percent.h"

namespace rhumb {
namespace {

using std::string_literals::operator""s;

TEST(Percent, EncodesAllButWhatIsUnreserved) {
  EXPECT_EQ(percent_encoded("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encoded("a b/\xC3\xBF\0%"s), "a%20b%2F%C3%BF%00%25");
  EXPECT_EQ(percent_encoded("www/A/one two", "/"), "www/A/one%20two");
}

TEST(Percent, DecodesWhatWasEncoded) {
  EXPECT_EQ(percent_decoded("a%20b%2f%C3%BF%00%25"), "a b/\xC3\xBF\0%"s);
  EXPECT_EQ(percent_decoded(""), "");
}

TEST(Percent, LeavesWhatIsNoEscape) {
  for (const char* text : {"100%", "100%4", "%zz", "%-1", "%+1", "% 1", "%4x", "%"}) {
    EXPECT_EQ(percent_decoded(text), text);
  }
  EXPECT_EQ(percent_decoded("%%41"), "%A");
}

}  // namespace
}  // namespace rhumb
