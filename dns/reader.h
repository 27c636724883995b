// Reads the wire, bounds-checked: past the end every read gives zero and ok() turns false for good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rhumb {

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> message) : message_(message) {}

  std::uint8_t u8() noexcept {
    const auto read = bytes(1);
    return read.empty() ? std::uint8_t{0} : read[0];
  }
  std::uint16_t u16() noexcept {  // big-endian, as all of DNS
    const auto read = bytes(2);
    return read.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(read[0] << 8 | read[1]);
  }
  std::uint32_t u32() noexcept {
    const auto read = bytes(4);
    if (read.empty()) return 0;
    return std::uint32_t{read[0]} << 24U | std::uint32_t{read[1]} << 16U |
           std::uint32_t{read[2]} << 8U | std::uint32_t{read[3]};
  }
  // The next `size` octets, borrowed; empty when they are not all there.
  std::span<const std::uint8_t> bytes(std::size_t size) noexcept {
    if (size > left()) {
      fail();
      return {};
    }
    at_ += size;
    return message_.subspan(at_ - size, size);
  }
  // Steps over a name that may end in a compression pointer; the pointer is not followed. A label
  // longer than 63 octets or labels of more than 255 are a failure like the message's end.
  void skip_name() noexcept {
    if (left() > 0 && message_[at_] == 0) {
      ++at_;
    } else {
      skip_labels();
    }
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::size_t left() const { return message_.size() - at_; }
  [[nodiscard]] std::span<const std::uint8_t> rest() const { return message_.subspan(at_); }

 private:
  void skip_labels() noexcept;
  // Nothing is left to read, so that no read need ask whether one before it failed.
  void fail() noexcept {
    at_ = message_.size();
    ok_ = false;
  }

  std::span<const std::uint8_t> message_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace rhumb
