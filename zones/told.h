// Errors of one kind that are found across zones: each place is told of once, since a set of
// [A, AAAA] is in two groups and wrong once, and no more than a person wants to read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/error.h"

namespace rhumb {

// Behind so many errors of a kind no more words are suggested: looking for one takes longer than
// all the rest.
inline constexpr std::size_t kMaxSuggestions = 100;

class Told {
 public:
  // `others`: what is meant by "and 12 more".
  explicit Told(std::string_view others) : others_(others) {}

  // Whether an error at this place is to be told; then it is taken for told.
  [[nodiscard]] bool admits(const Place& place);
  // Whether what is told next may suggest a word.
  [[nodiscard]] bool may_suggest() const { return places_.size() < kMaxSuggestions; }
  // Says how many more there were.
  void finish(Diagnostics& diagnostics) const;

 private:
  std::string_view others_;
  std::unordered_set<std::string> places_;
  std::string file_;  // of the first that was not told
};

}  // namespace rhumb
