// Any bytes as a saved state: either read as a whole, and written as a text that says the same, or
// nothing but what is wrong. What is believed of it is within its bounds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/saved_state.h"
#include "server/state_file.h"

namespace rhumb {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const SavedState& state) {
  const ReadState again = read_state(write_state(state));
  require(again.wrong.empty() && again.state == state);
  constexpr std::int64_t kNow = 1'700'000'000'000;
  for (const SavedCheck& check : believable(state, kNow).checks) {
    require(check.state.since_ms >= 0 && check.state.since_ms <= kNow);
    require(!check.last || check.last->at_ms <= kNow);
  }
  require(moved_by(state, 0) == state);
}

}  // namespace
}  // namespace rhumb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  const rhumb::ReadState read = rhumb::read_state(text);
  if (read.wrong.empty()) {
    rhumb::check(read.state);
  } else {
    rhumb::require(read.state == rhumb::SavedState());
  }
  return 0;
}
