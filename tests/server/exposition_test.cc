#include "server/exposition.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace rhumb {
namespace {

TEST(Exposition, AFamilyHasHelpAndTypeBeforeItsSamples) {
  std::string text;
  Exposition out(text);
  out.family("things_total", Exposition::Kind::kCounter, "Things.");
  out.sample({{"kind", "good"}, {"size", "small"}}, std::uint64_t{7});
  out.family("share", Exposition::Kind::kGauge, "A share.");
  out.sample({}, 0.25);
  EXPECT_EQ(text,
            "# HELP things_total Things.\n"
            "# TYPE things_total counter\n"
            "things_total{kind=\"good\",size=\"small\"} 7\n"
            "# HELP share A share.\n"
            "# TYPE share gauge\n"
            "share 0.25\n");
}

TEST(Exposition, LabelValuesAreEscaped) {
  std::string text;
  Exposition out(text);
  out.family("x", Exposition::Kind::kGauge, "X.");
  text.clear();
  out.sample({{"id", "a\"b\\c\nd\xC3\xA9"}}, std::uint64_t{1});
  EXPECT_EQ(text, "x{id=\"a\\\"b\\\\c\\nd\xC3\xA9\"} 1\n");
}

TEST(Exposition, NumbersLoseNothing) {
  std::string text;
  Exposition out(text);
  out.family("x", Exposition::Kind::kGauge, "X.");
  text.clear();
  out.sample({}, std::uint64_t{18446744073709551615U});
  out.sample({}, 1764362748.125);
  EXPECT_EQ(text, "x 18446744073709551615\nx 1764362748.125\n");
}

TEST(Exposition, ABucketHoldsAllThatIsSmallerToo) {
  static constexpr std::array<std::uint64_t, 2> kBounds = {5'000, 1'000'000'000};
  Histogram histogram(kBounds);
  histogram.observe(5'000, 3);
  histogram.observe(5'001);
  histogram.observe(2'000'000'000, 2);
  std::string text;
  Exposition out(text);
  out.family("took_seconds", Exposition::Kind::kHistogram, "Took.");
  text.clear();
  out.histogram({{"type", "a"}}, histogram.read());
  EXPECT_EQ(text,
            "took_seconds_bucket{type=\"a\",le=\"0.000005\"} 3\n"
            "took_seconds_bucket{type=\"a\",le=\"1\"} 4\n"
            "took_seconds_bucket{type=\"a\",le=\"+Inf\"} 6\n"
            "took_seconds_sum{type=\"a\"} 4.000020001\n"
            "took_seconds_count{type=\"a\"} 6\n");
}

TEST(Exposition, DurationsOfThreadsAddUp) {
  static constexpr std::array<std::uint64_t, 1> kBounds = {10};
  Histogram one(kBounds);
  Histogram other(kBounds);
  one.observe(10, 16);
  other.observe(11);
  Durations sum;
  sum.add(one.read());
  sum.add(other.read());
  EXPECT_EQ(sum.counts[0], 16U);
  EXPECT_EQ(sum.counts[1], 1U);
  EXPECT_EQ(sum.sum_ns, 171U);
}

}  // namespace
}  // namespace rhumb
