// Steering is: order, filter, take. A policy puts the sets of a group in an order of preference,
// the dead are dropped, the first is taken. Health is one bit a set, computed before anyone asked.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "answer/client.h"
#include "answer/view.h"
#include "zones/zone_set.h"

namespace rhumb {

struct Explain;

// How an answer was chosen; the later, the worse.
enum class Choice : std::uint8_t {
  kStatic,      // no group was asked
  kPreferred,   // what the policy wants when all are alive
  kDegraded,    // a better candidate was dead
  kLastResort,  // none was alive and health was ignored
  kNoData,      // none was alive and the group says so, none suits the client, or what was chosen
                // has no values of this type
  kServFail,    // none was alive and the group says so
};

// Up to maxAnswers sets, in no order that counts but for sticky groups.
struct Steered {
  Choice choice = Choice::kPreferred;
  int count = 0;
  std::array<std::uint16_t, kMaxSetsPerGroup>
      sets;  // indices into the group's sets; the first `count` are set

  [[nodiscard]] std::span<const std::uint16_t> taken() const {
    return std::span(sets).first(static_cast<std::size_t>(count));
  }
};

// Chooses among the sets of `group` in `zone`, which may be aliases or have no values. `entropy`
// decides every draw. The last step of `explain`, if there is one, is made to tell of this group.
void steer(const View& view, const ZoneRef& zone, const Group& group, Client& client,
           std::uint64_t entropy, Steered& steered, Explain* explain = nullptr) noexcept;

}  // namespace rhumb
