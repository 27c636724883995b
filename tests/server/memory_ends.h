// A heap that ends where a test wants it to, for the calling thread alone.
#pragma once

namespace rhumb::test {

inline constexpr int kUnbounded = -1;
// More than anything tested takes.
inline constexpr int kManyAllocations = 10'000;

// How often this thread may still take from the heap.
extern constinit thread_local int allocations_left;

}  // namespace rhumb::test
