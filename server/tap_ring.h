// A queue of octets between two threads: one writes, one reads, neither waits and neither takes a
// lock. Its memory is fixed; what has no room is the writer's to give up.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/own_lines.h"

namespace rhumb {

class TapRing {
 public:
  // Requires: `size`, in octets, is a power of two. No more than half of it can be one entry.
  explicit TapRing(std::size_t size);

  // The writer's: room for one entry in one piece, aligned to 8 octets; empty: there is none now.
  [[nodiscard]] std::span<std::uint8_t> reserve(std::size_t size) noexcept;
  // Hands over what reserve() gave last.
  void commit() noexcept { tail_.store(reserved_, std::memory_order_release); }

  // The reader's: the oldest entry; empty: there is none now.
  [[nodiscard]] std::span<const std::uint8_t> front() noexcept;
  // Gives its room back. Requires: front() gave one.
  void pop() noexcept;

 private:
  struct Head {
    std::uint32_t size;  // of the entry behind it, or kSkip: the next stands at the beginning
    std::uint32_t unused;
  };
  static constexpr std::uint32_t kSkip = 0xFFFFFFFF;
  static std::size_t whole_size(std::size_t size) { return sizeof(Head) + (size + 7) / 8 * 8; }
  void put_head(std::uint64_t at, std::uint32_t size) noexcept;
  [[nodiscard]] std::uint32_t size_at(std::uint64_t at) const noexcept;

  const std::size_t size_;
  const std::unique_ptr<std::uint8_t[]> memory_;
  // Octets since the beginning of all; each side has a line of memory of its own.
  alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};  // written
  std::uint64_t reserved_ = 0;    // the writer's: where tail_ goes by commit()
  std::uint64_t known_head_ = 0;  // likewise: head_ when it was last looked at
  alignas(kCacheLine) std::atomic<std::uint64_t> head_{0};  // read
};

}  // namespace rhumb
