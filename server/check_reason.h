// Why a check says what it says, in words for a person on call: pure functions, and bounded.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "health/machine.h"
#include "server/last_probe.h"

namespace rhumb {

// Children of a CALCULATED check that are named, and octets of the id and the reason of each.
inline constexpr std::size_t kMaxChildrenNamed = 3;
inline constexpr std::size_t kMaxChildIdShown = 48;
inline constexpr std::size_t kMaxChildReasonShown = 80;

// Of a check that follows from no others: "status 200", "connection refused; failure 1 of 3",
// "disabled: always healthy", "default healthy", "inverted: its probe succeeded: status 200".
std::string own_reason(const CheckSpec& spec, const CheckState& state,
                       const std::optional<LastProbe>& last);

// How the children of a CALCULATED check are.
struct ChildrenFound {
  struct Child {
    std::string id;
    std::string reason;
  };
  std::size_t healthy = 0;
  std::size_t undecided = 0;       // of the healthy
  std::vector<Child> unhealthy{};  // the first of them
  std::size_t more = 0;            // further ones that are unhealthy
};

// "1 of 3 children healthy"
std::string children_counted(const CheckSpec& spec, std::size_t healthy);
// "1 of 3 children healthy, needs 2; unhealthy: london (connection refused), paris (override)"
std::string children_reason(const CheckSpec& spec, const ChildrenFound& found);

}  // namespace rhumb
