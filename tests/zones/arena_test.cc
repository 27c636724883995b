#include "zones/arena.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace rhumb {
namespace {

constexpr std::size_t kLarge = 5 * Arena::kMapSize + 12;

bool is_zero(const Arena& arena, std::size_t from) {
  return std::all_of(arena.data() + from, arena.data() + arena.size(),
                     [](std::byte octet) { return octet == std::byte{0}; });
}

void fill(Arena& arena) { std::memset(arena.data(), 0x5A, arena.size()); }

bool is_filled(const Arena& arena, std::size_t size) {
  return std::all_of(arena.data(), arena.data() + size,
                     [](std::byte octet) { return octet == std::byte{0x5A}; });
}

TEST(Arena, IsEmptyByDefault) {
  const Arena arena;
  EXPECT_EQ(arena.size(), 0U);
}

TEST(Arena, StartsZeroed) {
  EXPECT_TRUE(is_zero(Arena(1000), 0));
  EXPECT_TRUE(is_zero(Arena(kLarge), 0));
}

TEST(Arena, LargeOnesStartAtAHugePage) {
  const Arena arena(kLarge);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.data()) % Arena::kMapSize, 0U);
}

TEST(Arena, FindsByRefInUnitsOfFourOctets) {
  Arena arena(64);
  *arena.at<std::uint32_t>(3) = 0x01020304;
  std::uint32_t value = 0;
  std::memcpy(&value, arena.data() + 12, 4);
  EXPECT_EQ(value, 0x01020304U);
}

TEST(Arena, MovingLeavesTheOtherEmptyOrSwapped) {
  Arena arena(100);
  fill(arena);
  Arena moved(std::move(arena));
  EXPECT_EQ(moved.size(), 100U);
  EXPECT_TRUE(is_filled(moved, 100));
  Arena other(kLarge);
  other = std::move(moved);
  EXPECT_EQ(other.size(), 100U);
  EXPECT_TRUE(is_filled(other, 100));
}

TEST(Arena, ResizingKeepsWhatBothSizesHoldAndZeroesTheRest) {
  const std::size_t sizes[] = {0, 8, 1000, Arena::kMapSize, Arena::kMapSize + 5, kLarge};
  for (const std::size_t from : sizes) {
    for (const std::size_t to : sizes) {
      Arena arena(from);
      if (from > 0) fill(arena);
      arena.resize(to);
      EXPECT_EQ(arena.size(), to);
      EXPECT_TRUE(is_filled(arena, std::min(from, to))) << from << " to " << to;
      EXPECT_TRUE(is_zero(arena, std::min(from, to))) << from << " to " << to;
    }
  }
}

TEST(Arena, GrownLargeOnesStillStartAtAHugePage) {
  Arena arena(Arena::kMapSize);
  for (int i = 0; i < 4; ++i) arena.resize(arena.size() * 2);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.data()) % Arena::kMapSize, 0U);
}

TEST(Arena, RefusesMoreThanARefCanReach) {
  EXPECT_THROW(Arena{Arena::kMaxSize + 1}, std::bad_alloc);
}

}  // namespace
}  // namespace rhumb
