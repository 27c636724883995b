// What a person should know of zones that load without error: warnings on their way into
// Diagnostics, each kind once a place, and of each kind no more in a file than one wants to read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/error.h"

namespace rhumb {

enum class Advice : std::uint8_t {
  kNoPrimary,    // failover with SECONDARY sets alone
  kNoDefault,    // a client may suit no set
  kNeverChosen,  // a set behind one that is always alive with it
  kUncheckedPrimary,
  kZeroWeights,
  kCommitted,      // an alias that leads to what may be dead
  kUnknownPlace,   // a choice by place without a way to know places
  kLongTtl,        // caches outlast what a check finds
  kSeveralValues,  // behind one check
  kOtherAddress,   // a check asks what is not answered
  kHint,           // of an HTTPS or SVCB record, beside routed addresses
  kFamilies,       // A and AAAA that differ
  kUnusedCheck,
  kDisabledCheck,
  kFixedCheck,  // a CALCULATED one whose verdict cannot change
  kWeakSwitch,  // one that its check does without
  kEarlyDays,   // minDaysLeft before the renewal
};

inline constexpr std::size_t kMaxAdviceOfKind = 10;  // in a file

class AdviceLog {
 public:
  // Borrows it.
  explicit AdviceLog(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}
  AdviceLog(const AdviceLog&) = delete;
  AdviceLog& operator=(const AdviceLog&) = delete;
  ~AdviceLog() = default;

  // Nothing when this place has had this advice: a set of [A, AAAA] is in two groups.
  void add(Advice kind, const Place& place, std::string message);
  // Says how many more there were of each kind.
  void finish();

 private:
  Diagnostics& diagnostics_;
  std::unordered_set<std::string> told_;                          // kind and place
  std::map<std::pair<std::string, Advice>, std::size_t> counts_;  // by file and kind
};

}  // namespace rhumb
