// Golden scenarios: a text file that tells of zones, health, questions and the replies they must
// get, in a form that an operator reads without help (tests/golden/README.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ip.h"
#include "dns/query.h"

namespace rhumb::testing {

struct GoldenHealth {
  enum class Kind : std::uint8_t { kHealthy, kUnhealthy, kOut, kBack };
  Kind kind = Kind::kHealthy;
  std::string check_id;
};

struct GoldenCase {
  std::uint32_t line = 0;             // of its `ask`
  std::vector<GoldenHealth> changes;  // before it is asked; they stay for the cases below
  // ask
  std::string name;
  std::string type;
  Class klass = Class::kIn;
  bool edns = true;
  bool dnssec_ok = false;
  bool recursion_desired = false;
  std::uint16_t udp_size = 1232;
  std::uint8_t edns_version = 0;
  Transport transport = Transport::kUdp;
  std::uint64_t entropy = 0;
  IpAddress from;
  std::optional<IpPrefix> ecs;
  // want
  std::string rcode;
  bool authoritative = false;
  bool truncated = false;
  std::string choice;        // empty: any
  std::optional<int> scope;  // none: no client subnet in the reply
  std::vector<std::string> answer;
  std::vector<std::string> authority;
  std::vector<std::string> additional;
};

struct Golden {
  std::vector<std::string> zones;  // files beside the golden one
  std::string config;              // likewise; empty: none
  std::vector<GoldenCase> cases;
};

// The error begins with FILE:LINE.
Result<Golden> read_golden(const std::string& path);

}  // namespace rhumb::testing
