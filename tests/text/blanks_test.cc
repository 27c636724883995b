#include "text/blanks.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

TEST(Blanks, AreTakenFromTheEndsAlone) {
  EXPECT_EQ(trim_blanks(" \t\r\none two\n"), "one two");
  EXPECT_EQ(trim_blanks("one"), "one");
  EXPECT_EQ(trim_blanks(" \t\r\n"), "");
  EXPECT_EQ(trim_blanks(""), "");
}

}  // namespace
}  // namespace rhumb
