#include "zones/master_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// LINE:TEXT, with a > for an entry that starts blank and what is wrong behind a !.
std::vector<std::string> scan(std::string_view text) {
  std::vector<std::string> entries;
  MasterScanner scanner(text);
  while (const auto entry = scanner.next()) {
    std::string shown = std::to_string(entry->line) + (entry->starts_blank ? ">" : ":");
    shown += entry->text;
    if (!entry->problem.empty()) shown.append("!").append(entry->problem);
    entries.push_back(shown);
  }
  return entries;
}

TEST(MasterScanner, FindsNothingInNothing) {
  EXPECT_THAT(scan(""), IsEmpty());
  EXPECT_THAT(scan("\n\r\n \t\n; a\n  ; b\n()\n( ; c\n )"), IsEmpty());
}

TEST(MasterScanner, TakesAnEntryALine) {
  EXPECT_THAT(scan("a b\nc\td \n e"), ElementsAre("1:a b", "2:c\td", "3>e"));
}

TEST(MasterScanner, TakesCommentsAway) {
  EXPECT_THAT(scan("a;b\nc \";\" \\; ;d"), ElementsAre("1:a", "2:c \";\" \\;"));
}

TEST(MasterScanner, TakesCarriageReturnsAway) {
  EXPECT_THAT(scan("a\r\nb ( c\r\n d )\r\n"), ElementsAre("1:a", "2:b   c\r  d"));
}

TEST(MasterScanner, JoinsTheLinesInParentheses) {
  EXPECT_THAT(scan("a (b; x )\n c(\"(\") d)\ne"), ElementsAre("1:a  b  c \"(\"  d", "3:e"));
}

TEST(MasterScanner, GoesOnAfterAProblem) {
  EXPECT_THAT(scan("a \"b\nc ( \"d\n e )\nf )\ng\\\nh"),
              ElementsAre("1:a \"b!a quote is not closed on its line",
                          "2:c   \"d  e!a quote is not closed on its line",
                          "4:f!a closing parenthesis has no opening one",
                          "5:g\\!a backslash ends the line", "6:h"));
}

TEST(MasterScanner, SkipsAByteOrderMark) {
  EXPECT_THAT(scan("\xEF\xBB\xBF"
                   "a"),
              ElementsAre("1:a"));
}

}  // namespace
}  // namespace rhumb
