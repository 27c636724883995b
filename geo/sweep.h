// Walks several lists of stretches side by side: each address range over which all of them stay
// the same, once and in rising order. Knows nothing of what the lists hold.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "geo/networks.h"
#include "geo/place_table.h"

namespace rhumb {

inline std::uint32_t number_in(const PlaceStretch& stretch) { return stretch.place; }
inline std::uint32_t number_in(const NetworkStretch& stretch) { return stretch.network; }

// One list. Where it is empty, its number is 0.
template <typename Stretch>
class SweepCursor {
 public:
  // Requires: the stretches rise, from 0.
  explicit SweepCursor(std::span<const Stretch> stretches) : stretches_(stretches) {}

  [[nodiscard]] std::uint32_t number() const {
    return stretches_.empty() ? 0 : number_in(stretches_[at_]);
  }
  // Makes `until` the start of the next stretch if that comes first.
  void bound(std::optional<AddressNumber>& until) const {
    if (at_ + 1 >= stretches_.size()) return;
    const AddressNumber start = stretches_[at_ + 1].first;
    if (!until || start < *until) until = start;
  }
  // Requires: no start was passed over.
  void move_to(AddressNumber address) {
    if (at_ + 1 < stretches_.size() && stretches_[at_ + 1].first == address) ++at_;
  }

 private:
  std::span<const Stretch> stretches_;
  std::size_t at_ = 0;
};

// Calls `visit(first, numbers...)` with the number of each cursor, in their order.
template <typename Visit, typename... Cursors>
void sweep(Visit visit, Cursors... cursors) {
  std::optional<AddressNumber> at = AddressNumber{};
  while (at) {
    visit(*at, cursors.number()...);
    std::optional<AddressNumber> until;
    (cursors.bound(until), ...);
    if (until) (cursors.move_to(*until), ...);
    at = until;
  }
}

}  // namespace rhumb
