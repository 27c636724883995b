// What rhumb.yaml says of the tap on questions and answers.
#pragma once

#include <cstdint>
#include <string>

namespace rhumb {

struct TapConfig {
  std::string socket;                // of the dnstap collector; empty: there is none
  std::string identity;              // that it is told; empty: none
  std::uint32_t log_per_second = 0;  // lines of the query log; 0: there is none

  [[nodiscard]] bool is_on() const { return !socket.empty() || log_per_second > 0; }
  bool operator==(const TapConfig&) const = default;
};

}  // namespace rhumb
