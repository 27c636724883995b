#include "base/error.h"

#include <gtest/gtest.h>

#include <memory>

namespace rhumb {
namespace {

TEST(Place, PrintsOnlyWhatIsKnown) {
  EXPECT_EQ(to_string(Place{}), "");
  EXPECT_EQ(to_string(Place{"blog.yaml"}), "blog.yaml");
  EXPECT_EQ(to_string(Place{"blog.yaml", 7}), "blog.yaml:7");
  EXPECT_EQ(to_string(Place{"blog.yaml", 7, 3}), "blog.yaml:7:3");
}

TEST(Place, LeavesOutAColumnWithoutALine) {
  EXPECT_EQ(to_string(Place{"blog.yaml", 0, 3}), "blog.yaml");
}

TEST(Diagnostic, PrintsPlaceSeverityAndMessage) {
  EXPECT_EQ(to_string(Diagnostic{Severity::kError, {"blog.yaml", 7, 3}, "unknown key"}),
            "blog.yaml:7:3: error: unknown key");
  EXPECT_EQ(to_string(Diagnostic{Severity::kWarning, {"blog.zone", 2}, "write a final dot?"}),
            "blog.zone:2: warning: write a final dot?");
}

TEST(Diagnostic, BeginsWithItsSeverityWhenThePlaceIsUnknown) {
  EXPECT_EQ(to_string(Diagnostic{Severity::kError, {}, "no zone"}), "error: no zone");
}

TEST(Diagnostics, StartsWithoutErrors) {
  const Diagnostics found;
  EXPECT_FALSE(found.has_errors());
  EXPECT_TRUE(found.all().empty());
}

TEST(Diagnostics, DoesNotCountWarningsAsErrors) {
  Diagnostics found;
  found.warn({"a.yaml", 1}, "odd");
  EXPECT_FALSE(found.has_errors());
  EXPECT_EQ(found.all().size(), 1U);
}

TEST(Diagnostics, KeepsTheOrderInWhichThingsWereFound) {
  Diagnostics found;
  found.warn({"a.yaml", 9}, "first");
  found.error({"a.yaml", 1}, "second");
  const std::vector<Diagnostic> expected = {
      {Severity::kWarning, {"a.yaml", 9}, "first"},
      {Severity::kError, {"a.yaml", 1}, "second"},
  };
  EXPECT_EQ(found.all(), expected);
}

TEST(Diagnostics, SortsByPlaceWithinEachFile) {
  Diagnostics found;
  found.error({"b.yaml", 0}, "1");
  found.error({"b.yaml", 10, 2}, "2");
  found.warn({"a.yaml", 3}, "3");
  found.error({"b.yaml", 9, 7}, "4");
  found.warn({"b.yaml", 10, 1}, "5");
  found.error({"b.yaml", 9, 7}, "6");
  found.sort_by_place();
  std::string order;
  for (const Diagnostic& diagnostic : found.all()) order += diagnostic.message;
  EXPECT_EQ(order, "465213");
}

TEST(Diagnostics, AppendTakesOverFindingsAndTheirErrorCount) {
  Diagnostics found;
  found.error({"a.yaml", 1}, "one");
  Diagnostics other;
  other.error({"b.yaml", 1}, "two");
  other.warn({"b.yaml", 2}, "three");
  found.append(std::move(other));
  EXPECT_EQ(found.error_count(), 2U);
  ASSERT_EQ(found.all().size(), 3U);
  EXPECT_EQ(found.all().back().message, "three");
}

TEST(Result, HoldsAValue) {
  const Result<int> result = 7;
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value(), 7);
}

TEST(Result, HoldsAnError) {
  const Result<int> result = Error{"no such file"};
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), "no such file");
}

TEST(Result, TellsAStringValueFromAnError) {
  const Result<std::string> result = std::string("text");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value(), "text");
}

TEST(Result, GivesAwayAValueThatOnlyMoves) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

}  // namespace
}  // namespace rhumb
