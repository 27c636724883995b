#include "server/config_edns.h"

#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigEdns : public ::testing::Test {
 protected:
  // The diagnostics, without the folder; the value is in config_.
  std::vector<std::string> read(const std::string& text) {
    const std::string path = folder_.write("rhumb.yaml", "zones: a.zone\n" + text + "\n");
    Diagnostics diagnostics;
    config_ = read_config(path, diagnostics);
    std::vector<std::string> found;
    for (const Diagnostic& each : diagnostics.all()) {
      found.push_back(to_string(each).substr(folder_.path().size() + 1));
    }
    return found;
  }

  test::TempDir folder_;
  Config config_;
};

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
