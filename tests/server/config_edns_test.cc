#include "server/config_edns.h"

#include "tests/server/config_reader.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigEdns : public test::ConfigReader {};

const std::string kHex = "e5e973e5a6b2a43f48e7dc849e37bfcf";
constexpr SipKey kKey = {0xE5, 0xE9, 0x73, 0xE5, 0xA6, 0xB2, 0xA4, 0x3F,
                         0x48, 0xE7, 0xDC, 0x84, 0x9E, 0x37, 0xBF, 0xCF};

TEST_F(ConfigEdns, CookiesAreMadeWithASecretOfThisStart) {
  EXPECT_THAT(read(""), IsEmpty());
  const CookieSecrets first = config_.options.cookie_secrets;
  EXPECT_EQ(first.count, 1U);
  EXPECT_NE(first.keys[0], SipKey());
  EXPECT_THAT(read("edns: {cookies: true}"), IsEmpty());
  EXPECT_NE(config_.options.cookie_secrets, first);
}

TEST_F(ConfigEdns, AReloadKeepsTheSecretOfThisStart) {
  folder_.write("secrets", kHex + "\n");
  EXPECT_THAT(read(""), IsEmpty());
  const CookieSecrets first = config_.options.cookie_secrets;
  for (const char* edns : {"", "edns: {cookies: false}", "edns: {cookieSecretFile: secrets}"}) {
    before_ = config_;
    EXPECT_THAT(read(edns), IsEmpty());
  }
  before_ = config_;
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_EQ(config_.options.cookie_secrets, first);
}

TEST_F(ConfigEdns, CookiesCanBeOff) {
  EXPECT_THAT(read("edns: {cookies: false}"), IsEmpty());
  EXPECT_FALSE(config_.options.cookie_secrets.heeds_cookies());
}

TEST_F(ConfigEdns, CookieSecretsAreReadFromTheirFile) {
  folder_.write("secrets", "# new\n" + kHex + "\r\n\n  " + std::string(32, 'A') + "  ");
  EXPECT_THAT(read("edns: {cookieSecretFile: secrets}"), IsEmpty());
  const CookieSecrets& secrets = config_.options.cookie_secrets;
  ASSERT_EQ(secrets.count, 2U);
  EXPECT_EQ(secrets.keys[0], kKey);
  EXPECT_EQ(secrets.keys[1][15], 0xAA);
  folder_.write("secrets", std::string(32, '0'));
  EXPECT_THAT(read("edns: {cookieSecretFile: secrets}"), IsEmpty());
  EXPECT_EQ(config_.options.cookie_secrets.count, 1U);
}

TEST_F(ConfigEdns, SaysWhatIsWrongWithASecretFileButNoSecret) {
  const auto error_of = [&](const std::string& text) {
    folder_.write("secrets", text);
    const auto found = read("edns: {cookieSecretFile: secrets}");
    return found.size() == 1 ? found[0] : "";
  };
  EXPECT_THAT(error_of("\n# none\n"), HasSubstr("2:26: error: the file "));
  EXPECT_THAT(error_of(""), HasSubstr("secrets\": has no secret; write one into it"));
  EXPECT_THAT(error_of(kHex + "\n" + kHex + "0\n"),
              HasSubstr("line 2 is no secret of 32 hexadecimal digits; make one with `openssl rand "
                        "-hex 16`"));
  EXPECT_THAT(error_of(std::string(32, 'g')), HasSubstr("line 1 is no secret"));
  std::string five;
  for (int i = 0; i < 5; ++i) five += kHex + "\n";
  EXPECT_THAT(error_of(five), HasSubstr("has more than 4 secrets; remove the oldest"));
  EXPECT_THAT(read("edns: {cookieSecretFile: nowhere}"), ElementsAre(HasSubstr("nowhere\": ")));
}

TEST_F(ConfigEdns, ASecretFileWithoutCookiesIsAContradiction) {
  EXPECT_THAT(read("edns: {cookies: false, cookieSecretFile: secrets}"),
              ElementsAre("rhumb.yaml:2:42: error: `cookies: false` stands beside it; remove one "
                          "of the two"));
}

TEST_F(ConfigEdns, NsidIsATextOf128OctetsAtMost) {
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_EQ(config_.options.identity->nsid, "");
  EXPECT_THAT(read("edns: {nsid: \"ns1.lon\"}"), IsEmpty());
  EXPECT_EQ(config_.options.identity->nsid, "ns1.lon");
  EXPECT_THAT(read("edns: {nsid: \"\"}"), IsEmpty());
  EXPECT_EQ(config_.options.identity->nsid, "");
  EXPECT_THAT(read("edns: {nsid: " + std::string(128, 'x') + "}"), IsEmpty());
  EXPECT_THAT(read("edns: {nsid: " + std::string(129, 'x') + "}"),
              ElementsAre("rhumb.yaml:2:14: error: longer than 128 octets; write a shorter text"));
}

TEST_F(ConfigEdns, IdentityIsTwoTextsAndHiddenByDefault) {
  EXPECT_THAT(read(""), IsEmpty());
  EXPECT_EQ(config_.options.identity->server, "");
  EXPECT_EQ(config_.options.identity->version, "");
  EXPECT_THAT(read("identity: {server: ns1.lon, version: \"\"}"), IsEmpty());
  EXPECT_EQ(config_.options.identity->server, "ns1.lon");
  EXPECT_EQ(config_.options.identity->version, "");
  EXPECT_THAT(read("identity: {version: " + std::string(256, 'x') + "}"),
              ElementsAre("rhumb.yaml:2:21: error: longer than 255 octets; write a shorter text"));
  EXPECT_THAT(read("identity: {hostname: a}"),
              ElementsAre(HasSubstr("2:12: error: unknown key \"hostname\"")));
}

}  // namespace
}  // namespace rhumb
