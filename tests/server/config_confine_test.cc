#include "server/config_confine.h"

#include "tests/server/config_reader.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using ConfigConfine = test::ConfigReader;

TEST_F(ConfigConfine, TheServerIsConfinedUnlessToldOtherwise) {
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_EQ(config_.user, "");
  EXPECT_EQ(config_.confine, (ConfineConfig{.seccomp = true, .landlock = true}));
  EXPECT_THAT(read("user: rhumb\nconfine: {seccomp: false}"), IsEmpty());
  EXPECT_EQ(config_.user, "rhumb");
  EXPECT_EQ(config_.user_place.line, 2U);
  EXPECT_EQ(config_.confine, (ConfineConfig{.seccomp = false, .landlock = true}));
  EXPECT_THAT(read("confine: {landlock: false}"), IsEmpty());
  EXPECT_EQ(config_.confine, (ConfineConfig{.seccomp = true, .landlock = false}));
}

TEST_F(ConfigConfine, WhatIsWrongHasItsPlace) {
  EXPECT_THAT(read("user: \"\""), ElementsAre(HasSubstr("rhumb.yaml:2:7: error: ")));
  EXPECT_THAT(read("confine: {seccomp: yes}"), ElementsAre(HasSubstr("2:20: error: ")));
  EXPECT_THAT(read("confine: {landlocks: true}"),
              ElementsAre("rhumb.yaml:2:11: error: unknown key \"landlocks\"; did you mean "
                          "\"landlock\"?"));
  EXPECT_THAT(read("confine: true"), ElementsAre(HasSubstr("2:10: error: ")));
}

TEST_F(ConfigConfine, AUserThatThisMachineLacksIsAWarning) {
  read("user: no-such-user");
  Diagnostics found;
  warn_of_user(config_, found);
  ASSERT_EQ(found.all().size(), 1U);
  EXPECT_THAT(to_string(found.all()[0]),
              HasSubstr("rhumb.yaml:2:7: warning: there is no user \"no-such-user\" on this "
                        "system; where there is none, no server starts"));
  Diagnostics none;
  read("user: root");
  warn_of_user(config_, none);
  EXPECT_THAT(none.all(), IsEmpty());
}

TEST_F(ConfigConfine, BothNeedARestart) {
  read("user: one");
  const Config running = config_;
  read("user: two\nconfine: {seccomp: false}");
  Diagnostics found;
  warn_of_restart(running, config_, found);
  ASSERT_EQ(found.all().size(), 2U);
  EXPECT_EQ(found.all()[0].message, "\"user\" has changed; it takes effect with a restart");
  EXPECT_EQ(found.all()[1].message, "\"confine\" has changed; it takes effect with a restart");
}

// To bind, no other file is read, and what only these can tell is left to the load.
TEST_F(ConfigConfine, WhatIsReadToBindNeedsNoOtherFile) {
  const std::string path = folder_.write(
      "rhumb.yaml",
      "zones: none.zone\nlisten: \"127.0.0.1:5300\"\nuser: rhumb\nworkers: 3\nunknown: 1\n"
      "http: {listen: \"127.0.0.1:8053\", tokenFile: none}\nstateDirectory: state\n");
  Diagnostics found;
  const Config config = read_config_to_bind(path, found);
  EXPECT_THAT(found.all(), IsEmpty());
  EXPECT_EQ(config.listen, std::vector<Endpoint>{*Endpoint::parse("127.0.0.1:5300")});
  EXPECT_EQ(config.user, "rhumb");
  EXPECT_EQ(config.workers, 3);
  ASSERT_TRUE(config.http);
  EXPECT_EQ(config.http->listen, *Endpoint::parse("127.0.0.1:8053"));
  EXPECT_EQ(config.state_directory, folder_.path() + "/state");
}

TEST_F(ConfigConfine, WhatIsReadToBindHasItsErrors) {
  const std::string path = folder_.write("rhumb.yaml", "listen: \"127.0.0.1:0\"\nworkers: no\n");
  Diagnostics found;
  (void)read_config_to_bind(path, found);
  EXPECT_EQ(found.error_count(), 2U);
}

}  // namespace
}  // namespace rhumb
