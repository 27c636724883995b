// What operators have said: overrides of checks by id, drains of labels, each until its end. A
// value without threads or clocks; it knows neither which checks there are nor how they fare, so
// that what is said outlasts the checks that it was said of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "health/machine.h"

namespace rhumb {

inline constexpr std::size_t kMaxCheckOverrides = 100'000;  // as many as there can be checks
inline constexpr std::size_t kMaxDrains = 1'024;
inline constexpr std::size_t kMaxReasonBytes = 512;
inline constexpr std::size_t kMaxLabelBytes = 4'097;  // LABEL=VALUE

// A name and its value.
using Label = std::pair<std::string, std::string>;

// "site=london"
std::string to_string(const Label& label);
// The reverse: what stands before the first `=` is the name. The error says what to write.
Result<Label> parse_label(std::string_view text);

struct CheckOverride {
  Health state = Health::kUnhealthy;     // or kHealthy
  std::optional<std::int64_t> until_ms;  // nullopt: until it is cleared
  std::string reason;

  bool operator==(const CheckOverride&) const = default;
};

struct Drain {
  std::optional<std::int64_t> until_ms;  // nullopt: until it is restored
  std::string reason;

  bool operator==(const Drain&) const = default;
};

// What a drain takes out of an edition.
struct Drained {
  std::size_t checks = 0;
  std::size_t sets = 0;
};

class Operator {
 public:
  using Overrides = std::map<std::string, CheckOverride, std::less<>>;
  using Drains = std::map<Label, Drain>;
  struct Ended {
    std::vector<std::pair<std::string, CheckOverride>> overrides;
    std::vector<std::pair<Label, Drain>> drains;
  };

  // Says it, in place of what was said before. False: there are kMaxCheckOverrides or kMaxDrains
  // others, and nothing changes.
  bool say(const std::string& id, CheckOverride said);
  bool say(const Label& label, Drain said);
  // What is taken back; nullopt: nothing was said.
  std::optional<CheckOverride> take_back(std::string_view id);
  std::optional<Drain> take_back(const Label& label);
  // Takes back what is over at `now_ms`.
  Ended end(std::int64_t now_ms);
  // No end is before this; nullopt: nothing ends.
  [[nodiscard]] std::optional<std::int64_t> next_end_ms() const { return next_end_ms_; }

  // Null: nothing is said of it.
  [[nodiscard]] const CheckOverride* find(std::string_view id) const;
  [[nodiscard]] const Drain* find(const Label& label) const;
  // The drains that something with these labels is under, in the order of its labels.
  [[nodiscard]] std::vector<Label> drains_of(std::span<const Label> labels) const;
  [[nodiscard]] bool drains(std::span<const Label> labels) const;

  [[nodiscard]] const Overrides& overrides() const { return overrides_; }
  [[nodiscard]] const Drains& drains() const { return drains_; }

 private:
  void note_end(std::optional<std::int64_t> until_ms);

  Overrides overrides_;
  Drains drains_;
  std::optional<std::int64_t> next_end_ms_;
};

// A check's verdict once an operator has had a say: a drain beats an override, and that what the
// check found.
Health overruled(Health found, const CheckOverride* override_of, bool drained);

}  // namespace rhumb
