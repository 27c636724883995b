#include "zones/counter_slots.h"

namespace rhumb {

std::uint32_t CounterSlots::take(const Name& apex) {
  if (limit_ == 0) return kShared;
  const std::string text = to_string(apex.lower());
  const auto known = slots_.find(text);
  if (known != slots_.end()) return known->second;
  if (apexes_.size() >= limit_) return kShared;
  apexes_.push_back(text);
  const auto slot = static_cast<std::uint32_t>(apexes_.size());
  slots_.emplace(text, slot);
  return slot;
}

}  // namespace rhumb
