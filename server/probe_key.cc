#include "server/probe_key.h"

#include <span>
#include <string_view>

#include "base/hash.h"

namespace rhumb {
namespace {

std::uint64_t with_text(std::uint64_t key, std::string_view text) {
  // NOLINTNEXTLINE: text as bytes
  return hash_bytes(key, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

// All that a probe does not depend on is as in a new spec; a field that is not named here counts.
CheckSpec probed_part(CheckSpec spec) {
  const CheckSpec plain;
  if (spec.type != CheckType::kExec) spec.id = plain.id;  // a command is told the id
  spec.labels = plain.labels;
  spec.disabled = plain.disabled;
  spec.inverted = plain.inverted;
  forget_pace(spec);
  return spec;
}

}  // namespace

std::uint64_t probe_key(const CheckSpec& spec) {
  std::uint64_t key = mix(static_cast<std::uint64_t>(spec.type), spec.port);
  for (const std::string_view text :
       {std::string_view(spec.address), std::string_view(spec.host), std::string_view(spec.path),
        std::string_view(spec.body_contains), std::string_view(spec.service),
        std::string_view(spec.metric.query), std::string_view(spec.dns.name)}) {
    if (!text.empty()) key = with_text(key, text);
  }
  for (const std::string& word : spec.command) key = with_text(key, word);
  return mix(key, static_cast<std::uint64_t>(spec.timeout_ms));
}

bool is_same_probe(const CheckSpec& left, const CheckSpec& right) {
  return &left == &right || probed_part(left) == probed_part(right);
}

}  // namespace rhumb
