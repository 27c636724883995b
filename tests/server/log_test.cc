#include "server/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <utility>

#include "server/clock.h"
#include "tests/server/log_lines.h"
#include "tests/support/process.h"
#include "text/json.h"

namespace rhumb {
namespace {

using test::lines_of;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

std::string one_line(LogFormat format, const std::function<void(Log&)>& write) {
  const auto lines = lines_of(LogLevel::kDebug, format, write);
  return lines.size() == 1 ? lines[0] : std::to_string(lines.size()) + " lines";
}

TEST(Log, TextIsTimeLevelEventAndFields) {
  const std::string line = one_line(LogFormat::kText, [](Log& log) {
    log.info("zones loaded", {{"zones", "2"}, {"records", "14"}});
  });
  EXPECT_THAT(line, MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z"
                                 " info  zones loaded zones=2 records=14"));
}

TEST(Log, TextQuotesAndEscapesWhatWouldMislead) {
  const std::string line = one_line(LogFormat::kText, [](Log& log) {
    log.warn("a\nb",
             {{"spaced", "x y"}, {"empty", ""}, {"odd", "\"\x1b\xff="}, {"word", "h\xc3\xa9"}});
  });
  EXPECT_THAT(line, EndsWith(" warn  a\\x0ab spaced=\"x y\" empty=\"\" odd=\"\\\"\\x1b\\xff=\" "
                             "word=h\xc3\xa9"));
}

TEST(Log, JsonIsOneObjectALine) {
  const std::string line = one_line(LogFormat::kJson, [](Log& log) {
    log.error("check \"x\"\nturned", {{"id", "london"}});
  });
  const auto value = parse_json(line);
  ASSERT_TRUE(value.ok()) << line;
  EXPECT_TRUE(parse_rfc3339(value.value()["at"].text()).has_value());
  EXPECT_EQ(value.value()["level"].text(), "error");
  EXPECT_EQ(value.value()["event"].text(), "check \"x\"\nturned");
  EXPECT_EQ(value.value()["id"].text(), "london");
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  const auto write = [](Log& log) {
    log.debug("no");
    log.info("no");
    log.warn("yes");
    log.configure(LogLevel::kInfo, LogFormat::kText);
    log.info("now");
  };
  const auto lines = lines_of(LogLevel::kWarning, LogFormat::kText, write);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], EndsWith(" warn  yes"));
  EXPECT_THAT(lines[1], EndsWith(" info  now"));
}

TEST(Log, EachDiagnosticIsALineWithItsPlace) {
  Diagnostics diagnostics;
  diagnostics.error({"rhumb.yaml", 3, 5}, "unknown key");
  diagnostics.warn({}, "the zone a. is no longer served");
  const auto lines =
      lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) { log.write(diagnostics); });
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], EndsWith(" error unknown key place=rhumb.yaml:3:5"));
  EXPECT_THAT(lines[1], EndsWith(" warn  the zone a. is no longer served"));
}

// Standard error as a pipe from which nobody reads until read_to_end().
class StuckError {
 public:
  StuckError() : kept_(dup(STDERR_FILENO)) {
    EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0);
    dup2(ends_[1], STDERR_FILENO);
  }
  StuckError(const StuckError&) = delete;
  StuckError& operator=(const StuckError&) = delete;
  ~StuckError() {
    restore();
    close(ends_[0]);
  }
  void restore() {
    if (kept_ < 0) return;
    dup2(kept_, STDERR_FILENO);
    close(std::exchange(kept_, -1));
    close(ends_[1]);
  }
  // The end comes with restore().
  [[nodiscard]] std::string read_to_end() const {
    std::string all;
    std::array<char, 65536> piece{};
    for (ssize_t size = 1; size > 0;) {
      size = read(ends_[0], piece.data(), piece.size());
      all.append(piece.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    }
    return all;
  }

 private:
  int kept_;
  std::array<int, 2> ends_{};
};

// What `write` writes when standard error takes nothing for a while.
std::string slowly_taken(const std::function<void(Log&)>& write) {
  constexpr int kStuckMs = 300;
  StuckError stuck;
  std::atomic<bool> written{false};
  auto writer = std::async(std::launch::async, [&] {
    {
      Log log(LogLevel::kInfo, LogFormat::kText);
      write(log);
      written = true;
    }
    stuck.restore();
  });
  (void)test::wait_until([&] { return written.load(); }, kStuckMs);
  return stuck.read_to_end();
}

TEST(Log, NoDiagnosticIsLost) {
  constexpr int kErrors = 12'000;
  Diagnostics diagnostics;
  for (int i = 0; i < kErrors; ++i) diagnostics.error({"a.zone", 1, 0}, "wrong");
  const std::string text = slowly_taken([&](Log& log) { log.write(diagnostics); });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), kErrors);
  EXPECT_THAT(text, Not(HasSubstr("lost")));
}

TEST(Log, SaysHowManyLinesWereLost) {
  constexpr int kLines = 20'000;
  const std::string text = slowly_taken([](Log& log) {
    for (int i = 0; i < kLines; ++i) log.info("a line");
  });
  const std::string event = "standard error was too slow; lines were lost lines=";
  int lost = 0;
  int tellings = 0;  // as often as the reader falls behind again
  for (std::size_t at = text.find(event); at != std::string::npos; at = text.find(event, at + 1)) {
    lost += std::stoi(text.substr(at + event.size()));
    ++tellings;
  }
  EXPECT_GT(lost, 0);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n') - tellings + lost, kLines);
}

TEST(Clock, CountsWhatPassesWhateverTheSystemsTimeIsSetTo) {
  constexpr std::int64_t kYear = 31'536'000'000;
  const Clock clock({.wall_ms = 1'700'000'000'000, .monotonic_ms = 5'000});
  EXPECT_EQ(clock.started_ms(), 1'700'000'000'000);
  EXPECT_EQ(clock.at({1'700'000'000'250, 5'250}), 1'700'000'000'250);
  EXPECT_EQ(clock.at({1'700'000'000'250 + kYear, 5'250}), 1'700'000'000'250);
  EXPECT_EQ(clock.at({1'700'000'000'250 - kYear, 5'250}), 1'700'000'000'250);
}

TEST(Clock, NeverGoesBack) {
  const Clock clock;
  const std::int64_t first = clock.now_ms();
  EXPECT_GE(first, clock.started_ms());
  EXPECT_GE(clock.now_ms(), first);
}

TEST(Clock, TimesAreWrittenAndReadInUtc) {
  EXPECT_EQ(to_rfc3339(1'795'173'441'007), "2026-11-20T11:17:21.007Z");
  EXPECT_EQ(parse_rfc3339("2026-11-20T11:17:21.007Z"), 1'795'173'441'007);
  EXPECT_EQ(parse_rfc3339("2026-11-20"), std::nullopt);
  EXPECT_EQ(parse_rfc3339(""), std::nullopt);
}

TEST(Clock, DurationsHaveTheirTwoLargestUnits) {
  EXPECT_EQ(to_short_duration(0), "0ms");
  EXPECT_EQ(to_short_duration(999), "999ms");
  EXPECT_EQ(to_short_duration(12'000), "12s");
  EXPECT_EQ(to_short_duration(192'000), "3m12s");
  EXPECT_EQ(to_short_duration(3'600'000), "1h");
  EXPECT_EQ(to_short_duration(1'051'200'000), "12d4h");
}

}  // namespace
}  // namespace rhumb
