#include "base/published.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <latch>
#include <thread>

namespace rhumb {
namespace {

// Counts how many of its kind live.
class Counted {
 public:
  Counted(int number, int& living) : number_(number), living_(living) { ++living_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --living_; }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
  int& living_;
};

TEST(Published, IsEmptyBeforeTheFirstPublish) {
  const Published<int> published;
  EXPECT_EQ(published.current(), nullptr);
}

TEST(Published, ShowsAReaderTheNewestValue) {
  Published<int> published;
  const auto reader = published.reader();
  published.publish(std::make_unique<int>(1));
  EXPECT_EQ(*reader->pin(), 1);
  published.publish(std::make_unique<int>(2));
  EXPECT_EQ(*reader->pin(), 2);
}

TEST(Published, FreesAReplacedValueAtOnceWhenNobodyHoldsIt) {
  int living = 0;
  Published<Counted> published;
  published.publish(std::make_unique<Counted>(1, living));
  published.publish(std::make_unique<Counted>(2, living));
  EXPECT_EQ(living, 1);
}

TEST(Published, KeepsAPinnedValueUntilItIsUnpinned) {
  int living = 0;
  Published<Counted> published;
  const auto reader = published.reader();
  published.publish(std::make_unique<Counted>(1, living));
  {
    const auto pin = reader->pin();
    published.publish(std::make_unique<Counted>(2, living));
    EXPECT_EQ(pin->number(), 1);
    EXPECT_EQ(living, 2);
    EXPECT_EQ(published.sweep(), 1U);
  }
  EXPECT_EQ(published.sweep(), 0U);
  EXPECT_EQ(living, 1);
}

TEST(Published, FreesValuesBetweenAPinnedOneAndTheNewest) {
  int living = 0;
  Published<Counted> published;
  const auto reader = published.reader();
  published.publish(std::make_unique<Counted>(1, living));
  const auto pin = reader->pin();
  published.publish(std::make_unique<Counted>(2, living));
  published.publish(std::make_unique<Counted>(3, living));
  EXPECT_EQ(living, 2);
}

TEST(Published, FreesEveryValueWhenItIsDestroyed) {
  int living = 0;
  {
    Published<Counted> published;
    published.publish(std::make_unique<Counted>(1, living));
    {
      const auto reader = published.reader();
      const auto pin = reader->pin();
      published.publish(std::make_unique<Counted>(2, living));
    }
    EXPECT_EQ(living, 2);
  }
  EXPECT_EQ(living, 0);
}

TEST(Published, HasASlotForEachReaderUpToItsLimit) {
  Published<int> published;
  std::vector<std::unique_ptr<Published<int>::Reader>> readers;
  for (std::size_t i = 0; i < Published<int>::kMaxReaders; ++i) {
    readers.push_back(published.reader());
    ASSERT_NE(readers.back(), nullptr);
  }
  EXPECT_EQ(published.reader(), nullptr);
  readers.pop_back();
  EXPECT_NE(published.reader(), nullptr);
}

// Its halves are equal for as long as it lives, and differ once it has been freed.
struct Halves {
  explicit Halves(std::uint64_t number) : first(number), second(number) {}
  Halves(const Halves&) = delete;
  Halves& operator=(const Halves&) = delete;
  ~Halves() { first = second + 1; }

  volatile std::uint64_t first;
  volatile std::uint64_t second;
};

constexpr int kReaders = 4;
constexpr std::uint64_t kPublishes = 20'000;

// Pins until the last value is seen; returns whether each was whole, alive and no older than the
// one before.
bool read_until_last(Published<Halves>& published, std::latch& started) {
  const auto reader = published.reader();
  started.arrive_and_wait();
  bool good = true;
  for (std::uint64_t seen = 0; seen < kPublishes;) {
    const auto pin = reader->pin();
    const std::uint64_t first = pin->first;
    good = good && first == pin->second && first >= seen;
    seen = std::max(seen, first);
    if (!good) return false;
  }
  return good;
}

TEST(PublishedThreads, NeverShowAReaderAFreedHalfOrOlderValue) {
  Published<Halves> published;
  published.publish(std::make_unique<Halves>(0));
  std::latch started(kReaders + 1);
  std::array<bool, kReaders> good{};
  std::vector<std::thread> threads;
  for (bool& mine : good) {
    threads.emplace_back([&] { mine = read_until_last(published, started); });
  }
  started.arrive_and_wait();
  for (std::uint64_t number = 1; number <= kPublishes; ++number) {
    published.publish(std::make_unique<Halves>(number));
  }
  for (std::thread& thread : threads) thread.join();
  for (const bool mine : good) EXPECT_TRUE(mine);
  EXPECT_EQ(published.sweep(), 0U);
}

// Holds one value while the writer goes on, and says what it saw before and after.
TEST(PublishedThreads, KeepAValuePinnedByAnotherThread) {
  Published<Halves> published;
  published.publish(std::make_unique<Halves>(1));
  std::latch pinned(1);
  std::latch replaced(1);
  bool whole = false;
  std::thread thread([&] {
    const auto reader = published.reader();
    const auto pin = reader->pin();
    pinned.count_down();
    replaced.wait();
    whole = pin->first == 1 && pin->second == 1;
  });
  pinned.wait();
  for (std::uint64_t number = 2; number < 100; ++number) {
    published.publish(std::make_unique<Halves>(number));
  }
  EXPECT_EQ(published.sweep(), 1U);
  replaced.count_down();
  thread.join();
  EXPECT_TRUE(whole);
  EXPECT_EQ(published.sweep(), 0U);
}

TEST(PublishedThreads, ShareTheSlotsWithoutGivingOneToTwo) {
  Published<Halves> published;
  published.publish(std::make_unique<Halves>(1));
  std::array<std::vector<std::unique_ptr<Published<Halves>::Reader>>, kReaders> readers;
  std::vector<std::thread> threads;
  for (auto& mine : readers) {
    threads.emplace_back([&] {
      while (auto reader = published.reader()) mine.push_back(std::move(reader));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::size_t given = 0;
  for (const auto& mine : readers) given += mine.size();
  EXPECT_EQ(given, Published<Halves>::kMaxReaders);
}

}  // namespace
}  // namespace rhumb
