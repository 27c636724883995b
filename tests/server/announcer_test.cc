#include "server/announcer.h"

#include "tests/server/log_lines.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Announcer, SaysUntilWhenAnOperatorsWordHolds) {
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [](Log& log) {
    EventLog events;
    Announcer announcer(Clock(), log, events);
    announcer.overridden("a", std::nullopt, {Health::kUnhealthy, 1'700'000'000'000, "disk"});
    announcer.overridden("a", std::nullopt, {Health::kUnhealthy, std::nullopt, "disk"});
    announcer.drained({"site", "london"}, std::nullopt, {std::nullopt, "power"}, {});
  });
  EXPECT_THAT(lines, ElementsAre(HasSubstr("check overridden id=a state=unhealthy reason=disk "
                                           "until=2023-11-14T22:13:20.000Z"),
                                 HasSubstr("until=\"it is cleared\""),
                                 HasSubstr("label drained label=\"site=london\" reason=power "
                                           "until=\"it is restored\"")));
}

}  // namespace
}  // namespace rhumb
