// One block of memory that is filled once and then only read. A Ref is an offset in it in units of
// 4 octets; 0 stands for "none". From 2 MB on it is mapped on its own and asks for huge pages.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rhumb {

using Ref = std::uint32_t;

class Arena {
 public:
  static constexpr std::size_t kMapSize = std::size_t{2} << 20U;   // octets; mapped from here on
  static constexpr std::size_t kMaxSize = std::size_t{16} << 30U;  // octets; the reach of a Ref

  Arena() = default;
  // `size` octets, zeroed, at most kMaxSize.
  explicit Arena(std::size_t size);
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;
  ~Arena();

  // Gives back the tail, or adds zeroed octets behind it. The block may move, so every pointer into
  // it ends; large blocks move without being copied.
  void resize(std::size_t size);

  // Requires: a T was placed at `ref`.
  template <typename T>
  [[nodiscard]] const T* at(Ref ref) const {
    return reinterpret_cast<const T*>(data_ + std::size_t{ref} * 4);
  }
  template <typename T>
  [[nodiscard]] T* at(Ref ref) {
    return reinterpret_cast<T*>(data_ + std::size_t{ref} * 4);
  }
  [[nodiscard]] std::byte* data() { return data_; }
  [[nodiscard]] const std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// The next multiple of a Ref's unit.
constexpr std::size_t align_ref(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

}  // namespace rhumb
