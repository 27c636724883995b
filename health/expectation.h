// What a probe must bring back for its check to be healthy, for those types of check for which
// that takes more than a word. Plain values; nothing here compares.
#pragma once

#include <cstdint>
#include <string>

namespace rhumb {

// HTTP status codes first…last, both included.
struct StatusRange {
  std::uint16_t first = 200;
  std::uint16_t last = 399;

  bool operator==(const StatusRange&) const = default;
};

// DNS: what is asked, and what must come back.
struct DnsExpectation {
  std::string name;         // asked, as a wire name of lower case
  std::uint16_t type = 1;   // A
  std::uint16_t rcode = 0;  // NOERROR
  std::string rdata;        // some record of `type` must have it, names uncompressed; empty: any
  std::string value;        // `rdata` as it is written, for people

  bool operator==(const DnsExpectation&) const = default;
};

enum class Comparison : std::uint8_t {
  kLess,
  kLessOrEqual,
  kEqual,
  kNotEqual,
  kGreaterOrEqual,
  kGreater
};

enum class OnNoData : std::uint8_t { kHealthy, kUnhealthy, kLastKnown };

// PROMETHEUS: healthy when every value of the query compares so.
struct MetricExpectation {
  std::string query;  // PromQL
  Comparison comparison = Comparison::kLess;
  double limit = 0;
  OnNoData on_no_data = OnNoData::kLastKnown;

  bool operator==(const MetricExpectation&) const = default;
};

}  // namespace rhumb
