#include "health/check.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

TEST(CheckSpec, HasTheDefaultsOfTheContract) {
  const CheckSpec spec;
  EXPECT_EQ(spec.path, "/");
  EXPECT_EQ(spec.method, "GET");
  EXPECT_EQ(spec.expected_status, (std::vector<StatusRange>{{200, 399}}));
  EXPECT_TRUE(spec.verify_tls);
  EXPECT_EQ(spec.interval_ms, 10'000);
  EXPECT_EQ(spec.timeout_ms, 2'000);
  EXPECT_EQ(spec.failure_threshold, 3U);
  EXPECT_EQ(spec.success_threshold, 2U);
  EXPECT_EQ(spec.recheck_interval_ms, 1'000);
  EXPECT_EQ(spec.hold_down_ms, 30'000);
  EXPECT_EQ(spec.recovery, Recovery::kAuto);
  EXPECT_EQ(spec.initial_state, InitialState::kProbe);
  EXPECT_FALSE(spec.disabled);
  EXPECT_FALSE(spec.inverted);
}

TEST(CheckSpec, IsTheSameWhenItOnlyMovedInItsFile) {
  CheckSpec spec;
  spec.origin.place = {"blog.yaml", 4, 3};
  CheckSpec moved = spec;
  moved.origin.place = {"blog.yaml", 9, 3};
  EXPECT_EQ(spec, moved);
}

TEST(CheckSpec, DiffersWhenAnyFieldDoes) {
  const CheckSpec spec;
  CheckSpec other = spec;
  other.path = "/healthz";
  EXPECT_NE(spec, other);
  other = spec;
  other.expected_status = {{200, 200}};
  EXPECT_NE(spec, other);
  other = spec;
  other.labels = {{"site", "london"}};
  EXPECT_NE(spec, other);
}

TEST(CheckSpec, TakesItsPortFromItsTypeUnlessNamed) {
  CheckSpec spec;
  spec.type = CheckType::kHttp;
  EXPECT_EQ(port_of(spec), 80);
  spec.type = CheckType::kHttps;
  EXPECT_EQ(port_of(spec), 443);
  spec.type = CheckType::kTcp;
  EXPECT_EQ(port_of(spec), 0);
  spec.port = 8080;
  EXPECT_EQ(port_of(spec), 8080);
}

TEST(CheckType, IsNamedAsItIsWritten) {
  EXPECT_EQ(to_string(CheckType::kHttp), "HTTP");
  EXPECT_EQ(to_string(CheckType::kPrometheus), "PROMETHEUS");
  EXPECT_EQ(to_string(CheckType::kCalculated), "CALCULATED");
}

TEST(CheckType, HasAnAddressOfItsOwnOrNot) {
  EXPECT_TRUE(has_address(CheckType::kHttp));
  EXPECT_TRUE(has_address(CheckType::kGrpc));
  EXPECT_FALSE(has_address(CheckType::kExec));
  EXPECT_FALSE(has_address(CheckType::kPrometheus));
  EXPECT_FALSE(has_address(CheckType::kPush));
}

}  // namespace
}  // namespace rhumb
