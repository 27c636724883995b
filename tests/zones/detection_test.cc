#include "zones/detection.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

CheckSpec probed(const std::string& id, std::int64_t interval_ms) {
  CheckSpec check;
  check.id = id;
  check.interval_ms = interval_ms;
  check.timeout_ms = 100;
  check.failure_threshold = 1;
  return check;
}

CheckSpec calculated(const std::string& id, const std::vector<std::string>& children) {
  CheckSpec check;
  check.id = id;
  check.type = CheckType::kCalculated;
  check.children = children;
  return check;
}

Detections detections_of(const std::vector<CheckSpec>& checks) {
  Detections::Numbers numbers;
  for (std::size_t i = 0; i < checks.size(); ++i) numbers.emplace(checks[i].id, i);
  return {CheckRefs(checks), numbers};
}

TEST(Detection, TakesAnIntervalAndAsManyProbesAsFlipACheck) {
  CheckSpec check;
  EXPECT_EQ(detection_ms(check), 10'000 + 3 * 2'000 + 2 * 1'000);
  check.interval_ms = 500;
  check.timeout_ms = 100;
  check.failure_threshold = 1;
  EXPECT_EQ(detection_ms(check), 600);
  check.failure_threshold = 2;
  EXPECT_EQ(detection_ms(check), 500 + 2 * 100 + 500);
}

TEST(Detection, TakesAsLongAsAPushIsWaitedFor) {
  CheckSpec check;
  check.type = CheckType::kPush;
  check.expires_after_ms = 90'000;
  EXPECT_EQ(detection_ms(check), 90'000);
}

TEST(Detection, IsNotMadeByASwitchOrADisabledCheck) {
  CheckSpec check;
  check.disabled = true;
  EXPECT_EQ(detection_ms(check), std::nullopt);
  check.disabled = false;
  check.type = CheckType::kSwitch;
  EXPECT_EQ(detection_ms(check), std::nullopt);
}

TEST(Detection, TakesAsLongAsTheSlowestChildHoweverDeep) {
  CheckSpec off = probed("off", 9'000);
  off.disabled = true;
  const Detections found = detections_of(
      {calculated("top", {"a", "mid", "off"}), probed("a", 1'000), calculated("mid", {"b", "none"}),
       probed("b", 2'000), off, calculated("again", {"mid", "a"}), calculated("empty", {"off"})});
  EXPECT_EQ(found.of(0), 2'100);
  EXPECT_EQ(found.of(1), 1'100);
  EXPECT_EQ(found.of(2), 2'100);
  EXPECT_EQ(found.of(5), 2'100);
  EXPECT_EQ(found.of(6), std::nullopt);
}

}  // namespace
}  // namespace rhumb
