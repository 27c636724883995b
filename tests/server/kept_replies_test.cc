#include "server/kept_replies.h"

#include <new>
#include <string>
#include <vector>

#include "server/control_inbox.h"
#include "tests/server/memory_ends.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kPatienceMs = 100;
constexpr char kKeptReply[] = "{\"status\":\"cleared\"}";
constexpr char kWarned[] =
    "{\"status\":\"cleared\",\"warning\":\"in force, but it cannot be kept over a restart: the "
    "state cannot be written\"}";

class KeptRepliesTest : public ::testing::Test {
 protected:
  void add() {
    replies_.add(
        {200, kKeptReply, ""}, [&](const ControlReply& reply) { told_.push_back(reply.body); }, 0);
  }

  std::vector<std::function<void(bool)>> disk_;  // what waits for it
  KeptReplies replies_{[&](auto done) { disk_.push_back(std::move(done)); }, kPatienceMs};
  std::vector<std::string> told_;
};

TEST_F(KeptRepliesTest, AReplyWaitsForTheDisk) {
  add();
  replies_.tell_overdue(kPatienceMs - 1);
  EXPECT_THAT(told_, IsEmpty());
  disk_.at(0)(true);
  EXPECT_THAT(told_, ElementsAre(kKeptReply));
}

TEST_F(KeptRepliesTest, ADiskThatFailsIsAWarning) {
  add();
  disk_.at(0)(false);
  EXPECT_THAT(told_, ElementsAre(kWarned));
}

TEST_F(KeptRepliesTest, ADiskThatHangsIsAWarningOnce) {
  add();
  replies_.tell_overdue(kPatienceMs);
  EXPECT_THAT(told_, ElementsAre(kWarned));
  replies_.tell_overdue(kPatienceMs);
  disk_.at(0)(true);
  EXPECT_THAT(told_, ElementsAre(kWarned));
}

TEST(KeptReplies, WhatCannotWaitIsAWarningAtOnce) {
  KeptReplies replies([](const auto&) { throw std::bad_alloc(); }, kPatienceMs);
  std::string told;
  replies.add(
      {200, kKeptReply, ""}, [&](const ControlReply& reply) { told = reply.body; }, 0);
  EXPECT_EQ(told, kWarned);
}

TEST(KeptReplies, WithoutAKeeperNothingWaits) {
  KeptReplies replies({}, kPatienceMs);
  std::string told;
  replies.add(
      {200, kKeptReply, ""}, [&](const ControlReply& reply) { told = reply.body; }, 0);
  EXPECT_EQ(told, kKeptReply);
}

// A writer's thread that met bad_alloc in it would end the server.
TEST(KeptRepliesWhereMemoryEnds, AreToldWithoutTakingAny) {
  for (const bool kept : {true, false}) {
    std::function<void(bool)> disk;
    KeptReplies replies([&](auto done) { disk = std::move(done); }, kPatienceMs);
    const auto inbox = std::make_shared<ControlInbox>();
    replies.add({200, kKeptReply, ""}, ControlInbox::slot(inbox, 7), 0);
    test::allocations_left = 0;
    disk(kept);
    test::allocations_left = test::kUnbounded;
    const auto items = inbox->take();
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items.front().exchange, 7U);
    EXPECT_EQ(items.front().reply.body, kept ? kKeptReply : kWarned);
  }
}

TEST(KeptRepliesWhereMemoryEnds, AreToldOrRefusedAndNeverBoth) {
  std::vector<std::function<void(bool)>> disk;
  KeptReplies replies([&](auto done) { disk.push_back(std::move(done)); }, kPatienceMs);
  bool refused = true;
  int left = 0;
  for (; refused; ++left) {
    ASSERT_LT(left, test::kManyAllocations);
    ControlReply reply{200, kKeptReply, ""};
    int told = 0;
    const KeptReplies::Done done = [&](const ControlReply&) { ++told; };
    refused = false;
    test::allocations_left = left;
    try {
      replies.add(std::move(reply), done, 0);
    } catch (const std::bad_alloc&) {
      refused = true;
    }
    test::allocations_left = test::kUnbounded;
    for (const auto& waiting : std::exchange(disk, {})) waiting(true);
    replies.tell_overdue(kPatienceMs);
    EXPECT_EQ(told, refused ? 0 : 1) << left;
  }
  EXPECT_GT(left, 2);
}

}  // namespace
}  // namespace rhumb
