#include "server/tap_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <thread>

namespace rhumb {
namespace {

bool put(TapRing& ring, std::size_t size, std::uint8_t octet) {
  const auto room = ring.reserve(size);
  if (room.empty()) return false;
  std::ranges::fill(room, octet);
  ring.commit();
  return true;
}

bool is_all(std::span<const std::uint8_t> octets, std::size_t size, std::uint8_t octet) {
  return octets.size() == size &&
         std::ranges::all_of(octets, [octet](std::uint8_t other) { return other == octet; });
}

TEST(TapRing, GivesWhatWasHandedOverInOrder) {
  TapRing ring(1024);
  EXPECT_TRUE(ring.front().empty());
  ASSERT_TRUE(put(ring, 1, 1));
  ASSERT_TRUE(put(ring, 100, 2));
  EXPECT_TRUE(is_all(ring.front(), 1, 1));
  ring.pop();
  EXPECT_TRUE(is_all(ring.front(), 100, 2));
  ring.pop();
  EXPECT_TRUE(ring.front().empty());
}

TEST(TapRing, SaysWhenThereIsNoRoomAndHasSomeAgain) {
  TapRing ring(1024);
  int count = 0;
  while (put(ring, 120, static_cast<std::uint8_t>(count))) ++count;
  EXPECT_EQ(count, 8);  // of 128 octets each, with its head
  ring.pop();
  EXPECT_TRUE(put(ring, 120, 8));
  for (int i = 1; i <= 8; ++i) {
    EXPECT_TRUE(is_all(ring.front(), 120, static_cast<std::uint8_t>(i))) << i;
    ring.pop();
  }
  EXPECT_TRUE(ring.front().empty());
}

TEST(TapRing, HasEachEntryInOnePieceWhereverItStands) {
  TapRing ring(1024);
  for (int i = 0; i < 10'000; ++i) {
    const auto size = static_cast<std::size_t>(1 + i % 500);
    ASSERT_TRUE(put(ring, size, static_cast<std::uint8_t>(i))) << i;
    ASSERT_TRUE(is_all(ring.front(), size, static_cast<std::uint8_t>(i))) << i;
    ring.pop();
  }
}

TEST(TapRing, TakesNoEntryLargerThanHalfOfIt) {
  TapRing ring(1024);
  EXPECT_FALSE(put(ring, 513, 1));
  EXPECT_TRUE(put(ring, 504, 1));
}

TEST(TapRingThreads, CarriesEverythingThatFindsRoom) {
  TapRing ring(4096);
  constexpr std::uint32_t kEntries = 20'000;
  std::thread writer([&ring] {
    for (std::uint32_t i = 0; i < kEntries;) {
      const auto room = ring.reserve(sizeof i + i % 300);
      if (room.empty()) {
        std::this_thread::yield();
        continue;
      }
      std::memcpy(room.data(), &i, sizeof i);
      ring.commit();
      ++i;
    }
  });
  std::uint32_t wrong = 0;
  for (std::uint32_t expected = 0; expected < kEntries;) {
    const auto entry = ring.front();
    if (entry.empty()) {
      std::this_thread::yield();
      continue;
    }
    std::uint32_t number = 0;
    std::memcpy(&number, entry.data(), sizeof number);
    if (number != expected || entry.size() != sizeof number + expected % 300) ++wrong;
    ring.pop();
    ++expected;
  }
  writer.join();
  EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace rhumb
