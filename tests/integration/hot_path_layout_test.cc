// What workers share is only read while they answer, and what each of them writes stands on cache
// lines that are nobody else's: by the layout of the types, by writing to no memory that cannot be
// written, and by looking which lines have changed. docs/many-cores.md has the list.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "answer/answer.h"
#include "base/published.h"
#include "server/counters.h"
#include "server/instrumented.h"
#include "server/rate_limiter.h"
#include "server/tap_port.h"
#include "server/udp.h"
#include "tests/answer/ask.h"
#include "tests/answer/rich_places.h"

namespace rhumb {
namespace {

using Slots = Published<View>;

// Written by workers, each its own.
static_assert(sizeof(Slots::Slot) == kCacheLine && alignof(Slots::Slot) == kCacheLine);
static_assert(alignof(WorkerCounters) == kCacheLine && alignof(UdpWorker) == kCacheLine);
static_assert(alignof(TapPort) == kCacheLine && alignof(TapRing) == kCacheLine);
// A line for the pointer that all read, one for each reader, and one for what the publisher keeps.
static_assert(sizeof(Slots) == (1 + Slots::kMaxReaders + 1) * kCacheLine);
static_assert(alignof(Slots::Reader) == kCacheLine);
// Read by all; what stands beside them on the heap is written by others.
static_assert(alignof(View) == kCacheLine && alignof(ZoneSet) == kCacheLine);
static_assert(alignof(Maps) == kCacheLine && alignof(ClientMap) == kCacheLine);
static_assert(alignof(RateLimits) == kCacheLine);

std::uintptr_t address_of(const void* object) { return reinterpret_cast<std::uintptr_t>(object); }

TEST(HotPathLayout, BitsOfWhatIsAliveStandOnLinesOfTheirOwn) {
  std::vector<SharedWords> all;
  for (std::size_t words = 1; words < 20; ++words) {
    const SharedWords& bits = all.emplace_back(words);
    EXPECT_EQ(address_of(bits.data()) % kCacheLine, 0U);
  }
  EXPECT_EQ(whole_lines(1), kCacheLine);
  EXPECT_EQ(whole_lines(kCacheLine), kCacheLine);
  EXPECT_EQ(whole_lines(kCacheLine + 1), 2 * kCacheLine);
}

// The count of who shares it is written by each flip, the zones are read by each question.
TEST(HotPathLayout, WhatIsSharedStandsApartFromItsCountOfOwners) {
  const auto maps = std::make_shared<const Maps>();
  EXPECT_EQ(address_of(maps.get()) % kCacheLine, 0U);
  const View view = testing::rich_view();
  EXPECT_EQ(address_of(view.zones.get()) % kCacheLine, 0U);
  EXPECT_EQ(address_of(view.maps.get()) % kCacheLine, 0U);
}

// Of this process's memory.
struct Stretch {
  std::uintptr_t first = 0;
  std::uintptr_t end = 0;
};

// All that it may write, but for the main thread's stack and what else is that thread's own: there
// the kernel notes where it runs (rseq).
std::vector<Stretch> writable_memory() {
  std::vector<Stretch> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    Stretch stretch;
    std::array<char, 5> may{};
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s", &stretch.first, &stretch.end,
                    may.data()) != 3) {
      continue;
    }
    const std::uintptr_t own = address_of(&errno);
    const bool is_own = line.ends_with("[stack]") || (stretch.first <= own && own < stretch.end);
    if (std::string_view(may.data()) == "rw-p" && !is_own) found.push_back(stretch);
  }
  return found;
}

struct Asked {
  std::vector<std::uint8_t> message;
  IpAddress from;
};

// Of every policy, what is found and what is not, with and without a client subnet.
std::vector<Asked> questions() {
  std::vector<Asked> all;
  for (const char* name :
       {"www.example.org.", "nothing.example.org.", "x.wild.example.org.", "alias2.example.org.",
        "sub.example.org.", "x.dname.example.org.", "failover.example.org.",
        "weighted.example.org.", "geo.example.org.", "near.example.org.", "fast.example.org.",
        "net.example.org.", "multi.example.org.", "sticky.example.org.", "tree.example.org.",
        "wide.example.org.", "example.com."}) {
    testing::Ask ask{.name = name, .from = testing::ip("81.0.0.1")};
    all.push_back({testing::message_of(ask), ask.from});
    ask.ecs = testing::net("91.1.2.0/24");
    all.push_back({testing::message_of(ask), ask.from});
  }
  return all;
}

// As a worker does it, but for the sockets.
void answer_all(const View& view, const std::vector<Asked>& all, WorkerCounters* counters) {
  std::array<std::uint8_t, kMaxUdpSize> reply{};
  for (const Asked& asked : all) {
    Query query;
    parse({.message = asked.message, .source = asked.from, .entropy = 7}, query);
    const auto positions = locate(view, std::span(&query, 1));
    const Outcome outcome = answer(view, query, positions[0], reply);
    if (counters == nullptr) continue;
    counters->count(view, query, outcome);
    counters->took(1000, 1);
  }
}

// In a process in which nothing but the stack can be written.
[[noreturn]] void answer_in_read_only_memory() {
  const View view = testing::rich_view();
  const std::vector<Asked> all = questions();
  answer_all(view, all, nullptr);  // what is bound at the first call is bound now
  void (*volatile leave)(int) = &_exit;
  const std::vector<Stretch> memory = writable_memory();
  for (const Stretch& stretch : memory) {
    auto* const first = reinterpret_cast<void*>(stretch.first);  // NOLINT
    (void)mprotect(first, stretch.end - stretch.first, PROT_READ);
  }
  answer_all(view, all, nullptr);
  leave(0);
  std::abort();
}

TEST(HotPathLayoutDeathTest, ToParseAndToAnswerWritesNothingButTheStack) {
  if (kIsInstrumented) GTEST_SKIP() << "a sanitizer writes where it likes";
  EXPECT_EXIT(answer_in_read_only_memory(), ::testing::ExitedWithCode(0), "");
}

TEST(HotPathLayoutDeathTest, AWriteToOtherMemoryIsNoticed) {
  if (kIsInstrumented) GTEST_SKIP() << "a sanitizer writes where it likes";
  const auto somewhere = std::make_unique<int>(1);
  const auto write = [&] {
    const std::vector<Stretch> all =
        writable_memory();  // until the end: to free it would be a write
    for (const Stretch& stretch : all) {
      auto* const first = reinterpret_cast<void*>(stretch.first);  // NOLINT
      (void)mprotect(first, stretch.end - stretch.first, PROT_READ);
    }
    *static_cast<volatile int*>(somewhere.get()) = 2;
    _exit(0);
  };
  EXPECT_EXIT(write(), ::testing::KilledBySignal(SIGSEGV), "");
}

// Memory that is in no snapshot, since it is had after its stretches were found.
template <typename T>
T* apart(std::size_t count) {
  void* const memory =
      mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<T*>(memory);  // until the process ends
}

// What memory was, to be compared with what it is. To copy and to compare write elsewhere.
class Snapshot {
 public:
  Snapshot() : stretches_(writable_memory()) {
    for (const Stretch& stretch : stretches_) size_ += stretch.end - stretch.first;
    copy_ = apart<char>(size_);
    changed_ = apart<std::uintptr_t>(size_ / kCacheLine);
    std::size_t at = 0;
    for (const auto& [first, end] : stretches_) {
      std::memcpy(copy_ + at, reinterpret_cast<const void*>(first), end - first);  // NOLINT
      at += end - first;
    }
  }
  // By their numbers.
  [[nodiscard]] std::set<std::uintptr_t> changed_lines() const {
    std::size_t count = 0;
    const char* then = copy_;
    for (const auto& [first, end] : stretches_) {
      for (std::uintptr_t at = first; at < end; at += kCacheLine, then += kCacheLine) {
        const auto* const now = reinterpret_cast<const void*>(at);  // NOLINT
        if (std::memcmp(now, then, kCacheLine) != 0) changed_[count++] = at / kCacheLine;
      }
    }
    return {changed_, changed_ + count};
  }

 private:
  std::vector<Stretch> stretches_;
  std::size_t size_ = 0;
  char* copy_ = nullptr;
  std::uintptr_t* changed_ = nullptr;
};

// That change although nothing is done are left out.
template <typename Act>
std::set<std::uintptr_t> lines_written(Act act) {
  const auto lines_of = [](auto does) {
    const auto before = std::make_unique<const Snapshot>();
    does();
    return before->changed_lines();
  };
  const std::set<std::uintptr_t> anyway = lines_of([] {});
  std::set<std::uintptr_t> lines = lines_of(act);
  for (const std::uintptr_t line : anyway) lines.erase(line);
  return lines;
}

std::set<std::uintptr_t> common(const std::set<std::uintptr_t>& a,
                                const std::set<std::uintptr_t>& b) {
  std::set<std::uintptr_t> both;
  for (const std::uintptr_t line : a) {
    if (b.contains(line)) both.insert(line);
  }
  return both;
}

TEST(HotPathLayout, WorkersCountOnLinesOfTheirOwn) {
  if (kIsInstrumented) GTEST_SKIP() << "there is too much memory to look at";
  const View view = testing::rich_view();
  const std::vector<Asked> all = questions();
  Counters counters(1);  // few zones, so that allocations are near each other
  std::vector<std::set<std::uintptr_t>> written;
  std::vector<WorkerCounters*> workers;
  for (int i = 0; i < 4; ++i) workers.push_back(&counters.add(Transport::kUdp));
  for (WorkerCounters* worker : workers) {
    written.push_back(lines_written([&] { answer_all(view, all, worker); }));
    EXPECT_GT(written.back().size(), 4U);
  }
  for (std::size_t i = 0; i < written.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_EQ(common(written[i], written[j]).size(), 0U);
  }
}

TEST(HotPathLayout, NobodyBecomesAnOwnerByAnswering) {
  const View view = testing::rich_view();
  const long zones = view.zones.use_count();
  const long maps = view.maps.use_count();
  const long map = view.maps->of_rule.front().use_count();
  const long zone = view.zones->zones().front().use_count();
  answer_all(view, questions(), nullptr);
  EXPECT_EQ(view.zones.use_count(), zones);
  EXPECT_EQ(view.maps.use_count(), maps);
  EXPECT_EQ(view.maps->of_rule.front().use_count(), map);
  EXPECT_EQ(view.zones->zones().front().use_count(), zone);
}

// The worker's part of a tap is not where the tap's thread writes.
TEST(HotPathLayout, TapsOfTwoWorkersStandApart) {
  std::array<TapPort, 2> ports;
  EXPECT_GE(sizeof ports[0], 2 * kCacheLine);
  EXPECT_EQ(address_of(&ports[1]) % kCacheLine, 0U);
  EXPECT_GE(sizeof(TapRing), 3 * kCacheLine);
}

}  // namespace
}  // namespace rhumb
