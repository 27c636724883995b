#include "server/safety.h"

#include "server/config.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

CheckSpec check(const std::string& id, const std::string& tier) {
  CheckSpec spec;
  spec.id = id;
  spec.labels = {{"tier", tier}, {"site", id}};
  return spec;
}

SafetyRule rule(std::uint32_t at_least, const std::string& tier) {
  return {at_least, {{"tier", tier}}, {"rhumb.yaml", 7, 3}};
}

const CheckSpec kLondonCheck = check("london", "web");
const CheckSpec kParis = check("paris", "web");
const CheckSpec kStore = check("store", "db");

std::vector<BrokenRule> broken_by(const SafetyRule& rule, const std::vector<CheckChange>& changes) {
  return broken_rules(std::span(&rule, 1), changes);
}

TEST(Safety, ARuleBreaksWhenFewerThanItWantsWouldBeLeft) {
  const SafetyRule one = rule(1, "web");
  EXPECT_THAT(broken_by(one, {{&kLondonCheck, true, false}, {&kParis, true, true}}), IsEmpty());
  const auto broken = broken_by(one, {{&kLondonCheck, true, false}, {&kParis, false, false}});
  ASSERT_THAT(broken, SizeIs(1));
  EXPECT_EQ(broken[0].checks, 2U);
  EXPECT_EQ(broken[0].healthy_after, 0U);
}

TEST(Safety, ARuleThatIsBrokenAlreadyRefusesOnlyWhatMakesItWorse) {
  const SafetyRule two = rule(2, "web");
  EXPECT_THAT(broken_by(two, {{&kLondonCheck, true, true}, {&kParis, false, false}}), IsEmpty());
  EXPECT_THAT(broken_by(two, {{&kLondonCheck, true, false}, {&kParis, false, true}}), IsEmpty());
  EXPECT_THAT(broken_by(two, {{&kLondonCheck, true, false}, {&kParis, false, false}}), SizeIs(1));
}

TEST(Safety, ARuleIsAboutTheChecksThatHaveAllItsLabels) {
  SafetyRule both = rule(1, "web");
  both.labels.emplace_back("site", "london");
  EXPECT_THAT(broken_by(both, {{&kLondonCheck, true, true}, {&kParis, true, false}}), IsEmpty());
  EXPECT_THAT(broken_by(both, {{&kLondonCheck, true, false}, {&kParis, true, true}}), SizeIs(1));
}

TEST(Safety, AChangeOfOtherChecksBreaksNothing) {
  EXPECT_THAT(broken_by(rule(1, "web"), {{&kLondonCheck, false, false}, {&kStore, true, false}}),
              IsEmpty());
}

TEST(Safety, ARuleThatIsBrokenNowIsNotToldOfTwice) {
  const SafetyRule rules[] = {rule(1, "web"), rule(1, "db")};
  const BrokenRule web{&rules[0], 2, 0};
  const BrokenRule db{&rules[1], 1, 0};
  const std::vector<BrokenRule> both = {web, db};
  EXPECT_EQ(danger(with_those_once_healthy({web}, both)),
            "the safety rule at rhumb.yaml:7:3 wants at least 1 healthy with tier=web, and 0 of 2 "
            "would be left; the safety rule at rhumb.yaml:7:3 wants at least 1 healthy with "
            "tier=db, and 0 of 1 would be left, even once all are measured healthy");
}

TEST(Safety, TheRefusalNamesTheRuleWhatWouldBeLeftAndTheWayOut) {
  const SafetyRule rules[] = {rule(1, "web"), rule(2, "db")};
  const CheckChange changes[] = {
      {&kLondonCheck, true, false}, {&kParis, false, false}, {&kStore, true, false}};
  EXPECT_EQ(danger({}), "");
  EXPECT_EQ(refusal(danger(broken_rules(rules, changes))),
            "the safety rule at rhumb.yaml:7:3 wants at least 1 healthy with tier=web, and 0 of 2 "
            "would be left; the safety rule at rhumb.yaml:7:3 wants at least 2 healthy with "
            "tier=db, and 0 of 1 would be left; with --force it is done all the same");
}

TEST(Safety, WarnsOfRulesThatNothingFitsOrThatNothingCanKeep) {
  const SafetyRule rules[] = {rule(1, "web"), rule(1, "cache"), rule(3, "web")};
  const CheckSpec checks[] = {kLondonCheck, kParis};
  Diagnostics diagnostics;
  warn_of_rules(rules, CheckRefs(checks), diagnostics);
  ASSERT_EQ(diagnostics.all().size(), 2U);
  EXPECT_EQ(to_string(diagnostics.all()[0]),
            "rhumb.yaml:7:3: warning: no check has tier=cache; the rule does nothing");
  EXPECT_EQ(to_string(diagnostics.all()[1]),
            "rhumb.yaml:7:3: warning: only 2 of the checks have tier=web; 3 can never be healthy");
}

struct ReadRules {
  std::vector<SafetyRule> rules;
  std::vector<std::string> found;  // diagnostics, without the file
};

ReadRules read_rules(const std::string& rules) {
  const test::TempDir folder;
  const std::string path = folder.write("rhumb.yaml", "zones: a.zone\nsafetyRules:" + rules + "\n");
  Diagnostics diagnostics;
  ReadRules got{read_config(path, diagnostics).safety_rules, {}};
  for (const Diagnostic& each : diagnostics.all()) {
    got.found.push_back(to_string(each).substr(path.size() + 1));
  }
  return got;
}

TEST(SafetyRules, AreAListOfCountsAndLabels) {
  const ReadRules got = read_rules("\n- {atLeast: 2, of: {labels: {tier: web, site: london}}}");
  EXPECT_THAT(got.found, IsEmpty());
  ASSERT_THAT(got.rules, SizeIs(1));
  EXPECT_EQ(got.rules[0].at_least, 2U);
  EXPECT_THAT(got.rules[0].labels,
              ElementsAre(std::pair<std::string, std::string>("tier", "web"),
                          std::pair<std::string, std::string>("site", "london")));
  EXPECT_EQ(got.rules[0].place.line, 3U);
}

TEST(SafetyRules, AllErrorsHaveTheirPlaceAndSayWhatToWrite) {
  EXPECT_THAT(read_rules(" 1").found, ElementsAre(HasSubstr("2:14: error:")));
  EXPECT_THAT(read_rules(" [1]").found, ElementsAre(HasSubstr("2:15: error:")));
  EXPECT_THAT(read_rules(" [{}]").found,
              ElementsAre("2:15: error: \"atLeast\" is missing; write atLeast: 1",
                          "2:15: error: \"of\" is missing; write of: {labels: {tier: web}}"));
  EXPECT_THAT(read_rules(" [{atLeast: 0, of: {}}]").found,
              ElementsAre(HasSubstr("2:25: error:"),
                          "2:32: error: \"labels\" is missing; write labels: {tier: web}"));
  EXPECT_THAT(read_rules(" [{atLeast: 1, of: {labels: {}}}]").found,
              ElementsAre("2:41: error: there is no label; write one, such as {tier: web}"));
  EXPECT_THAT(
      read_rules(" [{atLeast: 1, of: {label: {tier: web}}}]").found,
      ElementsAre(HasSubstr("\"labels\" is missing"), HasSubstr("did you mean \"labels\"")));
  EXPECT_THAT(read_rules(" [{atLeast: 1, of: {labels: {tier: \"\"}}}]").found, SizeIs(1));
}

TEST(SafetyRules, OneWithAnErrorIsLeftOut) {
  EXPECT_THAT(read_rules(" [{atLeast: 1}, {atLeast: 1, of: {labels: {tier: web}}}]").rules,
              SizeIs(1));
}

TEST(SafetyRules, AreBounded) {
  std::string many = " [";
  for (std::size_t i = 0; i <= kMaxSafetyRules; ++i) {
    many += "{atLeast: 1, of: {labels: {tier: web}}}, ";
  }
  EXPECT_THAT(read_rules(many + "]").found, ElementsAre("2:14: error: there are more than 256"));
}

}  // namespace
}  // namespace rhumb
