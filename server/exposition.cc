#include "server/exposition.h"

#include <array>
#include <charconv>

namespace rhumb {
namespace {

constexpr double kNsPerSecond = 1e9;

std::string_view word(Exposition::Kind kind) {
  switch (kind) {
    case Exposition::Kind::kCounter:
      return " counter\n";
    case Exposition::Kind::kGauge:
      return " gauge\n";
    case Exposition::Kind::kHistogram:
      return " histogram\n";
  }
  return "";
}

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 24> text;
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

// As many digits as tell it from its neighbours, without an exponent.
void append_number(std::string& out, double value) {
  std::array<char, 1100> text;  // the longest of all doubles
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  out.append(text.data(), end.ptr);
}

double seconds(std::uint64_t duration_ns) {
  return static_cast<double>(duration_ns) / kNsPerSecond;
}

}  // namespace

void Exposition::family(std::string_view name, Kind kind, std::string_view help) {
  name_ = name;
  out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
  out_.append("# TYPE ").append(name).append(word(kind));
}

void Exposition::sample(Labels labels, std::uint64_t value) {
  start({}, labels);
  append_number(out_, value);
  out_ += '\n';
}

void Exposition::sample(Labels labels, double value) {
  start({}, labels);
  append_number(out_, value);
  out_ += '\n';
}

// Buckets of the format hold all that are smaller too.
void Exposition::histogram(Labels labels, const Durations& durations) {
  std::uint64_t count = 0;
  std::string bound;
  for (std::size_t i = 0; i <= durations.bounds_ns.size(); ++i) {
    count += durations.counts[i];
    bound.clear();
    if (i < durations.bounds_ns.size()) {
      append_number(bound, seconds(durations.bounds_ns[i]));
    } else {
      bound = "+Inf";
    }
    start("_bucket", labels, bound);
    append_number(out_, count);
    out_ += '\n';
  }
  start("_sum", labels);
  append_number(out_, seconds(durations.sum_ns));
  out_ += '\n';
  start("_count", labels);
  append_number(out_, count);
  out_ += '\n';
}

// The line up to its value. `bound` is of a bucket.
void Exposition::start(std::string_view suffix, Labels labels, std::string_view bound) {
  out_.append(name_).append(suffix);
  char before = '{';
  for (const MetricLabel& each : labels) {
    label(each, before);
    before = ',';
  }
  if (!bound.empty()) {
    label({"le", bound}, before);
    before = ',';
  }
  out_ += before == '{' ? " " : "} ";
}

void Exposition::label(const MetricLabel& label, char before) {
  out_ += before;
  out_.append(label.name).append("=\"");
  for (const char c : label.value) {
    if (c == '\\' || c == '"') out_ += '\\';
    if (c == '\n') {
      out_ += "\\n";
    } else {
      out_ += c;
    }
  }
  out_ += '"';
}

}  // namespace rhumb
