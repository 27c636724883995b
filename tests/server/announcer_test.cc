#include "server/announcer.h"

#include "tests/server/edition.h"
#include "tests/server/log_lines.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
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

TEST(Announcer, SaysWhyACheckIsUndecidedIfItKnows) {
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [](Log& log) {
    EventLog events;
    NamedIds ids;
    ids.add("new");
    ids.add("burn", "no data: timeout");
    Announcer(Clock(), log, events).undecided(ids);
  });
  EXPECT_THAT(lines,
              ElementsAre(EndsWith("counts as healthy id=new"),
                          EndsWith("counts as healthy id=burn reason=\"no data: timeout\"")));
}

TEST(Announcer, SaysWhenACheckHasNoDataAndWhenItHasSomeAgain) {
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [](Log& log) {
    EventLog events;
    Announcer announcer(Clock(), log, events);
    CheckBook book;
    book.begin(test::edition({test::check_of("burn")}), 0);
    book.finish(book.prepare(0));
    const auto give = [&](const LastProbe& result) {
      book.apply(book.ticket(*book.find("burn")), result, 0);
      announcer.changed(book, book.take_changes(0));
    };
    give({false, 0, 1, "no data: timeout", false});
    give({false, 0, 1, "no data: timeout", false});
    give({true, 0, 1, "0.5", true});
  });
  EXPECT_THAT(lines, ElementsAre(EndsWith("check has no data id=burn reason=\"no data: timeout\""),
                                 EndsWith("check has data again id=burn reason=0.5")));
}

}  // namespace
}  // namespace rhumb
