// Memory that shares no cache line with anything else. What every worker reads at each question
// must not stand beside what another thread writes: the line would have to come anew each time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace rhumb {

inline constexpr std::size_t kCacheLine = 64;  // octets

constexpr std::size_t whole_lines(std::size_t size) {
  return (size + kCacheLine - 1) / kCacheLine * kCacheLine;
}

// An allocator that gives whole lines.
template <typename T>
struct OnOwnLines {
  using value_type = T;  // NOLINT(readability-identifier-naming): as allocators have it

  OnOwnLines() = default;
  template <typename U>
  OnOwnLines(const OnOwnLines<U>& /*other*/) noexcept {}  // NOLINT: as allocators are to be made

  T* allocate(std::size_t count) {
    return static_cast<T*>(
        ::operator new (whole_lines(count * sizeof(T)), std::align_val_t{kCacheLine}));
  }
  void deallocate(T* memory, std::size_t /*count*/) noexcept {
    ::operator delete (memory, std::align_val_t{kCacheLine});
  }
  bool operator==(const OnOwnLines&) const = default;
};

// Words of bits that many threads read.
using SharedWords = std::vector<std::uint64_t, OnOwnLines<std::uint64_t>>;

}  // namespace rhumb
