#include "server/reload_reminder.h"

#include <future>
#include <optional>

#include "tests/server/loaded.h"
#include "tests/server/log_lines.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kFoundMs = 1'764'000'000'000;

TEST(ReloadReminderTest, IsDueAnHourAfterTheErrorsWereFoundAndEachHourSince) {
  ReloadReminder reminder;
  int due = 0;
  for (std::int64_t after_ms = 0; after_ms < 5 * kReloadReminderMs; after_ms += 2'000) {
    const bool is_due = reminder.is_due(kFoundMs, kFoundMs + after_ms);
    EXPECT_EQ(is_due, after_ms > 0 && after_ms % kReloadReminderMs == 0) << after_ms;
    due += is_due ? 1 : 0;
  }
  EXPECT_EQ(due, 4);
}

TEST(ReloadReminderTest, OtherErrorsBeginAnotherHour) {
  ReloadReminder reminder;
  EXPECT_FALSE(reminder.is_due(kFoundMs, kFoundMs + 1'000));
  EXPECT_FALSE(reminder.is_due(kFoundMs + 5'000, kFoundMs + kReloadReminderMs));
  EXPECT_TRUE(reminder.is_due(kFoundMs + 5'000, kFoundMs + 5'000 + kReloadReminderMs));
}

TEST(ReloadReminderTest, SaysWhatIsServedInstead) {
  const test::TempDir folder;
  folder.write("a.zone", test::small_zone("a.example"));
  const std::string path = folder.write("rhumb.yaml", "log: {level: error}\nzones: [a.zone]\n");
  Log quiet(LogLevel::kError, LogFormat::kText);
  const Clock clock;
  Published<View> views;
  Monitor monitor(views, clock, quiet);
  Diagnostics diagnostics;
  const auto loaded = load(path, nullptr, diagnostics);
  std::promise<void> adopted;
  monitor.adopt(loaded, [&](Adoption) { adopted.set_value(); });
  adopted.get_future().wait();
  Reloader reloader(loaded, monitor, clock, quiet);
  ReloadReminder reminder;
  const auto look = [&](std::int64_t now_ms) {
    return test::lines_of(LogLevel::kWarning, LogFormat::kText,
                          [&](Log& log) { reminder.look(reloader, now_ms, log); });
  };
  EXPECT_THAT(look(kFoundMs), IsEmpty());
  ReloadOutcome refused;
  refused.at_ms = kFoundMs;
  refused.diagnostics.error({path, 1, 1}, "wrong");
  refused.diagnostics.error({path, 2, 1}, "wrong");
  reloader.note_refused_start(refused);
  EXPECT_THAT(look(kFoundMs + 1), IsEmpty());
  EXPECT_THAT(
      look(kFoundMs + kReloadReminderMs),
      ElementsAre(HasSubstr(" warn  the files on disk are still refused; a restart would fail "
                            "refused=2025-11-24T16:00:00.000Z errors=2 served=\"what was accepted "
                            "before\"")));
  monitor.stop();
}

}  // namespace
}  // namespace rhumb
