// One bit a set of a group: which are alive, which are as good as each other, which are left.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "zones/group.h"

namespace rhumb {

class SetMask {
 public:
  static SetMask all(std::size_t count) noexcept {
    SetMask mask;
    for (std::size_t i = 0; i * kWordBits < count; ++i) {
      mask.words_[i] = low_bits(count - i * kWordBits);
    }
    return mask;
  }
  // The `count` bits of `words` from bit `first` on, wherever words begin.
  static SetMask read(std::span<const std::uint64_t> words, std::size_t first,
                      std::size_t count) noexcept {
    SetMask mask;
    const std::size_t shift = first % kWordBits;
    std::size_t word = first / kWordBits;
    for (std::size_t i = 0; i * kWordBits < count; ++i, ++word) {
      std::uint64_t bits = words[word] >> shift;
      const bool straddles = shift > 0 && word + 1 < words.size();
      if (straddles) bits |= words[word + 1] << (kWordBits - shift);
      mask.words_[i] = bits & low_bits(count - i * kWordBits);
    }
    return mask;
  }
  static SetMask of(std::span<const std::uint64_t> words) noexcept {
    SetMask mask;
    std::ranges::copy(words, mask.words_.begin());
    return mask;
  }

  [[nodiscard]] SetMask operator&(const SetMask& other) const {
    SetMask both;
    for (std::size_t i = 0; i < kWords; ++i) both.words_[i] = words_[i] & other.words_[i];
    return both;
  }
  [[nodiscard]] bool operator==(const SetMask&) const = default;
  [[nodiscard]] bool has(std::size_t set) const {
    return (words_[set / kWordBits] >> (set % kWordBits) & 1U) != 0;
  }
  [[nodiscard]] bool none() const { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }
  [[nodiscard]] std::uint32_t count() const {
    int bits = 0;
    for (const std::uint64_t word : words_) bits += std::popcount(word);
    return static_cast<std::uint32_t>(bits);
  }
  void add(std::size_t set) { words_[set / kWordBits] |= 1ULL << set % kWordBits; }
  void drop(std::size_t set) { words_[set / kWordBits] &= ~(1ULL << set % kWordBits); }
  void drop_all(const SetMask& others) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] &= ~others.words_[i];
  }
  // Calls `visit(set)` for each set in order, until it says false.
  template <typename Visit>
  void each(Visit visit) const {
    for (std::size_t i = 0; i < kWords; ++i) {
      for (std::uint64_t left = words_[i]; left != 0; left &= left - 1) {
        if (!visit(i * kWordBits + static_cast<std::size_t>(std::countr_zero(left)))) return;
      }
    }
  }

 private:
  static constexpr std::size_t kWordBits = 64;
  static constexpr std::size_t kWords = 4;
  static_assert(kWords * kWordBits == kMaxSetsPerGroup);
  static std::uint64_t low_bits(std::size_t count) {
    return count >= kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
  }
  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace rhumb
