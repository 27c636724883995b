// Aliases into another zone while either zone is reloaded, again and again: always one of its
// answers, none lost; and what happens when the target goes.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "server/api_request.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/sanitized.h"
#include "tests/support/steady_load.h"

namespace rhumb {
namespace {

constexpr int kReloads = test::kSanitized ? 200 : 1000;
constexpr char kAliases[] =
    "- {name: plain, type: A, aliasTarget: {name: plain.b.test.}}\n"
    "- {name: routed, type: A, aliasTarget: {name: routed.b.test.}}\n";

// What the aliases of a.test lead to; each state has other addresses and other numbers of sets.
std::string target_zone(int state) {
  const std::string octet = std::to_string(1 + state % 200);
  std::string records = "- {name: plain, type: A, values: [198.51.100." + octet + "]}\n";
  for (int i = 0; i <= state % 3; ++i) {
    records += "- {name: routed, type: A, setIdentifier: s" + std::to_string(i) +
               ", weight: 1, values: [203.0.113." + octet + "]}\n";
  }
  return test::yaml_zone("b.test", "", records);
}

// "198.51.100.", "203.0.113.": the network that a name's answer is always of.
std::string judge(const test::Reply& reply) {
  const bool plain = reply.question.starts_with("plain.");
  const std::string network = plain ? " A 198.51.100." : " A 203.0.113.";
  const bool right = reply.rcode == "NOERROR" && reply.answer.size() == 1 &&
                     reply.answer[0].find(network) != std::string::npos;
  return right ? "" : reply.question + " got " + reply.rcode;
}

TEST(AliasUnderLoad, LeadsRightThroughAThousandReloadsOfItsTarget) {
  const test::TempDir folder;
  folder.write("zones/a.yaml", test::yaml_zone("a.test", "", kAliases));
  folder.write("zones/b.yaml", target_zone(0));
  test::Rhumb rhumb(folder, test::kZonesOfFolder);
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving());
  test::SteadyLoad load(rhumb.endpoint(), {"plain.a.test", "routed.a.test"}, judge);
  for (int state = 1; state <= kReloads; ++state) {
    folder.write("zones/b.yaml", target_zone(state));
    ApiRequest reload;
    reload.url = "http://rhumb/api/v1/reload";
    reload.unix_socket = folder.path() + "/control.sock";
    reload.method = "POST";
    const ApiReply reply = request(reload);
    ASSERT_EQ(reply.status, 200) << reply.error << reply.body;
  }
  load.stop();
  EXPECT_EQ(load.lost(), 0);
  EXPECT_TRUE(load.wrong().empty()) << load.wrong().front();
  EXPECT_GT(load.answered(), kReloads);
  const std::string last = "198.51.100." + std::to_string(1 + kReloads % 200);
  EXPECT_EQ(rhumb.addresses("plain.a.test"), std::vector<std::string>{last});
}

// An alias in one zone to names of another, by either of which the two can come apart.
class Alias : public ::testing::Test {
 protected:
  void SetUp() override {
    write_aliases("");
    folder_.write("zones/b.yaml", target_zone(0));
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
    expect_both_lead_on();
  }
  void write_aliases(const std::string& more) {
    folder_.write("zones/a.yaml", test::yaml_zone("a.test", "", more + kAliases));
  }
  void expect_both_lead_on() {
    EXPECT_EQ(rhumb_.addresses("plain.a.test"), std::vector<std::string>{"198.51.100.1"});
    EXPECT_EQ(rhumb_.addresses("routed.a.test"), std::vector<std::string>{"203.0.113.1"});
  }
  void expect_refused(const std::string& reason) {
    const auto refused = rhumb_.command({"reload"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.err.find(reason), std::string::npos) << refused.err;
    expect_both_lead_on();
  }

  test::TempDir folder_;
  test::Rhumb rhumb_{folder_, test::kZonesOfFolder};
};

TEST_F(Alias, LeadsOnWhenItsOwnZoneIsReadAgainAndItsTargetsIsKept) {
  write_aliases("- {name: first, type: A, setIdentifier: a, weight: 1, values: [192.0.2.7]}\n");
  const auto reloaded = rhumb_.command({"reload"});
  EXPECT_EQ(reloaded.exit_code, 0) << reloaded.err;
  EXPECT_TRUE(rhumb_.process().wait_output(" reloaded read=1 kept=1 "))
      << rhumb_.process().output();
  expect_both_lead_on();
  EXPECT_EQ(rhumb_.addresses("first.a.test"), std::vector<std::string>{"192.0.2.7"});
}

TEST_F(Alias, WhoseTargetGoesKeepsTheOldStateAndSaysWhere) {
  folder_.write("zones/b.yaml",
                test::yaml_zone("b.test", "", "- {name: plain, type: A, values: [192.0.2.8]}\n"));
  expect_refused("zones/a.yaml:");
  folder_.write("zones/b.yaml", target_zone(0));
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  expect_both_lead_on();
}

TEST_F(Alias, WhoseTargetsZoneGoesKeepsTheOldStateAndSaysWhere) {
  std::filesystem::remove(folder_.path() + "/zones/b.yaml");
  expect_refused("zones/a.yaml:");
}

}  // namespace
}  // namespace rhumb
