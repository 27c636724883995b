#include "dns/writer.h"

#include <algorithm>

#include "dns/folded_name.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxPointer = 0x3FFF;  // 14 bits of offset (RFC 1035 §4.1.4)
constexpr std::uint16_t kPointerBits = 0xC000;

bool same_octets(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

// Whether the name at `at` in `message`, which may end in pointers, is the uncompressed `name`.
// Ends because a pointer leads back and a label uses up some of `name`.
bool is_name_at(std::span<const std::uint8_t> message, std::size_t at,
                std::span<const std::uint8_t> name) {
  while (at < message.size()) {
    const std::size_t size = message[at];
    if (size > static_cast<std::size_t>(kMaxLabelSize)) {
      if (size < 0xC0 || at + 1 == message.size()) return false;
      const std::size_t to = (size & 0x3FU) << 8U | message[at + 1];
      if (to >= at) return false;
      at = to;
      continue;
    }
    if (size != name.front()) return false;
    if (size == 0) return true;
    const std::size_t next = size + 1;
    if (next >= name.size() || next > message.size() - at) return false;
    if (!same_octets(message.subspan(at, next), name.first(next))) return false;
    at += next;
    name = name.subspan(next);
  }
  return false;
}

}  // namespace

void Writer::name(std::span<const std::uint8_t> wire) noexcept {
  const std::size_t start = at_;
  std::size_t at = 0;
  std::optional<std::uint16_t> target;
  while (wire[at] != 0 && !(target = find(wire.subspan(at)))) at += wire[at] + std::size_t{1};
  if (!take(at + (target ? 2 : 1))) return;
  std::ranges::copy(wire.first(at), out_.data() + start);
  if (target) {
    put_u16(at_ - 2, static_cast<std::uint16_t>(kPointerBits | *target));
  } else {
    out_[at_ - 1] = 0;
  }
  remember_name(start);
}

void Writer::plain_name(std::span<const std::uint8_t> wire) noexcept {
  const std::size_t start = at_;
  bytes(wire);
  remember_name(start);
}

void Writer::remember_name(std::size_t at) noexcept {
  while (at < at_ && at <= kMaxPointer && targets_ < kMaxTargets) {
    const std::size_t size = out_[at];
    if (size == 0 || size > static_cast<std::size_t>(kMaxLabelSize)) return;
    target_[static_cast<std::size_t>(targets_++)] = static_cast<std::uint16_t>(at);
    at += size + 1;
  }
}

void Writer::rewind(Mark mark) noexcept {
  assert(mark.at <= at_ && mark.targets <= targets_);
  at_ = mark.at;
  targets_ = mark.targets;
  ok_ = true;
}

// Where `suffix` stands already.
std::optional<std::uint16_t> Writer::find(std::span<const std::uint8_t> suffix) const {
  for (const std::uint16_t at : std::span(target_).first(static_cast<std::size_t>(targets_))) {
    if (is_name_at(written(), at, suffix)) return at;
  }
  return std::nullopt;
}

}  // namespace rhumb
