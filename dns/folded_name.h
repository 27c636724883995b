// Names as they are looked up: lower-case, with the hash of every suffix, so that one pass over a
// question serves the tables of zones and of names alike. Never follows compression pointers, and
// allocates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rhumb {

inline constexpr int kMaxNameSize = 255;  // octets with the root's (RFC 1035 §2.3.4)
inline constexpr int kMaxLabelSize = 63;  // octets without the length's
inline constexpr int kMaxLabels = 127;    // without the root

// Upper-case ASCII to lower-case, all else as it is.
constexpr std::uint8_t to_lower(std::uint8_t octet) {
  return octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet | 0x20U) : octet;
}

inline constexpr std::uint64_t kRootHash = 0x72687564;

// The hash of a name from that of its parent and its first label: `label` starts with the length
// octet and may be in either case. Not for secrets, and a hit is compared: whoever chooses the
// names of a zone and the questions can make collisions.
std::uint64_t hash_label(std::uint64_t parent, std::span<const std::uint8_t> label) noexcept;

// A name ready to be looked up. Nothing is initialised: fold() fills what it uses. Suffix i starts
// with label i; suffix `labels` is the root.
struct FoldedName {
  std::uint8_t size;    // octets, with the root's
  std::uint8_t labels;  // without the root
  std::array<std::uint8_t, kMaxLabels + 1> offset;
  std::array<std::uint8_t, 256> lower;
  std::array<std::uint64_t, kMaxLabels + 1> hash;

  [[nodiscard]] std::span<const std::uint8_t> suffix(int label) const {
    const std::size_t at = offset[static_cast<std::size_t>(label)];
    return std::span(lower).subspan(at, size - at);
  }
};

// Reads the uncompressed name at the start of `wire` into `out` and returns its size in octets; 0
// when it is cut off, longer than 255 octets, or has a label type other than 00 (pointers
// included).
int fold(std::span<const std::uint8_t> wire, FoldedName& out) noexcept;

}  // namespace rhumb
