// Writes the text that Prometheus reads (exposition format 0.0.4): families, samples, escapes and
// numbers. It knows no metric.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "server/histogram.h"

namespace rhumb {

inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

struct MetricLabel {
  std::string_view name;
  std::string_view value;  // any octets
};
using Labels = std::initializer_list<MetricLabel>;

class Exposition {
 public:
  enum class Kind : std::uint8_t { kCounter, kGauge, kHistogram };

  // Appends to `out`, which is borrowed, as `name` is by family().
  explicit Exposition(std::string& out) : out_(out) {}

  // Begins a metric; the samples that follow are its.
  void family(std::string_view name, Kind kind, std::string_view help);
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);
  // Its buckets, sum and count.
  void histogram(Labels labels, const Durations& durations);

 private:
  void start(std::string_view suffix, Labels labels, std::string_view bound = {});
  void label(const MetricLabel& label, char before);

  std::string& out_;
  std::string_view name_;
};

}  // namespace rhumb
