#include "zones/arena.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace rhumb {
namespace {

bool is_mapped(std::size_t size) { return size >= Arena::kMapSize; }

std::size_t whole_pages(std::size_t size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

// Address space that begins at a multiple of a huge page; what stands out on both sides is
// returned.
std::byte* map(std::size_t size) {
  constexpr std::size_t kHugePage = Arena::kMapSize;
  const std::size_t wanted = whole_pages(size);
  void* start =
      mmap(nullptr, wanted + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc();
  auto* const first = static_cast<std::byte*>(start);
  const std::size_t before = (0 - reinterpret_cast<std::uintptr_t>(first)) % kHugePage;
  if (before > 0) munmap(first, before);
  munmap(first + before + wanted, kHugePage - before);
  madvise(first + before, wanted, MADV_HUGEPAGE);  // a wish: without it there are small pages
  return first + before;
}

std::byte* allocate(std::size_t size) {
  if (size > Arena::kMaxSize) throw std::bad_alloc();
  if (size == 0) return nullptr;
  if (is_mapped(size)) return map(size);
  auto* const data = static_cast<std::byte*>(std::calloc(size, 1));
  if (data == nullptr) throw std::bad_alloc();
  return data;
}

void release(std::byte* data, std::size_t size) {
  if (is_mapped(size)) {
    munmap(data, whole_pages(size));
  } else {
    std::free(data);
  }
}

// The pages move whole, from one multiple of a huge page to another, so that huge pages stay huge.
std::byte* grow_mapping(std::byte* data, std::size_t size, std::size_t new_size) {
  std::byte* const target = map(new_size);
  void* const moved =
      mremap(data, whole_pages(size), whole_pages(new_size), MREMAP_MAYMOVE | MREMAP_FIXED, target);
  if (moved != MAP_FAILED) return target;
  munmap(target, whole_pages(new_size));
  throw std::bad_alloc();
}

void shrink_mapping(std::byte* data, std::size_t size, std::size_t new_size) {
  const std::size_t kept = whole_pages(new_size);
  const std::size_t cut = whole_pages(size) - kept;
  if (cut > 0) munmap(data + kept, cut);
}

std::byte* reallocate(std::byte* data, std::size_t size, std::size_t new_size) {
  auto* const moved = static_cast<std::byte*>(std::realloc(data, new_size));
  if (moved == nullptr) throw std::bad_alloc();
  if (new_size > size) std::memset(moved + size, 0, new_size - size);
  return moved;
}

}  // namespace

Arena::Arena(std::size_t size) : data_(allocate(size)), size_(size) {}

Arena::Arena(Arena&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Arena& Arena::operator=(Arena&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Arena::~Arena() { release(data_, size_); }

void Arena::resize(std::size_t size) {
  if (size > kMaxSize) throw std::bad_alloc();
  if (is_mapped(size_) && is_mapped(size)) {
    if (size > size_) {
      data_ = grow_mapping(data_, size_, size);
    } else {
      shrink_mapping(data_, size_, size);
    }
    size_ = size;
  } else if (!is_mapped(size_) && !is_mapped(size) && size > 0) {
    data_ = reallocate(data_, size_, size);
    size_ = size;
  } else {
    Arena other(size);
    if (std::min(size_, size) > 0) std::memcpy(other.data_, data_, std::min(size_, size));
    std::swap(*this, other);
  }
}

}  // namespace rhumb
