#include "server/tap_port.h"

#include <algorithm>
#include <new>

#include "server/clock.h"
#include "server/explain_words.h"
#include "server/histogram.h"

namespace rhumb {
namespace {

// Adds `part` to the text in `all`, which is `size` octets long so far, as far as there is room.
std::size_t add_part(std::span<char> all, std::size_t size, std::string_view part) {
  const std::string_view comma = size == 0 ? "" : ",";
  for (const std::string_view text : {comma, part}) {
    const std::string_view fitting = text.substr(0, all.size() - size);
    std::ranges::copy(fitting, all.begin() + static_cast<std::ptrdiff_t>(size));
    size += fitting.size();
  }
  return size;
}

}  // namespace

void TapPort::take(const View& view, const Query& query, const Outcome& outcome,
                   const TapMessages& messages) noexcept {
  const unsigned wanted = wanted_.load(std::memory_order_acquire);
  const bool samples = (wanted & kSamples) != 0;
  if (samples) ++seen_;
  const std::uint32_t granted = granted_.load(std::memory_order_relaxed);
  const bool is_sample = samples && granted != taken_;
  const bool for_collector = (wanted & kAll) != 0;
  if (!is_sample && !for_collector) return;
  TapRecord record{.asked_ns = messages.asked_ns,
                   .answered_ns = wall_clock_ns(),
                   .stands_for = is_sample ? seen_ : 0,
                   .for_collector = for_collector,
                   .transport = query.transport,
                   .rcode = outcome.rcode,
                   .client = messages.client,
                   .server = messages.server,
                   .question = messages.question,
                   .reply = messages.reply,
                   .zone = {},
                   .sets = {}};
  if (outcome.zone != Outcome::kNone) {
    record.zone = view.zones->refs()[outcome.zone].zone->info().apex.wire();
  }
  // Only a group chooses.
  const bool is_chosen = outcome.group != Outcome::kNone;
  if (is_sample && is_chosen) record.sets = chosen_sets(view, query);
  const std::span<std::uint8_t> room = ring_->reserve(packed_size(record));
  if (room.empty()) {
    if (for_collector) count_up(dropped_);
    return;
  }
  pack(record, room);
  ring_->commit();
  if (!is_sample) return;
  taken_ = granted;
  seen_ = 0;
}

// The same question with the same entropy has the same answer, and this time it is explained.
std::string_view TapPort::chosen_sets(const View& view, const Query& query) noexcept {
  Explain& explain = *::new (static_cast<void*>(&replay_->explain)) Explain;
  answer(view, query, replay_->reply, &explain);
  std::size_t size = 0;
  for (const Explain::Step& step : explain.steps()) {
    if (step.kind != Explain::Step::Kind::kGroup) continue;
    for (const Explain::Candidate& candidate : explain.candidates(step)) {
      if (!candidate.chosen) continue;
      size = add_part(replay_->sets, size, ExplainWords::set(step, candidate.set).identifier);
    }
  }
  return {replay_->sets.data(), size};
}

void TapPort::open(unsigned wanted) {
  if (ring_ == nullptr) ring_ = std::make_unique<TapRing>(kTapRingBytes);
  if ((wanted & kSamples) != 0 && replay_ == nullptr) {
    replay_ = std::make_unique_for_overwrite<Replay>();
  }
  wanted_.store(static_cast<std::uint8_t>(wanted), std::memory_order_release);
}

std::uint64_t TapPort::dropped() const noexcept { return read_count(dropped_); }

}  // namespace rhumb
