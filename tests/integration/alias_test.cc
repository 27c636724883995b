// An alias into another zone while that zone is reloaded again and again: always one of its
// answers, none lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/http.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/steady_load.h"

namespace rhumb {
namespace {

constexpr int kReloads = 1000;
constexpr char kZones[] = "zones: [\"zones/*\"]\n";

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
  folder.write("zones/a.yaml",
               test::yaml_zone("a.test", "",
                               "- {name: plain, type: A, aliasTarget: {name: plain.b.test.}}\n"
                               "- {name: routed, type: A, aliasTarget: {name: routed.b.test.}}\n"));
  folder.write("zones/b.yaml", target_zone(0));
  test::Rhumb rhumb(folder, kZones);
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

}  // namespace
}  // namespace rhumb
