#include "server/operator.h"

#include "zones/check_yaml.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const Label kLondonSite{"site", "london"};
const Label kWeb{"tier", "web"};

CheckOverride out(std::optional<std::int64_t> until_ms = {}) {
  return {Health::kUnhealthy, until_ms, "disk"};
}

TEST(Operator, SaysNothingAtFirst) {
  const Operator says;
  EXPECT_EQ(says.find("a"), nullptr);
  EXPECT_FALSE(says.drains(std::vector<Label>{kLondonSite}));
  EXPECT_FALSE(says.next_end_ms().has_value());
}

TEST(Operator, TheLastWordCounts) {
  Operator says;
  EXPECT_TRUE(says.say("a", out()));
  EXPECT_TRUE(says.say("a", {Health::kHealthy, {}, "false alarm"}));
  ASSERT_NE(says.find("a"), nullptr);
  EXPECT_EQ(*says.find("a"), (CheckOverride{Health::kHealthy, {}, "false alarm"}));
}

TEST(Operator, TakingBackGivesWhatWasSaid) {
  Operator says;
  says.say("a", out());
  EXPECT_EQ(says.take_back("a"), out());
  EXPECT_EQ(says.take_back("a"), std::nullopt);
  EXPECT_EQ(says.take_back(kLondonSite), std::nullopt);
}

TEST(Operator, DrainsWhatHasTheLabelAndNothingElse) {
  Operator says;
  says.say(kLondonSite, Drain{{}, "power"});
  EXPECT_TRUE(says.drains(std::vector<Label>{kWeb, kLondonSite}));
  EXPECT_FALSE(says.drains(std::vector<Label>{kWeb, {"site", "paris"}, {"london", "site"}}));
  EXPECT_FALSE(says.drains({}));
}

TEST(Operator, NamesTheDrainsInTheOrderOfTheLabels) {
  Operator says;
  says.say(kLondonSite, Drain{});
  says.say(kWeb, Drain{});
  EXPECT_THAT(says.drains_of(std::vector<Label>{kWeb, {"a", "b"}, kLondonSite}),
              ElementsAre(kWeb, kLondonSite));
}

TEST(Operator, EndsWhatIsOverAndKeepsTheRest) {
  Operator says;
  says.say("a", out(100));
  says.say("b", out(200));
  says.say("c", out());
  says.say(kLondonSite, Drain{150, "power"});
  EXPECT_EQ(says.next_end_ms(), 100);
  const Operator::Ended ended = says.end(150);
  EXPECT_THAT(ended.overrides, ElementsAre(Pair("a", out(100))));
  EXPECT_THAT(ended.drains, ElementsAre(Pair(kLondonSite, Drain{150, "power"})));
  EXPECT_EQ(says.find("a"), nullptr);
  EXPECT_NE(says.find("b"), nullptr);
  EXPECT_NE(says.find("c"), nullptr);
  EXPECT_EQ(says.next_end_ms(), 200);
}

TEST(Operator, NothingEndsBeforeItsTime) {
  Operator says;
  says.say("a", out(100));
  EXPECT_TRUE(says.end(99).overrides.empty());
  EXPECT_NE(says.find("a"), nullptr);
}

TEST(Operator, ALaterEndReplacesAnEarlierOne) {
  Operator says;
  says.say("a", out(100));
  says.say("a", out(300));
  EXPECT_TRUE(says.end(100).overrides.empty());
  EXPECT_EQ(says.next_end_ms(), 300);
}

TEST(Operator, DrainsAreBounded) {
  Operator says;
  for (std::size_t i = 0; i < kMaxDrains; ++i) {
    ASSERT_TRUE(says.say({"site", std::to_string(i)}, Drain{}));
  }
  EXPECT_FALSE(says.say(kLondonSite, Drain{}));
  EXPECT_TRUE(says.say({"site", "7"}, Drain{{}, "again"}));
}

TEST(Operator, ADrainBeatsAnOverrideAndThatTheProbes) {
  const CheckOverride healthy{Health::kHealthy, {}, ""};
  const CheckOverride unhealthy{Health::kUnhealthy, {}, ""};
  EXPECT_EQ(overruled(Health::kUnknown, nullptr, false), Health::kUnknown);
  EXPECT_EQ(overruled(Health::kUnhealthy, &healthy, false), Health::kHealthy);
  EXPECT_EQ(overruled(Health::kHealthy, &unhealthy, false), Health::kUnhealthy);
  EXPECT_EQ(overruled(Health::kHealthy, &healthy, true), Health::kUnhealthy);
}

TEST(ParseLabel, SplitsAtTheFirstEqualsSign) {
  const Result<Label> label = parse_label("site=a=b");
  ASSERT_TRUE(label.ok());
  EXPECT_EQ(label.value(), Label("site", "a=b"));
  EXPECT_EQ(to_string(label.value()), "site=a=b");
}

TEST(ParseLabel, RefusesWhatIsNone) {
  for (const char* text : {"", "site", "=london", "site="}) {
    ASSERT_FALSE(parse_label(text).ok()) << text;
    EXPECT_THAT(parse_label(text).error(), HasSubstr("write LABEL=VALUE, such as site=london"));
  }
  for (const char* text : {"site=lon don", "si te=london", "site=\n", "site=\x7f", "\t=x"}) {
    EXPECT_THAT(parse_label(text).error(), HasSubstr("has blanks; write it without")) << text;
  }
  EXPECT_FALSE(parse_label("a=" + std::string(kMaxLabelBytes, 'x')).ok());
  const std::string longest(kMaxCheckText, 'x');  // name or value
  EXPECT_TRUE(parse_label(longest + "=" + longest).ok());
}

}  // namespace
}  // namespace rhumb
