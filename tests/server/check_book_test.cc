#include "server/check_book.h"

#include "server/check_report.h"
#include "tests/server/edition.h"

namespace rhumb {
namespace {

using test::calculated_of;
using test::check_of;
using test::edition;
using test::push_of;
using test::switch_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Label kLondon{"site", "london"};
// Two sites with a check each; london's set has a label of its own.
constexpr const char* kTwoSites =
    "- {name: www, type: A, setIdentifier: one, failover: PRIMARY, healthCheckId: a, "
    "labels: {site: london}, values: 192.0.2.1}\n"
    "- {name: www, type: A, setIdentifier: two, failover: SECONDARY, healthCheckId: b, "
    "values: 192.0.2.2}\n";

// How verdicts turned: "a healthy>unhealthy".
class CheckBookTest : public ::testing::Test {
 protected:
  CheckBook::Switched adopt(std::shared_ptr<const ZoneSet> zones) {
    book_.begin(std::move(zones), now_ms_);
    CheckBook::Switched switched = book_.finish(book_.prepare(now_ms_));
    take();
    return switched;
  }
  void take() { changes_ = book_.take_changes(now_ms_); }
  std::vector<std::string> turns() {
    take();
    std::vector<std::string> texts;
    for (const Turn& turn : changes_.turns) {
      texts.push_back(book_.spec(turn.slot)->id + " " + std::string(to_string(turn.from)) + ">" +
                      std::string(to_string(turn.to)));
    }
    return texts;
  }
  // Of the changes that turns() took.
  std::vector<std::string> groups() {
    std::vector<std::string> texts;
    for (const GroupTurn& turn : changes_.groups) {
      texts.push_back(book_.group_name(turn.group) + (turn.last_resort ? " entered" : " left"));
    }
    return texts;
  }
  void probe(std::string_view id, bool ok) {
    book_.apply(book_.ticket(*book_.find(id)), {ok, now_ms_, 1, ok ? "fine" : "broken"}, now_ms_);
  }
  void know_nothing(std::string_view id) {
    book_.apply(book_.ticket(*book_.find(id)), {false, now_ms_, 1, "no answer", false}, now_ms_);
  }
  CheckStatus status(std::string_view id) { return book_.status(book_.number_of(*book_.find(id))); }
  Health verdict(std::string_view id) { return status(id).verdict; }
  std::string reason(std::string_view id) { return book_.reason(*book_.find(id)); }
  bool alive(std::string_view id) { return book_.lanes().alive().is_alive(gate(id)); }
  bool stands(std::string_view id) {
    const auto standing = book_.lanes().standing();
    return standing.empty() || gate_bit(standing, gate(id));
  }
  GateNumber gate(std::string_view id) { return book_.number_of(*book_.find(id)) + 1; }
  // Set `number` of the one group.
  bool set_alive(std::uint32_t number) {
    const GateNumber first = static_cast<GateNumber>(book_.zones()->checks().size()) + 1;
    return book_.lanes().alive().is_alive(first + number);
  }
  static CheckOverride word(Health state, std::optional<std::int64_t> until_ms = {}) {
    return {state, until_ms, "disk"};
  }

  std::int64_t now_ms_ = 1'000;
  CheckBook book_;
  CheckBook::Changes changes_;
};

TEST_F(CheckBookTest, AResultThatFlipsIsOneTurn) {
  adopt(edition({check_of("a")}));
  probe("a", true);
  EXPECT_THAT(turns(), ElementsAre("a unknown>healthy"));
  now_ms_ = 4'000;
  probe("a", false);
  EXPECT_THAT(turns(), ElementsAre("a healthy>unhealthy"));
  EXPECT_EQ(changes_.turns[0].held_ms, 3'000);
  EXPECT_EQ(reason("a"), "broken");
  EXPECT_FALSE(alive("a"));
  EXPECT_THAT(turns(), IsEmpty());
}

TEST_F(CheckBookTest, CountsProbesAndTurns) {
  adopt(edition({check_of("a")}));
  for (const bool ok : {true, true, false, true}) {
    probe("a", ok);
    take();
  }
  const CheckCounters counters = status("a").counters;
  EXPECT_EQ(counters.probes_ok, 3U);
  EXPECT_EQ(counters.probes_failed, 1U);
  EXPECT_EQ(counters.to_healthy, 2U);
  EXPECT_EQ(counters.to_unhealthy, 1U);
}

TEST_F(CheckBookTest, AResultWithoutDataIsCountedApartAndToldOfOnce) {
  adopt(edition({check_of("a")}));
  const auto data_turns = [this] {
    take();
    std::vector<bool> has_data;
    for (const DataTurn& turn : changes_.data) has_data.push_back(turn.has_data);
    return has_data;
  };
  probe("a", true);
  EXPECT_THAT(data_turns(), IsEmpty());
  know_nothing("a");
  EXPECT_THAT(data_turns(), ElementsAre(false));
  know_nothing("a");
  EXPECT_THAT(data_turns(), IsEmpty());
  probe("a", true);
  EXPECT_THAT(data_turns(), ElementsAre(true));
  const CheckCounters counters = status("a").counters;
  EXPECT_EQ(counters.probes_ok, 2U);
  EXPECT_EQ(counters.probes_failed, 0U);
  EXPECT_EQ(counters.probes_no_data, 2U);
}

TEST_F(CheckBookTest, AnOverrideBeatsProbesInBothLanes) {
  adopt(edition({check_of("a")}));
  probe("a", true);
  take();
  EXPECT_TRUE(book_.say("a", word(Health::kUnhealthy)));
  EXPECT_TRUE(book_.changed());
  EXPECT_THAT(turns(), ElementsAre("a healthy>unhealthy"));
  EXPECT_EQ(reason("a"), "override: disk");
  EXPECT_FALSE(alive("a"));
  EXPECT_FALSE(stands("a"));
  EXPECT_EQ(status("a").found, Health::kHealthy);
  EXPECT_TRUE(book_.take_back("a"));
  EXPECT_THAT(turns(), ElementsAre("a unhealthy>healthy"));
  EXPECT_TRUE(alive("a"));
  EXPECT_THAT(book_.lanes().standing(), IsEmpty());
}

TEST_F(CheckBookTest, AHealthyOverrideHoldsItAliveThroughFailures) {
  adopt(edition({check_of("a")}));
  book_.say("a", word(Health::kHealthy));
  probe("a", false);
  EXPECT_THAT(turns(), ElementsAre("a unknown>healthy"));
  EXPECT_TRUE(alive("a"));
  EXPECT_EQ(status("a").state.measured, Health::kUnhealthy);
  book_.take_back("a");
  EXPECT_THAT(turns(), ElementsAre("a healthy>unhealthy"));
}

TEST_F(CheckBookTest, AnOverrideThatChangesNothingIsNoTurn) {
  adopt(edition({check_of("a")}));
  probe("a", false);
  take();
  book_.say("a", word(Health::kUnhealthy));
  EXPECT_THAT(turns(), IsEmpty());
  EXPECT_FALSE(stands("a"));
}

TEST_F(CheckBookTest, ADrainTakesOutChecksAndSetsWithTheLabel) {
  adopt(edition({check_of("a"), check_of("b", {kLondon}), check_of("c", {kLondon})}, kTwoSites));
  book_.say("b", word(Health::kHealthy));
  take();
  book_.say(kLondon, Drain{{}, "power"});
  EXPECT_THAT(turns(), ElementsAre("b healthy>unhealthy", "c unknown>unhealthy"));
  EXPECT_EQ(reason("c"), "drained by site=london: power");
  EXPECT_TRUE(alive("a"));
  EXPECT_FALSE(set_alive(0));
  EXPECT_FALSE(set_alive(1));
  EXPECT_EQ(book_.drained(kLondon).checks, 2U);
  EXPECT_EQ(book_.drained(kLondon).sets, 1U);
  book_.take_back(kLondon);
  EXPECT_THAT(turns(), ElementsAre("b unhealthy>healthy", "c unhealthy>unknown"));
  EXPECT_TRUE(set_alive(0));
  EXPECT_THAT(book_.lanes().standing(), IsEmpty());
}

TEST_F(CheckBookTest, OfTwoDrainsOneIsEnough) {
  const Label web{"tier", "web"};
  adopt(edition({check_of("a", {kLondon, web})}));
  book_.say(kLondon, Drain{});
  book_.say(web, Drain{});
  book_.take_back(kLondon);
  EXPECT_FALSE(alive("a"));
  EXPECT_FALSE(stands("a"));
  book_.take_back(web);
  EXPECT_TRUE(alive("a"));
  EXPECT_TRUE(stands("a"));
}

TEST_F(CheckBookTest, WordsOutlastReloadsAndHitWhatIsNew) {
  adopt(edition({check_of("a")}));
  book_.say("a", word(Health::kUnhealthy));
  book_.say(kLondon, Drain{});
  take();
  adopt(edition({check_of("new", {kLondon}), check_of("a"), check_of("b")}, kTwoSites));
  EXPECT_EQ(verdict("a"), Health::kUnhealthy);
  EXPECT_FALSE(alive("a"));
  EXPECT_EQ(verdict("new"), Health::kUnhealthy);
  EXPECT_FALSE(set_alive(0));
  EXPECT_TRUE(set_alive(1));
}

TEST_F(CheckBookTest, AnOrphanIsInForceAgainWhenItsIdReturns) {
  adopt(edition({check_of("a")}));
  book_.say("a", word(Health::kUnhealthy));
  take();
  EXPECT_THAT(adopt(edition({})).gone, ElementsAre("a"));
  EXPECT_NE(book_.said().find("a"), nullptr);
  adopt(edition({check_of("a")}));
  EXPECT_EQ(verdict("a"), Health::kUnhealthy);
  EXPECT_FALSE(alive("a"));
  EXPECT_FALSE(stands("a"));
}

TEST_F(CheckBookTest, WordsEndByThemselves) {
  adopt(edition({check_of("a", {kLondon}), check_of("b")}));
  book_.say("b", word(Health::kUnhealthy, 2'000));
  book_.say(kLondon, Drain{3'000, ""});
  take();
  book_.end(1'999);
  EXPECT_THAT(turns(), IsEmpty());
  book_.end(2'000);
  EXPECT_THAT(turns(), ElementsAre("b unhealthy>unknown"));
  book_.end(3'000);
  EXPECT_THAT(turns(), ElementsAre("a unhealthy>unknown"));
}

TEST_F(CheckBookTest, ASwitchIsItsDefaultUntilItIsOverridden) {
  adopt(edition({switch_of("off", false), switch_of("on")}));
  EXPECT_EQ(verdict("on"), Health::kHealthy);
  EXPECT_EQ(verdict("off"), Health::kUnhealthy);
  EXPECT_FALSE(alive("off"));
  EXPECT_FALSE(stands("off"));
  EXPECT_EQ(reason("off"), "default unhealthy");
  book_.say("off", word(Health::kHealthy));
  EXPECT_TRUE(alive("off"));
  EXPECT_TRUE(stands("off"));
  EXPECT_THAT(book_.lanes().standing(), IsEmpty());
}

TEST_F(CheckBookTest, ASwitchFollowsItsDefaultOverAReload) {
  adopt(edition({switch_of("s")}));
  now_ms_ = 9'000;
  book_.begin(edition({switch_of("s", false)}), now_ms_);
  book_.finish(book_.prepare(now_ms_));
  EXPECT_THAT(turns(), ElementsAre("s healthy>unhealthy"));
  EXPECT_EQ(status("s").state.since_ms, 9'000);
  EXPECT_FALSE(alive("s"));
}

TEST_F(CheckBookTest, APushCheckIsUndecidedUntilThePushOrTheEnd) {
  const auto switched = adopt(edition({push_of("p", 500)}));
  ASSERT_THAT(switched.changed, ElementsAre(*book_.find("p")));
  EXPECT_EQ(book_.awaited(), 0U);
  EXPECT_EQ(book_.due_ms(*book_.find("p"), now_ms_), 1'500);
  EXPECT_EQ(verdict("p"), Health::kUnknown);
  now_ms_ = 1'500;
  book_.expire(*book_.find("p"), now_ms_);
  EXPECT_THAT(turns(), ElementsAre("p unknown>unhealthy"));
  EXPECT_EQ(reason("p"), "no push for 500ms");
  now_ms_ = 1'700;
  book_.push(*book_.find("p"), now_ms_);
  EXPECT_THAT(turns(), ElementsAre("p unhealthy>healthy"));
  EXPECT_EQ(reason("p"), "pushed");
  EXPECT_EQ(book_.due_ms(*book_.find("p"), now_ms_), 2'200);
}

TEST_F(CheckBookTest, APushOutlastsAReload) {
  adopt(edition({push_of("p", 500)}));
  book_.push(*book_.find("p"), 1'200);
  take();
  now_ms_ = 1'600;
  adopt(edition({push_of("p", 900)}));
  EXPECT_EQ(verdict("p"), Health::kHealthy);
  EXPECT_EQ(book_.due_ms(*book_.find("p"), now_ms_), 2'100);
}

TEST_F(CheckBookTest, AGroupEntersAndLeavesLastResort) {
  adopt(edition({check_of("a"), check_of("b")}, kTwoSites));
  probe("a", false);
  take();
  EXPECT_THAT(groups(), IsEmpty());
  probe("b", false);
  take();
  EXPECT_THAT(groups(), ElementsAre("www.blog.example.com. A entered"));
  probe("a", true);
  take();
  EXPECT_THAT(groups(), ElementsAre("www.blog.example.com. A left"));
}

TEST_F(CheckBookTest, AReloadTellsOfAGroupOnlyWhatChanged) {
  adopt(edition({check_of("a"), check_of("b")}, kTwoSites));
  probe("a", false);
  probe("b", false);
  take();
  adopt(edition({check_of("x"), check_of("a"), check_of("b")}, kTwoSites));
  EXPECT_THAT(groups(), IsEmpty());
  probe("b", true);
  take();
  EXPECT_THAT(groups(), ElementsAre("www.blog.example.com. A left"));
}

TEST_F(CheckBookTest, WhatIsProbedFollowsNoOperatorHoweverDeepItIsNested) {
  CheckSpec turned = calculated_of("turned", {"mid"});
  turned.inverted = true;
  adopt(edition({check_of("a", {kLondon}), check_of("b"), calculated_of("mid", {"a", "b"}),
                 calculated_of("top", {"mid"}), turned}));
  probe("a", true);
  probe("b", true);
  take();
  book_.say(kLondon, Drain{});
  book_.say("b", word(Health::kUnhealthy));
  EXPECT_THAT(turns(), UnorderedElementsAre("a healthy>unhealthy", "b healthy>unhealthy",
                                            "mid healthy>unhealthy", "top healthy>unhealthy",
                                            "turned unhealthy>healthy"));
  EXPECT_EQ(status("top").found, Health::kHealthy);
  EXPECT_EQ(status("top").state.measured, Health::kHealthy);
  EXPECT_EQ(status("turned").found, Health::kUnhealthy);
  EXPECT_EQ(status("turned").verdict, Health::kHealthy);
}

TEST_F(CheckBookTest, ProbesMoveWhatIsProbedUnderAnOverride) {
  adopt(edition({check_of("a"), calculated_of("top", {"a"})}));
  probe("a", true);
  book_.say("a", word(Health::kHealthy));
  take();
  now_ms_ = 5'000;
  probe("a", false);
  EXPECT_FALSE(book_.changed());
  EXPECT_THAT(turns(), IsEmpty());
  EXPECT_EQ(status("top").found, Health::kUnhealthy);
  EXPECT_EQ(status("top").state.since_ms, 5'000);
  EXPECT_EQ(verdict("top"), Health::kHealthy);
  now_ms_ = 6'000;
  book_.take_back("a");
  EXPECT_THAT(turns(), UnorderedElementsAre("a healthy>unhealthy", "top healthy>unhealthy"));
  EXPECT_EQ(status("top").state.since_ms, 5'000);
}

TEST_F(CheckBookTest, AnOverriddenParentIsProbedByItsChildrenAlone) {
  CheckSpec off = calculated_of("off", {"a"});
  off.disabled = true;
  adopt(edition({check_of("a"), calculated_of("top", {"a", "off"}), off}));
  book_.say("top", word(Health::kUnhealthy));
  book_.say("off", word(Health::kUnhealthy));
  probe("a", true);
  EXPECT_EQ(status("top").found, Health::kHealthy);
  EXPECT_EQ(status("off").found, Health::kHealthy);
  probe("a", false);
  EXPECT_EQ(status("top").found, Health::kUnhealthy);
  EXPECT_EQ(status("off").found, Health::kHealthy);
  adopt(edition({check_of("a"), calculated_of("top", {"off"}), off}));
  EXPECT_EQ(status("top").found, Health::kHealthy);
  EXPECT_EQ(verdict("top"), Health::kUnhealthy);
}

TEST_F(CheckBookTest, ASwitchCountsForWhatIsProbedByItsDefault) {
  adopt(edition({switch_of("s", false), calculated_of("top", {"s"})}));
  book_.say("s", word(Health::kHealthy));
  EXPECT_EQ(status("top").found, Health::kUnhealthy);
  EXPECT_EQ(verdict("top"), Health::kHealthy);
}

TEST_F(CheckBookTest, AReasonNamesTheChildrenAndWhoTookThemOut) {
  CheckSpec off = switch_of("off");
  off.disabled = off.inverted = true;
  adopt(edition({check_of("a"), check_of("b"), check_of("c"), calculated_of("mid", {"a"}), off,
                 calculated_of("top", {"a", "b", "c", "mid", "off"}, 2)}));
  EXPECT_EQ(reason("mid"), "1 of 1 child healthy (1 still undecided), needs 1");
  probe("a", false);
  probe("c", true);
  take();
  book_.say("b", word(Health::kUnhealthy));
  take();
  EXPECT_EQ(
      reason("top"),
      "1 of 5 children healthy, needs 2; unhealthy: a (broken), b (override: disk), mid (0 of "
      "1 child healthy) and 1 more");
  EXPECT_EQ(status("top").said_reason, "");
  book_.say("top", word(Health::kHealthy));
  EXPECT_EQ(reason("top"), "override: disk");
  EXPECT_THAT(status("top").reason, HasSubstr("1 of 5 children healthy"));
}

TEST_F(CheckBookTest, AnUndecidedCheckIsToldOfOnce) {
  adopt(edition({check_of("a"), check_of("b"), switch_of("s")}));
  know_nothing("b");
  const NamedIds undecided = book_.take_undecided();
  EXPECT_THAT(undecided.first, ElementsAre("a", "b"));
  EXPECT_THAT(undecided.reasons, ElementsAre("", "no answer"));
  adopt(edition({check_of("a"), check_of("new")}));
  EXPECT_THAT(book_.take_undecided().first, ElementsAre("new"));
}

TEST_F(CheckBookTest, OfManyUndecidedChecksTheFirstAreNamedAndAllAreCounted) {
  std::vector<CheckSpec> checks;
  for (std::size_t i = 0; i < kMaxNamed + 5; ++i)
    checks.push_back(check_of("c" + std::to_string(i)));
  adopt(edition(checks));
  const NamedIds undecided = book_.take_undecided();
  EXPECT_EQ(undecided.first.size(), kMaxNamed);
  EXPECT_EQ(undecided.count, kMaxNamed + 5);
}

TEST_F(CheckBookTest, OfManyOrphansTheFirstAreNamedAndAllAreCounted) {
  SavedState state;
  for (std::size_t i = 0; i < kMaxNamed + 5; ++i) {
    state.overrides.push_back({"gone" + std::to_string(i), Health::kUnhealthy, {}, ""});
  }
  book_.restore(std::move(state));
  const NamedIds orphans = adopt(edition({check_of("a")})).orphans;
  EXPECT_EQ(orphans.first.size(), kMaxNamed);
  EXPECT_EQ(orphans.count, kMaxNamed + 5);
}

TEST_F(CheckBookTest, AStatusWithoutWordsIsTheSameButForThem) {
  adopt(edition({check_of("a"), calculated_of("top", {"a"}, 1)}));
  probe("a", false);
  const std::size_t top = book_.number_of(*book_.find("top"));
  const CheckStatus told = book_.status(top);
  const CheckStatus bare = book_.status(top, Words::kLeftOut);
  EXPECT_NE(told.reason, "");
  EXPECT_EQ(bare.reason, "");
  EXPECT_EQ(bare.verdict, told.verdict);
  book_.say("top", word(Health::kHealthy));
  EXPECT_EQ(book_.status(top, Words::kLeftOut).said_reason, "");
  EXPECT_EQ(book_.status(top).said_reason, "override: disk");
}

// What keeps the health thread from verdicts is what is looked at, not what is told of.
TEST_F(CheckBookTest, APartOfAReportEndsWithTheChecksThatWereLookedAt) {
  adopt(
      edition({check_of("a"), check_of("b"), check_of("c"), calculated_of("x", {"a", "b", "c"}, 1),
               calculated_of("y", {"a", "b", "c"}, 1), calculated_of("z", {"a", "b", "c"}, 1)}));
  const auto told = [&](std::size_t first, Words words) {
    return report_of(book_, first, 5, words).statuses.size();
  };
  EXPECT_EQ(told(0, Words::kTold), 4U);
  EXPECT_EQ(told(3, Words::kTold), 2U);
  EXPECT_EQ(told(5, Words::kTold), 1U);
  EXPECT_EQ(told(0, Words::kLeftOut), 5U);
  EXPECT_EQ(report_of(book_, 4, 1, Words::kTold).statuses.size(), 1U);
}

TEST_F(CheckBookTest, AnOverrideIsAnOrphanFromTheFirstEditionOrTheOneThatDropsIt) {
  book_.restore({.checks = {},
                 .overrides = {{"gone", Health::kUnhealthy, {}, ""}, {"a", {}, {}, ""}},
                 .drains = {},
                 .zones = {}});
  EXPECT_THAT(adopt(edition({check_of("a")})).orphans.first, ElementsAre("gone"));
  EXPECT_THAT(adopt(edition({check_of("b")})).orphans.first, ElementsAre("a"));
  EXPECT_THAT(adopt(edition({})).orphans.first, IsEmpty());
}

TEST_F(CheckBookTest, ForeseesWhatWouldBeAliveUnderOtherWords) {
  adopt(edition({check_of("a", {kLondon}), check_of("b"), check_of("c")}));
  probe("c", false);
  Operator next = book_.said();
  next.say(kLondon, Drain{});
  EXPECT_THAT(book_.alive_under(next), ElementsAre(false, true, false));
  EXPECT_THAT(book_.alive_under(book_.said()), ElementsAre(true, true, false));
  EXPECT_THAT(book_.alive_under(next, Measured::kHealthy), ElementsAre(false, true, true));
  EXPECT_TRUE(alive("a"));
}

// What another server knows, as it would be handed over.
SavedCheck saved(const std::string& id, Health measured, std::int64_t since_ms, bool ok) {
  SavedCheck check;
  check.id = id;
  check.state.measured = measured;
  check.state.since_ms = since_ms;
  check.last = LastProbe{ok, since_ms, 1, ok ? "fine" : "broken"};
  return check;
}

TEST_F(CheckBookTest, RenewedItKnowsWhatTheOtherServerFoundAndTellsNoTurn) {
  adopt(edition({check_of("a"), check_of("b"), calculated_of("c", {"a", "b"}, 2)}, kTwoSites));
  for (const char* id : {"a", "b"}) probe(id, true);
  take();
  now_ms_ = 9'000;
  SavedState state;
  state.checks = {saved("a", Health::kUnhealthy, 5'000, false)};
  book_.renew(state, now_ms_);
  EXPECT_THAT(turns(), IsEmpty());
  EXPECT_EQ(verdict("a"), Health::kUnhealthy);
  EXPECT_EQ(status("a").state.since_ms, 5'000);
  EXPECT_EQ(reason("a"), "broken");
  EXPECT_FALSE(alive("a"));
  EXPECT_EQ(verdict("b"), Health::kHealthy) << "of which nothing was said";
  EXPECT_EQ(verdict("c"), Health::kUnhealthy) << "which follows from it";
  EXPECT_FALSE(set_alive(0));
  EXPECT_TRUE(set_alive(1));
  probe("a", true);
  EXPECT_THAT(turns(), UnorderedElementsAre("a unhealthy>healthy", "c unhealthy>healthy"));
}

TEST_F(CheckBookTest, RenewedItHasTheOtherServersWordsAlone) {
  adopt(edition({check_of("a", {kLondon}), check_of("b")}, kTwoSites));
  for (const char* id : {"a", "b"}) probe(id, true);
  book_.say("b", word(Health::kUnhealthy));
  take();
  SavedState state;
  state.drains.push_back({"site=london", std::nullopt, "power"});
  state.overrides.push_back({"gone", Health::kHealthy, std::nullopt, "kept"});
  book_.renew(state, now_ms_);
  EXPECT_THAT(turns(), IsEmpty());
  EXPECT_TRUE(alive("b"));
  EXPECT_FALSE(alive("a"));
  EXPECT_FALSE(stands("a"));
  EXPECT_EQ(book_.said().overrides().size(), 1U);
}

TEST_F(CheckBookTest, RenewedItGoesOnCountingFailuresAtOnce) {
  CheckSpec patient = check_of("a");
  patient.failure_threshold = 3;
  adopt(edition({patient, check_of("b")}));
  for (const char* id : {"a", "b"}) probe(id, true);
  const CheckBook::Ticket under_way = book_.ticket(*book_.find("a"));
  SavedState state;
  state.checks = {saved("a", Health::kHealthy, 0, false), saved("b", Health::kHealthy, 0, true)};
  state.checks[0].state.streak = 2;
  state.checks[0].state.streak_of = Sample::kFailed;
  EXPECT_THAT(book_.renew(state, now_ms_), ElementsAre(*book_.find("a")));
  EXPECT_FALSE(book_.is_current(under_way));
  probe("a", false);
  EXPECT_EQ(verdict("a"), Health::kUnhealthy);
}

TEST_F(CheckBookTest, RenewedAPushCheckExpiresByTheLastPushThere) {
  adopt(edition({push_of("a", 1'000)}));
  now_ms_ = 10'000;
  SavedCheck pushed;
  pushed.id = "a";
  pushed.state.measured = Health::kHealthy;
  pushed.pushed_ms = 9'500;
  SavedState state;
  state.checks = {pushed};
  book_.renew(state, now_ms_);
  EXPECT_EQ(verdict("a"), Health::kHealthy);
  EXPECT_EQ(book_.due_ms(*book_.find("a"), now_ms_), 10'500);
}

}  // namespace
}  // namespace rhumb
