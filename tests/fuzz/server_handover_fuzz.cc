// Any bytes as a message between a server and the one that takes its place: refused with a reason,
// or read, and written again as what says the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/handover.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  const auto message = rhumb::read_handover(text);
  if (!message.ok()) {
    if (message.error().empty()) std::abort();
    return 0;
  }
  if (message.value().reason.size() > rhumb::kMaxHandoverReason) std::abort();
  const auto again = rhumb::read_handover(rhumb::write_handover(message.value()));
  if (!again.ok() || again.value() != message.value()) std::abort();
  return 0;
}
