// Where each zone is counted: by its apex it keeps one slot over all reloads, and a slot is never
// another's. The zones past the limit share one. A plain value, handed on from edition to edition;
// it counts nothing itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "dns/name.h"

namespace rhumb {

class CounterSlots {
 public:
  static constexpr std::uint32_t kShared = 0;

  // `limit` zones have a slot of their own.
  explicit CounterSlots(std::uint32_t limit = 0) : limit_(limit) {}
  // That of the apex, which takes the next one if it has none; kShared when all are taken.
  std::uint32_t take(const Name& apex);
  [[nodiscard]] std::uint32_t limit() const { return limit_; }
  // Presentation forms; the zone of apexes()[i] has slot 1 + i.
  [[nodiscard]] std::span<const std::string> apexes() const { return apexes_; }

 private:
  std::uint32_t limit_;
  std::vector<std::string> apexes_;
  std::unordered_map<std::string, std::uint32_t> slots_;  // by lower-case presentation form
};

}  // namespace rhumb
