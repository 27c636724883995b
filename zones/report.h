// What is found wrong in one zone's data, on its way into Diagnostics: with the file's name for its
// number, and of each kind no more than a person wants to read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "zones/builder.h"

namespace rhumb {

// The place with the file's name; without one when `sources` has no such file.
[[nodiscard]] Place place_of(const std::vector<SourceFile>& sources, RecordPlace place);

enum class Finding : std::uint8_t {
  kBroken,     // error: a rule about zones, sets or groups
  kOutOfZone,  // error: an owner that is not in the zone
  kHidden,     // warning: data that no query can reach
  kTtl,        // warning: TTLs that differ in one set
  kTarget,     // warning: a name server that cannot be reached by its name
  kMailbox,    // warning: a mail address that was not written as a name
};

inline constexpr std::size_t kMaxErrorsOfKind = 1000;
inline constexpr std::size_t kMaxWarningsOfKind = 10;

class Report {
 public:
  // Borrows both.
  Report(const std::vector<SourceFile>& sources, Diagnostics& diagnostics);
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() = default;

  void add(Finding kind, RecordPlace place, std::string message);
  // Says how many more there were of each kind.
  void finish();

  [[nodiscard]] std::string place_text(RecordPlace place) const;
  [[nodiscard]] bool has_errors() const { return has_errors_; }

 private:
  const std::vector<SourceFile>& sources_;
  Diagnostics& diagnostics_;
  std::array<std::size_t, 6> counts_{};  // by kind
  bool has_errors_ = false;
};

}  // namespace rhumb
