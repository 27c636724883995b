// A reload that goes on without zones with errors: they stay as they were, and all else is taken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Strings = std::vector<std::string>;

std::string one_address_zone(const std::string& apex, const std::string& address) {
  return test::yaml_zone(apex, "", "- {name: www, type: A, values: [" + address + "]}\n");
}

class KeepBadZones : public ::testing::Test {
 protected:
  void SetUp() override {
    write("a", "192.0.2.1");
    write("b", "192.0.2.1");
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }
  void write(const std::string& name, const std::string& address) const {
    folder_.write("zones/" + name + ".yaml", one_address_zone(name + ".test", address));
  }
  void write_wrong(const std::string& name) const {
    folder_.write("zones/" + name + ".yaml", "zone: " + name + ".test\nnonsense: true\n");
  }
  [[nodiscard]] Strings www(const std::string& name) const {
    return rhumb_.addresses("www." + name + ".test");
  }
  [[nodiscard]] test::Finished reload() const {
    return rhumb_.command({"reload", "--keep-bad-zones"});
  }

  test::TempDir folder_;
  test::Rhumb rhumb_{folder_, test::kZonesOfFolder};
};

TEST_F(KeepBadZones, TakesAllOthersAndSaysWhichStayed) {
  write("a", "192.0.2.2");
  write_wrong("b");
  write_wrong("new");
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 1);
  EXPECT_EQ(www("a"), Strings{"192.0.2.1"});
  const test::Finished done = reload();
  EXPECT_EQ(done.exit_code, 1) << "not all was taken";
  EXPECT_THAT(done.out, HasSubstr("1 zone read again, 1 kept"));
  EXPECT_THAT(done.err, AllOf(HasSubstr("b.test. has errors and stays as it was: "),
                              HasSubstr("new.yaml has errors and is left out"),
                              HasSubstr("b.yaml:2:1: error: unknown key \"nonsense\"")));
  EXPECT_EQ(www("a"), Strings{"192.0.2.2"});
  EXPECT_EQ(www("b"), Strings{"192.0.2.1"});
  EXPECT_EQ(rhumb_.ask({.name = "www.new.test"})->rcode, "REFUSED");
  EXPECT_THAT(
      rhumb_.process().output(),
      HasSubstr("reloaded, but for zones with errors read=1 kept=1 zones=\"with errors, and "
                "as before: b.test.; with errors, and left out: "));
  EXPECT_THAT(rhumb_.command({"events"}).out, HasSubstr("as before: b.test."));
}

TEST_F(KeepBadZones, AreShownUntilTheyAreMended) {
  write_wrong("b");
  ASSERT_EQ(reload().exit_code, 1);
  const JsonValue status = rhumb_.json({"status"});
  EXPECT_EQ(status["badZones"].items().size(), 1U);
  EXPECT_EQ(status["badZones"].items()[0]["zone"].text(), "b.test.");
  EXPECT_TRUE(status["restartWouldFail"].boolean());
  EXPECT_TRUE(status["lastReload"]["ok"].boolean());
  EXPECT_GE(status["lastReload"]["errorCount"].whole(), 1);
  EXPECT_THAT(rhumb_.command({"status"}).out,
              HasSubstr("b.test. has errors and is served as it was before"));
  rhumb_.process().signal(SIGHUP);
  ASSERT_TRUE(rhumb_.process().wait_output("reload refused"));
  EXPECT_EQ(rhumb_.json({"status"})["badZones"].items().size(), 1U) << "it is served as before";
  write("b", "192.0.2.3");
  const test::Finished done = reload();
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(www("b"), Strings{"192.0.2.3"});
  EXPECT_EQ(rhumb_.json({"status"})["badZones"].items().size(), 0U);
  EXPECT_FALSE(rhumb_.json({"status"})["restartWouldFail"].boolean());
}

TEST_F(KeepBadZones, StayUnderAnotherNameOfTheirFileToo) {
  std::filesystem::remove(folder_.path() + "/zones/b.yaml");
  folder_.write("zones/moved.yaml", "zone: b.test\nnonsense: true\n");
  EXPECT_EQ(reload().exit_code, 1);
  EXPECT_EQ(www("b"), Strings{"192.0.2.1"});
}

TEST_F(KeepBadZones, WhatIsWrongWithTheWholeRefusesAllTheSame) {
  write("a", "192.0.2.2");
  write_wrong("b");
  rhumb_.rewrite("zones: [\"zones/*\"]\nnonsense: true\n");
  EXPECT_THAT(reload().err, HasSubstr("the reload was refused"));
  EXPECT_EQ(www("a"), Strings{"192.0.2.1"});
}

TEST_F(KeepBadZones, AZoneThatStaysAndNamesACheckThatIsGoneRefusesAll) {
  rhumb_.rewrite("zones: [\"zones/*\"]\nhealthChecks: [{id: valve, type: SWITCH}]\n");
  folder_.write("zones/b.yaml",
                test::yaml_zone("b.test", "",
                                "- {name: www, type: A, healthCheckId: valve, values: "
                                "[192.0.2.1]}\n"));
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  write("a", "192.0.2.2");
  write_wrong("b");
  rhumb_.rewrite("zones: [\"zones/*\"]\n");
  EXPECT_THAT(reload().err, AllOf(HasSubstr("the reload was refused"), HasSubstr("valve")));
  EXPECT_EQ(www("a"), Strings{"192.0.2.1"});
}

TEST_F(KeepBadZones, OverTheApiItIsAskedForInTheBody) {
  write_wrong("b");
  const auto post = [&](const std::string& body) {
    return test::run({"curl", "-s", "--unix-socket", folder_.path() + "/control.sock", "-d", body,
                      "http://rhumb/api/v1/reload"})
        .out;
  };
  EXPECT_THAT(post(R"({"keepBadZones":false})"), HasSubstr("\"error\":\"the reload was refused"));
  EXPECT_THAT(post(R"({"keepBadZones":true})"),
              AllOf(Not(HasSubstr("\"error\":")), HasSubstr("\"zone\":\"b.test.\"")));
  EXPECT_THAT(post(R"({"keepBadZone":true})"), HasSubstr("did you mean"));
}

}  // namespace
}  // namespace rhumb
