#include "server/config_rate_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "answer/rate_limit.h"
#include "tests/server/config_reader.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigRateLimit : public test::ConfigReader {
 protected:
  // As ConfigReader; the limits are in limits_.
  std::vector<std::string> read(const std::string& keys) {
    std::vector<std::string> found = ConfigReader::read(keys);
    limits_ = config_.options.rate_limits;
    return found;
  }

  std::shared_ptr<const RateLimits> limits_;
};

TEST_F(ConfigRateLimit, IsOffWhenAbsentAndAtZero) {
  for (const char* keys : {"", "rateLimit: {}", "rateLimit: {slip: 1, exempt: [192.0.2.0/24]}",
                           "rateLimit: {responsesPerSecond: 0}"}) {
    EXPECT_THAT(read(keys), IsEmpty()) << keys;
    EXPECT_EQ(limits_, nullptr) << keys;
  }
}

TEST_F(ConfigRateLimit, ReadsItsKeys) {
  EXPECT_THAT(read("rateLimit: {responsesPerSecond: 20}"), IsEmpty());
  ASSERT_NE(limits_, nullptr);
  EXPECT_EQ(limits_->responses_per_second, 20U);
  EXPECT_EQ(limits_->slip, 2);
  EXPECT_THAT(limits_->exempt, IsEmpty());
  EXPECT_THAT(read("rateLimit: {responsesPerSecond: 10000, slip: 0, exempt: [\"2001:db8::/32\", "
                   "192.0.2.0/24]}"),
              IsEmpty());
  EXPECT_EQ(limits_->responses_per_second, 10'000U);
  EXPECT_EQ(limits_->slip, 0);
  EXPECT_THAT(limits_->exempt, ElementsAre(IpPrefix::parse("192.0.2.0/24").value(),
                                           IpPrefix::parse("2001:db8::/32").value()));
}

TEST_F(ConfigRateLimit, RefusesNumbersThatCannotBe) {
  EXPECT_THAT(read("rateLimit: {responsesPerSecond: 10001}"),
              ElementsAre(HasSubstr("rhumb.yaml:2:33: error: ")));
  EXPECT_THAT(read("rateLimit: {responsesPerSecond: -1}"), ElementsAre(HasSubstr("2:33: error: ")));
  EXPECT_THAT(read("rateLimit: {slip: 11}"), ElementsAre(HasSubstr("2:19: error: ")));
  EXPECT_THAT(read("rateLimit: 20"), ElementsAre(HasSubstr("2:12: error: ")));
}

TEST_F(ConfigRateLimit, SaysWhichNetworkWasMeant) {
  EXPECT_THAT(
      read("rateLimit:\n  exempt:\n  - 192.0.2.7\n  - \"2001:db8::1\"\n  - 192.0.2.7/24\n"
           "  - \"2001:db8::1/32\"\n  - 192.0.2.0/33\n  - office\n  - 192.0.2.0/24\n"
           "  - \"::ffff:127.92.0.0/112\""),
      ElementsAre(
          "rhumb.yaml:4:5: error: \"192.0.2.7\" has no prefix length; write \"192.0.2.7/32\"",
          "rhumb.yaml:5:5: error: \"2001:db8::1\" has no prefix length; write "
          "\"2001:db8::1/128\"",
          "rhumb.yaml:6:5: error: \"192.0.2.7/24\" has bits set behind its prefix "
          "length; write \"192.0.2.0/24\"",
          "rhumb.yaml:7:5: error: \"2001:db8::1/32\" has bits set behind its prefix "
          "length; write \"2001:db8::/32\"",
          HasSubstr("rhumb.yaml:8:5: error: \"192.0.2.0/33\": the prefix length "),
          "rhumb.yaml:9:5: error: \"office\" is no network; write one such as "
          "\"192.0.2.0/24\" or \"2001:db8::/32\"",
          "rhumb.yaml:11:5: error: \"::ffff:127.92.0.0/112\" is an IPv4 network; write "
          "\"127.92.0.0/16\""));
}

TEST_F(ConfigRateLimit, HasALimitForTheExempt) {
  std::string networks;
  for (int i = 0; i < 1025; ++i) {
    networks += (i == 0 ? "" : ", ") + ("10." + std::to_string(i / 256)) + "." +
                std::to_string(i % 256) + ".0/24";
  }
  EXPECT_THAT(read("rateLimit: {exempt: [" + networks + "]}"),
              ElementsAre("rhumb.yaml:2:21: error: there are more than 1024 networks"));
}

TEST_F(ConfigRateLimit, KnowsWhatOthersCallIt) {
  EXPECT_THAT(read("rateLimit: {responses-per-second: 5}"),
              ElementsAre(HasSubstr("write \"responsesPerSecond\"")));
  EXPECT_THAT(read("rateLimit: {exempt-clients: []}"), ElementsAre(HasSubstr("write \"exempt\"")));
  EXPECT_THAT(read("rrl: {}"), ElementsAre(HasSubstr("write \"rateLimit\"")));
}

}  // namespace
}  // namespace rhumb
