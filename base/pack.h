// Numbers and texts as bytes and back, for messages between processes of the same program: no
// format for files or for the network. Who unpacks need not trust who packed.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace rhumb {

class Packer {
 public:
  template <std::unsigned_integral T>
  void number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void real(double value) { number(std::bit_cast<std::uint64_t>(value)); }
  void count(std::size_t items) { number(std::uint64_t{items}); }
  void text(std::string_view value) {
    count(value.size());
    bytes_.append(value);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Of bytes that end too early or make no sense it gives zeros and empty texts, and is not ok().
class Unpacker {
 public:
  // `bytes` outlive it.
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  template <std::unsigned_integral T>
  T number() {
    T value = 0;
    if (rest_.size() < sizeof value) return fail(), value;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  double real() { return std::bit_cast<double>(number<std::uint64_t>()); }
  // How many items follow: no more than `limit`, nor than can be in what is left.
  std::size_t count(std::size_t limit) {
    const auto items = number<std::uint64_t>();
    if (items > limit || items > rest_.size()) return fail(), 0;
    return items;
  }
  std::string_view text(std::size_t limit) {
    const std::string_view value = rest_.substr(0, count(limit));
    rest_.remove_prefix(value.size());
    return value;
  }
  void fail() {
    ok_ = false;
    rest_ = {};
  }
  [[nodiscard]] bool ok() const { return ok_; }
  // ok(), and everything is read.
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace rhumb
