// One bit a set of a group: which are alive, which are as good as each other, which are left. As
// many words as the group needs, so that the masks of all but the largest groups are one register.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "zones/group.h"

namespace rhumb {

inline constexpr std::size_t kMaskWordBits = 64;
inline constexpr std::size_t kMaxMaskWords = kMaxSetsPerGroup / kMaskWordBits;

template <std::size_t kWords>
class SetMask {
 public:
  static constexpr std::size_t kMaxSets = kWords * kMaskWordBits;

  static SetMask all(std::size_t count) noexcept {
    SetMask mask;
    for (std::size_t i = 0; i < kWords; ++i) mask.words_[i] = low_bits(count, i);
    return mask;
  }
  // The `count` bits of `words` from bit `first` on, wherever words begin.
  static SetMask read(std::span<const std::uint64_t> words, std::size_t first,
                      std::size_t count) noexcept {
    SetMask mask;
    const std::size_t shift = first % kMaskWordBits;
    std::size_t word = first / kMaskWordBits;
    for (std::size_t i = 0; i < kWords && i * kMaskWordBits < count; ++i, ++word) {
      std::uint64_t bits = words[word] >> shift;
      const bool straddles = shift > 0 && word + 1 < words.size();
      if (straddles) bits |= words[word + 1] << (kMaskWordBits - shift);
      mask.words_[i] = bits & low_bits(count, i);
    }
    return mask;
  }
  // Requires: kWords of them at most.
  static SetMask of(std::span<const std::uint64_t> words) noexcept {
    SetMask mask;
    for (std::size_t i = 0; i < words.size(); ++i) mask.words_[i] = words[i];
    return mask;
  }

  [[nodiscard]] SetMask operator&(const SetMask& other) const {
    SetMask both;
    for (std::size_t i = 0; i < kWords; ++i) both.words_[i] = words_[i] & other.words_[i];
    return both;
  }
  [[nodiscard]] bool operator==(const SetMask&) const = default;
  [[nodiscard]] bool has(std::size_t set) const {
    return (words_[set / kMaskWordBits] >> (set % kMaskWordBits) & 1U) != 0;
  }
  [[nodiscard]] bool none() const {
    std::uint64_t any = 0;
    for (const std::uint64_t word : words_) any |= word;
    return any == 0;
  }
  [[nodiscard]] std::uint32_t count() const {
    int bits = 0;
    for (const std::uint64_t word : words_) bits += std::popcount(word);
    return static_cast<std::uint32_t>(bits);
  }
  void add(std::size_t set) { words_[set / kMaskWordBits] |= bit(set); }
  void drop(std::size_t set) { words_[set / kMaskWordBits] &= ~bit(set); }
  void drop_all(const SetMask& others) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] &= ~others.words_[i];
  }
  // Calls `visit(set)` for each set in order, until it says false.
  template <typename Visit>
  void each(Visit visit) const {
    for (std::size_t i = 0; i < kWords; ++i) {
      for (std::uint64_t left = words_[i]; left != 0; left &= left - 1) {
        if (!visit(i * kMaskWordBits + static_cast<std::size_t>(std::countr_zero(left)))) return;
      }
    }
  }

 private:
  static std::uint64_t bit(std::size_t set) { return std::uint64_t{1} << set % kMaskWordBits; }
  // Of word `word` those that belong to the first `count` sets.
  static std::uint64_t low_bits(std::size_t count, std::size_t word) {
    const std::size_t before = word * kMaskWordBits;
    if (count <= before) return 0;
    if (count - before >= kMaskWordBits) return ~std::uint64_t{0};
    return bit(count - before) - 1;
  }

  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace rhumb
