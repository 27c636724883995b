// Steering is: order, filter, take. A policy puts the sets of a group in an order of preference,
// the dead are dropped, the first is taken. Health is one bit a set, computed before anyone asked.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "answer/view.h"
#include "zones/zone.h"

namespace rhumb {

// How an answer was chosen.
enum class Choice : std::uint8_t {
  kStatic,      // no group was asked
  kPreferred,   // what the policy wants when all are alive
  kDegraded,    // a better candidate was dead
  kLastResort,  // none was alive and health was ignored
  kNoData,    // none was alive and the group says so, or the chosen set has no values of this type
  kServFail,  // none was alive and the group says so
};

// Up to maxAnswers sets that together make the answer's one RRset, in the order of the reply.
struct Steered {
  Choice choice = Choice::kPreferred;
  int count = 0;
  std::array<std::uint16_t, kMaxSetsPerGroup>
      sets;  // indices into the group's sets; the first `count` are set
};

// Chooses among the sets of `group` in `zone`. `entropy` decides every draw.
void steer(const View& view, const ZoneRef& zone, const Group& group, std::uint64_t entropy,
           Steered& steered) noexcept;

}  // namespace rhumb
