#include "server/tap_ring.h"

#include <cassert>
#include <cstring>

namespace rhumb {

TapRing::TapRing(std::size_t size)
    : size_(size), memory_(std::make_unique_for_overwrite<std::uint8_t[]>(size)) {
  assert((size & (size - 1)) == 0);
}

void TapRing::put_head(std::uint64_t at, std::uint32_t size) noexcept {
  const Head head{size, 0};
  std::memcpy(&memory_[at & (size_ - 1)], &head, sizeof head);
}

std::uint32_t TapRing::size_at(std::uint64_t at) const noexcept {
  Head head{};
  std::memcpy(&head, &memory_[at & (size_ - 1)], sizeof head);
  return head.size;
}

std::span<std::uint8_t> TapRing::reserve(std::size_t size) noexcept {
  const std::size_t whole = whole_size(size);
  if (whole > size_ / 2) return {};
  std::uint64_t at = tail_.load(std::memory_order_relaxed);
  const std::size_t to_end = size_ - (at & (size_ - 1));
  const std::size_t skipped = whole > to_end ? to_end : 0;
  const std::uint64_t end = at + skipped + whole;
  if (end - known_head_ > size_) {
    known_head_ = head_.load(std::memory_order_acquire);
    if (end - known_head_ > size_) return {};
  }
  if (skipped > 0) put_head(at, kSkip);
  at += skipped;
  put_head(at, static_cast<std::uint32_t>(size));
  reserved_ = end;
  return {&memory_[(at & (size_ - 1)) + sizeof(Head)], size};
}

std::span<const std::uint8_t> TapRing::front() noexcept {
  std::uint64_t at = head_.load(std::memory_order_relaxed);
  if (at == tail_.load(std::memory_order_acquire)) return {};
  if (size_at(at) == kSkip) {  // an entry stands behind it: both were handed over at once
    at += size_ - (at & (size_ - 1));
    head_.store(at, std::memory_order_release);
  }
  return {&memory_[(at & (size_ - 1)) + sizeof(Head)], size_at(at)};
}

void TapRing::pop() noexcept {
  const std::uint64_t at = head_.load(std::memory_order_relaxed);
  head_.store(at + whole_size(size_at(at)), std::memory_order_release);
}

}  // namespace rhumb
