// Writes the wire into a buffer of fixed size, with name compression (RFC 1035 §4.1.4). What does
// not fit is not written and ok() turns false until the writer is rewound, so a record set is whole
// or absent.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace rhumb {

class Writer {
 public:
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
    if (take(octets.size())) std::ranges::copy(octets, out_.data() + at_ - octets.size());
  }
  void text(std::string_view octets) noexcept {
    if (take(octets.size())) std::ranges::copy(octets, out_.data() + at_ - octets.size());
  }
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
  [[nodiscard]] std::optional<std::uint16_t> find(std::span<const std::uint8_t> suffix) const;

  std::span<std::uint8_t> out_;
  std::size_t at_ = 0;
  bool ok_ = true;
  int targets_ = 0;
  std::array<std::uint16_t, kMaxTargets> target_;  // where a remembered suffix starts
};

}  // namespace rhumb
