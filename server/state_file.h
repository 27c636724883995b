// Saved states as text: a line of JSON for each thing that is kept, between a first line with the
// version and a last one with the number of lines, so that a file that was cut short is seen. The
// reader takes any bytes and believes a file as a whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/saved_state.h"

namespace rhumb {

inline constexpr int kStateVersion = 1;
inline constexpr std::size_t kMaxStateSizeBytes = std::size_t{256} << 20U;
inline constexpr std::size_t kMaxStateLineBytes = std::size_t{64} << 10U;
// A longer reason is cut when it is written.
inline constexpr std::size_t kMaxSavedReasonBytes = 4096;

std::string write_state(const SavedState& state);

struct ReadState {
  SavedState state;
  std::string wrong;           // empty: nothing; else the state is empty
  std::uint32_t line = 0;      // that it stands in; 0: in none
  std::uint32_t too_long = 0;  // the first line that was passed over for its length; 0: none was
};

// Anything that is not as write_state() writes it is wrong. Of a line in the middle that is too
// long no more is asked than that it counts as one.
ReadState read_state(std::string_view text);

}  // namespace rhumb
