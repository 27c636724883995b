#include "server/probe_key.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

CheckSpec london() {
  CheckSpec spec;
  spec.id = "london";
  spec.address = "192.0.2.10";
  return spec;
}

TEST(ProbeKey, IsTheSameForChecksThatDifferInWhatAProbeDoesNotKnow) {
  CheckSpec other = london();
  other.id = "paris";
  other.labels = {{"site", "paris"}};
  other.inverted = true;
  other.interval_ms = 60'000;
  other.failure_threshold = 9;
  other.hold_down_ms = 0;
  EXPECT_EQ(probe_key(london()), probe_key(other));
  EXPECT_TRUE(is_same_probe(london(), other));
}

TEST(ProbeKey, DiffersWithWhatIsAskedOrExpected) {
  CheckSpec port = london();
  port.port = 8080;
  EXPECT_NE(probe_key(london()), probe_key(port));
  CheckSpec status = london();
  status.expected_status = {{204, 204}};
  CheckSpec headers = london();
  headers.headers = {{"X-Probe", "yes"}};
  CheckSpec timeout = london();
  timeout.timeout_ms = 100;
  for (const CheckSpec& other : {port, status, headers, timeout}) {
    EXPECT_FALSE(is_same_probe(london(), other));
  }
}

TEST(ProbeKey, ACommandIsToldTheId) {
  CheckSpec exec = london();
  exec.type = CheckType::kExec;
  CheckSpec other = exec;
  other.id = "paris";
  EXPECT_FALSE(is_same_probe(exec, other));
}

}  // namespace
}  // namespace rhumb
