// Writes the wire into a buffer of fixed size, with name compression (RFC 1035 §4.1.4). What does
// not fit is not written and ok() turns false until the writer is rewound, so a record set is whole
// or absent.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace rhumb {

class Writer {
 public:
  static constexpr std::size_t kShortCopy = 48;  // octets, rather than by memcpy()
  static constexpr int kMaxTargets = 64;  // suffixes remembered to point to; more are written out

  explicit Writer(std::span<std::uint8_t> out) : out_(out) {}

  void u8(std::uint8_t value) noexcept {
    if (take(1)) out_[at_ - 1] = value;
  }
  void u16(std::uint16_t value) noexcept {
    if (take(2)) put_u16(at_ - 2, value);
  }
  void u32(std::uint32_t value) noexcept {
    if (!take(4)) return;
    put_u16(at_ - 4, static_cast<std::uint16_t>(value >> 16U));
    put_u16(at_ - 2, static_cast<std::uint16_t>(value));
  }
  void bytes(std::span<const std::uint8_t> octets) noexcept {
    if (take(octets.size())) copy(octets.data(), octets.size(), out_.data() + at_ - octets.size());
  }
  // Of a size that is known when this is compiled: a few stores.
  template <std::size_t kSize>
  void octets(const std::array<std::uint8_t, kSize>& octets) noexcept {
    if (take(kSize)) std::memcpy(out_.data() + at_ - kSize, octets.data(), kSize);
  }
  void text(std::string_view octets) noexcept {
    bytes({reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size()});  // NOLINT
  }
  // Leaves octets out, for who writes them in the end.
  void skip(std::size_t size) noexcept { static_cast<void>(take(size)); }
  // A whole uncompressed wire name, compressed against the names written before (ignoring case).
  void name(std::span<const std::uint8_t> wire) noexcept;
  // The same, uncompressed: for types younger than RFC 1035 (RFC 3597 §4). Later names may point
  // here.
  void plain_name(std::span<const std::uint8_t> wire) noexcept;
  // Says that the name at `at`, written by other means, may be pointed to.
  void remember_name(std::size_t at) noexcept;
  // Overwrites two octets written before. Requires: at + 2 <= size().
  void put_u16(std::size_t at, std::uint16_t value) noexcept {
    assert(at + 2 <= at_);
    std::uint8_t* const octets = out_.data() + at;  // else it is read again behind the first octet
    octets[0] = static_cast<std::uint8_t>(value >> 8U);
    octets[1] = static_cast<std::uint8_t>(value);
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t size() const { return at_; }
  [[nodiscard]] std::size_t room() const { return out_.size() - at_; }
  [[nodiscard]] std::span<std::uint8_t> written() const { return out_.first(at_); }

  // A place to come back to.
  struct Mark {
    std::size_t at = 0;
    int targets = 0;
  };
  [[nodiscard]] Mark mark() const { return {at_, targets_}; }
  // Forgets everything written since `mark`, an overflow included.
  void rewind(Mark mark) noexcept;

 private:
  [[nodiscard]] bool take(std::size_t size) noexcept {
    ok_ = ok_ && size <= room();
    if (ok_) at_ += size;
    return ok_;
  }
  // Names and records are short: to call memcpy() would take longer than to copy them.
  static void copy(const std::uint8_t* from, std::size_t size, std::uint8_t* to) noexcept {
    if (size > kShortCopy) {
      std::memcpy(to, from, size);
    } else if (size >= sizeof(std::uint64_t)) [[likely]] {
      copy_words<std::uint64_t>(from, size, to);
    } else if (size >= sizeof(std::uint32_t)) {
      copy_words<std::uint32_t>(from, size, to);
    } else {
      for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
    }
  }
  // Requires: one word at least. The last one overlaps the one before.
  template <typename Word>
  static void copy_words(const std::uint8_t* from, std::size_t size, std::uint8_t* to) noexcept {
    const std::size_t last = size - sizeof(Word);
    for (std::size_t at = 0; at < last; at += sizeof(Word))
      std::memcpy(to + at, from + at, sizeof(Word));
    std::memcpy(to + last, from + last, sizeof(Word));
  }
  [[nodiscard]] std::optional<std::uint16_t> find(std::span<const std::uint8_t> suffix) const;

  std::span<std::uint8_t> out_;
  std::size_t at_ = 0;
  bool ok_ = true;
  int targets_ = 0;
  std::array<std::uint16_t, kMaxTargets> target_;  // where a remembered suffix starts
};

}  // namespace rhumb
