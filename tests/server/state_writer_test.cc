#include "server/state_writer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <new>
#include <vector>

#include "server/clock.h"
#include "tests/server/log_lines.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kNeverMs = 3'600'000;
// What is written is written at once; what fails is tried again at once.
constexpr StatePace kHurry{.gap_ms = 1, .retry_ms = 1, .refresh_ms = kNeverMs};

class StateWriterThreads : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path_of(const std::string& name) const {
    return folder_.path() + "/" + name;
  }
  [[nodiscard]] bool wait_content(const std::string& name, const std::string& content) const {
    return test::wait_until([&] { return test::read_file(path_of(name)) == content; });
  }
  [[nodiscard]] StateFolder state() const { return StateFolder(folder_.path()); }
  // A document that holds how often it was asked for.
  StateDocument counting(const std::string& name, std::atomic<int>& asked) {
    return {name, [&asked] { return std::optional(std::to_string(++asked)); }};
  }

  test::TempDir folder_;
  Log log_{LogLevel::kError, LogFormat::kText};
  std::atomic<int> asked_a_{0};
  std::atomic<int> asked_b_{0};
};

TEST_F(StateWriterThreads, WritesTheDocumentThatChanged) {
  StateWriter writer(state(), {counting("a", asked_a_), counting("b", asked_b_)}, log_, kHurry);
  writer.changed(1);
  EXPECT_TRUE(wait_content("b", "1"));
  EXPECT_EQ(asked_a_, 0);
}

TEST_F(StateWriterThreads, ChangesWithinTheGapRideTogether) {
  const StatePace pace{.gap_ms = kNeverMs, .retry_ms = kNeverMs, .refresh_ms = kNeverMs};
  StateWriter writer(state(), {counting("a", asked_a_)}, log_, pace);
  writer.changed(0);
  ASSERT_TRUE(wait_content("a", "1"));
  for (int i = 0; i < 100; ++i) writer.changed(0);
  EXPECT_EQ(asked_a_, 1);
  writer.stop();
  EXPECT_EQ(test::read_file(path_of("a")), "2");
}

// Unless told otherwise.
TEST_F(StateWriterThreads, ASecondWriteComesTwoHundredMillisecondsAfterTheFirstAtTheSoonest) {
  std::vector<std::int64_t> asked_ms;  // the writer's until it has stopped
  const auto text = [&] {
    asked_ms.push_back(monotonic_ms());
    return std::optional(std::to_string(++asked_a_));
  };
  StateWriter writer(state(), {{"a", text}}, log_);
  writer.changed(0);
  ASSERT_TRUE(wait_content("a", "1"));
  writer.changed(0);
  ASSERT_TRUE(wait_content("a", "2"));
  writer.stop();
  EXPECT_GE(asked_ms.at(1) - asked_ms.at(0), 200);
}

TEST_F(StateWriterThreads, WritesAllAtTheStop) {
  StateWriter writer(state(), {counting("a", asked_a_), counting("b", asked_b_)}, log_, kHurry);
  writer.stop();
  EXPECT_EQ(test::read_file(path_of("a")), "1");
  EXPECT_EQ(test::read_file(path_of("b")), "1");
}

TEST_F(StateWriterThreads, RefreshesTheFirstDocumentWithoutAChange) {
  const StatePace pace{.gap_ms = 1, .retry_ms = 1, .refresh_ms = 1};
  StateWriter writer(state(), {counting("a", asked_a_), counting("b", asked_b_)}, log_, pace);
  EXPECT_TRUE(test::wait_until([&] { return asked_a_ > 2; }));
  EXPECT_EQ(asked_b_, 0);
}

TEST_F(StateWriterThreads, ADocumentWithNothingToKeepLeavesItsFile) {
  folder_.write("a", "before");
  StateWriter writer(state(), {{.name = "a", .text = [] { return std::optional<std::string>(); }}},
                     log_, kHurry);
  writer.changed(0);
  writer.stop();
  EXPECT_EQ(test::read_file(path_of("a")), "before");
}

TEST_F(StateWriterThreads, WhoTellsOfAChangeWaitsForNoWrite) {
  std::promise<void> begun;
  std::promise<void> end;
  std::atomic<int> asked{0};
  const auto text = [&] {
    if (asked++ == 0) {
      begun.set_value();
      end.get_future().wait();
    }
    return std::optional<std::string>("x");
  };
  StateWriter writer(state(), {{"a", text}}, log_, kHurry);
  writer.changed(0);
  begun.get_future().wait();
  writer.changed(0);  // comes back, though the writer is busy
  EXPECT_EQ(asked, 1);
  end.set_value();
  EXPECT_TRUE(test::wait_until([&] { return asked == 2; }));
}

TEST_F(StateWriterThreads, ADiskThatIsFullIsToldOnceAndTriedUntilItHasRoom) {
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    // Each attempt takes the link away; the document puts it there again until it has been tried
    // often enough.
    const auto full = [&] {
      if (++asked_a_ < 10) std::filesystem::create_symlink("/dev/full", path_of("a.new"));
      return std::optional(std::to_string(asked_a_));
    };
    StateWriter writer(state(), {{"a", full}}, log, kHurry);
    EXPECT_EQ(writer.problem(), "");
    writer.changed(0);
    EXPECT_TRUE(wait_content("a", "10"));
    EXPECT_TRUE(test::wait_until([&] { return writer.problem().empty(); }));
  });
  EXPECT_THAT(lines,
              ElementsAre(HasSubstr("warn  state cannot be kept; a restart would not know of "
                                    "what changes now file=" +
                                    path_of("a")),
                          HasSubstr("info  state is kept again folder=")));
  EXPECT_THAT(lines.at(0), HasSubstr("No space left on device"));
}

TEST_F(StateWriterThreads, AFileThatCannotBeWrittenIsAProblem) {
  std::filesystem::create_directory(path_of("a.new"));
  StateWriter writer(state(), {counting("a", asked_a_)}, log_, kHurry);
  writer.changed(0);
  ASSERT_TRUE(test::wait_until([&] { return !writer.problem().empty(); }));
  EXPECT_THAT(writer.problem(), HasSubstr(path_of("a") + ": "));
  std::filesystem::remove(path_of("a.new"));
  EXPECT_TRUE(test::wait_until([&] { return writer.problem().empty(); }));
}

TEST_F(StateWriterThreads, AFlushWaitsForNoGapAndIsToldOnceItIsOnDisk) {
  const StatePace pace{.gap_ms = kNeverMs, .retry_ms = kNeverMs, .refresh_ms = kNeverMs};
  StateWriter writer(state(), {counting("a", asked_a_)}, log_, pace);
  writer.changed(0);
  ASSERT_TRUE(wait_content("a", "1"));
  for (const char* const content : {"2", "3"}) {
    std::promise<std::string> found;
    writer.flush(0, [&](bool written) {
      found.set_value(written ? test::read_file(path_of("a")) : "nothing");
    });
    EXPECT_EQ(found.get_future().get(), content);
  }
}

TEST_F(StateWriterThreads, AFlushThatFailsIsToldToo) {
  std::filesystem::create_directory(path_of("a.new"));
  StateWriter writer(state(), {counting("a", asked_a_), counting("b", asked_b_)}, log_, kHurry);
  std::promise<bool> a;
  std::promise<bool> b;
  writer.flush(0, [&](bool written) { a.set_value(written); });
  EXPECT_FALSE(a.get_future().get());
  writer.flush(1, [&](bool written) { b.set_value(written); });
  EXPECT_TRUE(b.get_future().get());
}

TEST_F(StateWriterThreads, MoreFlushesThanMayWaitForADiskThatHangsAreRefused) {
  std::promise<void> begun;
  std::promise<void> end;
  const auto text = [&]() -> std::optional<std::string> {
    if (asked_a_++ == 0) {
      begun.set_value();
      end.get_future().wait();
    }
    return "x";
  };
  std::atomic<std::size_t> written{0};
  std::atomic<int> refused{0};
  const auto done = [&](bool is_written) { is_written ? void(++written) : void(++refused); };
  StateWriter writer(state(), {{"a", text}}, log_, kHurry);
  writer.changed(0);
  begun.get_future().wait();
  for (std::size_t i = 0; i < kMaxFlushes; ++i) writer.flush(0, done);
  EXPECT_EQ(refused, 0);
  writer.flush(0, done);
  EXPECT_EQ(refused, 1);
  end.set_value();
  EXPECT_TRUE(test::wait_until([&] { return written == kMaxFlushes; }));
}

// To open a pipe that nobody reads is to wait for a disk that hangs.
TEST_F(StateWriterThreads, ADiskThatHangsIsLeftToItselfAtTheStopAndTheFilesAreNamed) {
  constexpr StatePace kImpatient{.gap_ms = 1, .retry_ms = 1, .refresh_ms = kNeverMs, .stop_ms = 1};
  ASSERT_EQ(mkfifo(path_of("a.new").c_str(), 0600), 0);
  std::atomic<int> kept{0};
  std::atomic<int> lost{0};
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    StateWriter writer(state(), {counting("a", asked_a_), counting("b", asked_b_)}, log,
                       kImpatient);
    const auto told = [&](bool written) { ++(written ? kept : lost); };
    writer.flush(0, told);
    ASSERT_TRUE(test::wait_until([&] { return asked_a_ == 1; }));
    writer.flush(1, told);
    writer.stop();
    EXPECT_EQ(kept, 0);
    EXPECT_EQ(lost, 2);
  });
  EXPECT_THAT(lines, ElementsAre(AllOf(HasSubstr("warn  the disk does not answer, and is not "
                                                 "waited for; a restart may not know of what "
                                                 "changed last files="),
                                       HasSubstr(path_of("a") + "," + path_of("b")))));
  // The thread that was left goes on with the disk, and touches nothing of ours.
  const Fd reader(open(path_of("a.new").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  EXPECT_TRUE(test::wait_until([&] { return !std::filesystem::exists(path_of("a.new")); }));
  EXPECT_EQ(asked_a_, 1);
  EXPECT_EQ(asked_b_, 0);
  EXPECT_EQ(lost, 2);
}

TEST_F(StateWriterThreads, WhatCouldNotBeReadBackIsNotWritten) {
  folder_.write("a", "before");
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    const auto large = [] { return std::optional<std::string>("123456789"); };
    StateWriter writer(state(), {{"a", large, 8}}, log, kHurry);
    writer.stop();
  });
  EXPECT_THAT(lines, ElementsAre(HasSubstr("it would be larger than 8 octets")));
  EXPECT_EQ(test::read_file(path_of("a")), "before");
}

TEST_F(StateWriterThreads, WantOfMemoryIsAFailureToo) {
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    const auto poor = []() -> std::optional<std::string> { throw std::bad_alloc(); };
    StateWriter writer(state(), {{"a", poor}}, log, kHurry);
    writer.stop();
  });
  EXPECT_THAT(lines, ElementsAre(HasSubstr("bad_alloc")));
}

}  // namespace
}  // namespace rhumb
