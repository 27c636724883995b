// Any bytes as what an operator sends, and as a label: read without harm and within the limits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/operator.h"
#include "server/operator_body.h"

namespace rhumb {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Result<OperatorBody>& body) {
  if (!body.ok()) return require(!body.error().empty());
  require(body.value().reason.size() <= kMaxReasonBytes);
  require(!body.value().for_ms || (*body.value().for_ms > 0 && *body.value().for_ms <= kMaxForMs));
}

}  // namespace
}  // namespace rhumb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  rhumb::check(rhumb::read_override_body(text));
  rhumb::check(rhumb::read_drain_body(text));
  const auto label = rhumb::parse_label(text);
  if (label.ok()) rhumb::require(rhumb::to_string(label.value()) == text);
  return 0;
}
