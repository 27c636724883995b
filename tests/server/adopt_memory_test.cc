// An edition that is adopted where memory ends: wherever that is, it is refused and the one in
// force stays.
#include <future>
#include <memory>
#include <new>
#include <string>

#include "server/check_book.h"
#include "server/monitor.h"
#include "server/reload.h"
#include "tests/server/loaded.h"
#include "tests/server/memory_ends.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using test::allocations_left;
using test::kManyAllocations;
using test::kUnbounded;

std::string check(const std::string& id, int port, const std::string& more = "") {
  return "- {id: " + id + ", type: TCP, address: 127.0.0.1, port: " + std::to_string(port) + more +
         "}\n";
}

TEST(CheckBookWhereMemoryEnds, KeepsWhatIsInForceAndTakesTheNextEditionThatFits) {
  const auto old = test::loaded_with_checks(check("a", 1) + check("gone", 2));
  const auto next = test::loaded_with_checks(check("a", 3) + check("b", 4) + check("c", 5));
  CheckBook book;
  book.begin(old->zones, 0);
  book.finish(book.prepare(0));
  book.apply(book.ticket(*book.find("a")), {.ok = false, .at_ms = 1, .reason = "no"}, 1);
  int left = 0;
  for (bool refused = true; refused; ++left) {
    ASSERT_LT(left, kManyAllocations);
    refused = false;
    allocations_left = left;
    try {
      EXPECT_LE(book.begin(next->zones, 2).size(), 2U);
      [[maybe_unused]] const auto prepared = book.prepare(2);
    } catch (const std::bad_alloc&) {
      refused = true;
    }
    book.abandon();
    allocations_left = kUnbounded;
    EXPECT_EQ(book.zones(), old->zones);
    EXPECT_EQ(book.awaited(), 0U);
    EXPECT_FALSE(book.find("b").has_value());
    EXPECT_EQ(book.status(0).verdict, Health::kUnhealthy);
    EXPECT_FALSE(book.lanes().alive().is_alive(1));
  }
  EXPECT_GT(left, 5);
  EXPECT_EQ(book.slots(), 4U);
  book.begin(next->zones, 3);
  EXPECT_EQ(book.finish(book.prepare(3)).gone, std::vector<std::string>{"gone"});
  EXPECT_EQ(book.status(0).verdict, Health::kUnhealthy);
  EXPECT_EQ(book.status(2).verdict, Health::kUnknown);
}

// The slot that it was to have, too.
TEST(CheckBookWhereMemoryEnds, LosesNoSlotOfACheckThatWasRestored) {
  const auto next = test::loaded_with_checks(check("a", 1));
  const std::string reason(100, 'x');
  SavedState saved;
  saved.checks = {{"a", {}, LastProbe{.at_ms = 1, .reason = reason}, {}}};
  CheckBook book;
  book.restore(saved);
  for (int left = 0; left < 100; ++left) {
    allocations_left = left;
    try {
      (void)book.begin(next->zones, 2);
    } catch (const std::bad_alloc&) {
      allocations_left = kUnbounded;
    }
    book.abandon();
    allocations_left = kUnbounded;
  }
  book.begin(next->zones, 3);
  book.finish(book.prepare(3));
  EXPECT_EQ(book.status(0).last->reason, reason);
  EXPECT_EQ(book.slots(), 1U);
}

class AdoptWhereMemoryEnds : public ::testing::Test {
 protected:
  AdoptWhereMemoryEnds() : log_(LogLevel::kError, LogFormat::kText) {}

  // After it the health thread may take so much more from the heap.
  Adoption adopt(const std::shared_ptr<const Loaded>& loaded, int left_after) {
    const auto adopted = std::make_shared<std::promise<Adoption>>();
    auto future = adopted->get_future();
    monitor_.adopt(loaded, [adopted, left_after](Adoption adoption) {
      allocations_left = kUnbounded;
      adopted->set_value(adoption);
      allocations_left = left_after;
    });
    return future.get();
  }

  Clock clock_;
  Log log_;
  Published<View> views_;
  Monitor monitor_{views_, clock_, log_};
};

TEST_F(AdoptWhereMemoryEnds, IsRefusedAndQueriesSeeTheOldEdition) {
  const std::string off = ", disabled: true";
  const auto old = test::loaded_with_checks(check("a", 1, off) + check("gone", 2, off));
  const auto next = test::loaded_with_checks(check("a", 3, off) + check("b", 4, off));
  int left = 0;
  for (;; ++left) {
    ASSERT_LT(left, kManyAllocations);
    ASSERT_EQ(adopt(old, left), Adoption::kInForce);
    if (adopt(next, kUnbounded) == Adoption::kInForce) break;
    EXPECT_EQ(monitor_.overview().zones, old->zones);
    EXPECT_EQ(monitor_.check("gone").statuses.size(), 1U);
    EXPECT_TRUE(monitor_.check("b").statuses.empty());
    EXPECT_EQ(views_.reader()->pin()->zones, old->zones);
  }
  EXPECT_GT(left, 5);
  EXPECT_EQ(monitor_.overview().zones, next->zones);
  EXPECT_EQ(views_.reader()->pin()->zones, next->zones);
}

TEST_F(AdoptWhereMemoryEnds, TheReloadTellsWhy) {
  const test::TempDir folder;
  folder.write("a.zone", test::small_zone("a.example"));
  const std::string path = folder.write("rhumb.yaml", "log: {level: error}\nzones: [\"*.zone\"]\n");
  Diagnostics diagnostics;
  const auto loaded = load(path, nullptr, diagnostics);
  ASSERT_EQ(adopt(loaded, 0), Adoption::kInForce);
  Reloader reloader(loaded, monitor_, clock_, log_);
  folder.write("b.zone", test::small_zone("b.example"));
  const auto outcome = std::make_shared<std::promise<ReloadOutcome>>();
  auto future = outcome->get_future();
  reloader.request([outcome](const ReloadOutcome& told) { outcome->set_value(told); });
  const ReloadOutcome got = future.get();
  EXPECT_FALSE(got.ok);
  EXPECT_EQ(to_string(got.diagnostics.all().at(0)),
            "error: there is not enough memory to put it in force");
  EXPECT_EQ(reloader.current(), loaded);
}

}  // namespace
}  // namespace rhumb
