#include "tests/server/memory_ends.h"

#include <cstdlib>
#include <new>

constinit thread_local int rhumb::test::allocations_left = rhumb::test::kUnbounded;

namespace {

using rhumb::test::allocations_left;

void* allocate(std::size_t size) {
  if (allocations_left == 0) return nullptr;
  if (allocations_left > 0) --allocations_left;
  return std::malloc(size > 0 ? size : 1);  // NOLINT: this is new
}

void* allocate_or_throw(std::size_t size) {
  if (void* memory = allocate(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size); }
void* operator new[](std::size_t size) { return allocate_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return allocate(size);
}
// Where g++ puts one into a function and not the new before it, it takes them for no pair.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }  // NOLINT
void operator delete[](void* memory) noexcept { operator delete(memory); }
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
void operator delete[](void* memory, std::size_t) noexcept { operator delete(memory); }

namespace rhumb {
namespace {

TEST(MemoryEnds, AfterAsManyAllocationsAsAreLeft) {
  test::allocations_left = 1;
  void* const first = operator new(1, std::nothrow);
  void* const second = operator new(1, std::nothrow);
  test::allocations_left = test::kUnbounded;
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(second, nullptr);
  operator delete(first);
}

}  // namespace
}  // namespace rhumb
