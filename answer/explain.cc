#include "answer/explain.h"

namespace rhumb {

std::uint16_t Explain::add_step(const Step& step) noexcept {
  if (step_count == kMaxSteps) {
    truncated = true;
    return kNone;
  }
  all_steps[step_count] = step;
  all_steps[step_count].first_candidate = candidate_count;
  return step_count++;
}

void Explain::add_candidate(const Candidate& candidate) noexcept {
  if (candidate_count == kMaxCandidates) {
    truncated = true;
    return;
  }
  all_candidates[candidate_count++] = candidate;
  ++last_step().candidate_count;
}

}  // namespace rhumb
