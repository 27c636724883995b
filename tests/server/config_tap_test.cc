#include "server/config_tap.h"

#include "tests/server/config_reader.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigTap : public test::ConfigReader {};

TEST_F(ConfigTap, IsOffWhenAbsent) {
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_FALSE(config_.tap.is_on());
}

TEST_F(ConfigTap, ReadsTheSocketFromItsFolder) {
  EXPECT_THAT(read("dnstap: {socket: run/tap}"), IsEmpty());
  EXPECT_EQ(config_.tap.socket, folder_.path() + "/run/tap");
  EXPECT_NE(config_.tap.identity, "");
  EXPECT_THAT(read("dnstap: {socket: /run/tap}"), IsEmpty());
  EXPECT_EQ(config_.tap.socket, "/run/tap");
}

TEST_F(ConfigTap, TellsTheCollectorTheIdentityThatIsGiven) {
  EXPECT_THAT(read("dnstap: {socket: /run/tap}\nidentity: {server: ns1}"), IsEmpty());
  EXPECT_EQ(config_.tap.identity, "ns1");
}

TEST_F(ConfigTap, RefusesSocketsThatCannotBe) {
  EXPECT_THAT(read("dnstap: {}"),
              ElementsAre("rhumb.yaml:2:9: error: \"socket\" is missing; write socket: "
                          "/run/dnstap.sock"));
  EXPECT_THAT(read("dnstap: {socket: \"\"}"), ElementsAre(HasSubstr("the path is empty")));
  EXPECT_THAT(read("dnstap: {socket: /" + std::string(107, 'a') + "}"),
              ElementsAre(HasSubstr("longer than the 107 bytes")));
  EXPECT_THAT(read("dnstap: {socketPath: /run/tap}"),
              ElementsAre(HasSubstr("\"socket\" is missing"), HasSubstr("\"socket\"")));
}

TEST_F(ConfigTap, ReadsTheQueryLog) {
  EXPECT_THAT(read("queryLog: {perSecond: 10}"), IsEmpty());
  EXPECT_EQ(config_.tap.log_per_second, 10U);
  EXPECT_THAT(read("queryLog: {perSecond: 0}"), IsEmpty());
  EXPECT_FALSE(config_.tap.is_on());
  EXPECT_THAT(read("queryLog: {perSecond: 101}"), ElementsAre(HasSubstr("100")));
  EXPECT_THAT(read("queryLog: {}"), ElementsAre(HasSubstr("\"perSecond\" is missing")));
  EXPECT_THAT(read("queryLog: {perSecond: 1, rate: 2}"), ElementsAre(HasSubstr("perSecond")));
}

}  // namespace
}  // namespace rhumb
