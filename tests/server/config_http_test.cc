#include "server/config_http.h"

#include "tests/server/config_reader.h"
#include "tests/support/certificate.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigHttp : public test::ConfigReader {
 protected:
  ConfigHttp() {
    folder_.write("token", "secret\n");
    test::make_certificate(folder_, "server", "127.0.0.1");
    test::make_certificate(folder_, "other", "127.0.0.1");
  }

  std::vector<std::string> read(const std::string& http) {
    return ConfigReader::read("http: " + http);
  }
};

TEST_F(ConfigHttp, IsOffWhenAbsent) {
  Diagnostics diagnostics;
  EXPECT_FALSE(read_config(folder_.write("rhumb.yaml", "zones: a.zone\n"), diagnostics).http);
}

TEST_F(ConfigHttp, ReadsWhatItsFilesHold) {
  EXPECT_THAT(read("{listen: \"[::]:8053\", tokenFile: token, tls: {certificate: server.pem, "
                   "key: server.key}}"),
              IsEmpty());
  ASSERT_TRUE(config_.http.has_value());
  EXPECT_EQ(to_string(config_.http->listen), "[::]:8053");
  EXPECT_EQ(config_.http->access.token, "secret");
  EXPECT_EQ(config_.http->access.certificate, test::read_file(folder_.path() + "/server.pem"));
  EXPECT_EQ(config_.http->access.key, test::read_file(folder_.path() + "/server.key"));
}

TEST_F(ConfigHttp, ListenIsRequired) {
  EXPECT_THAT(read("{tokenFile: token}"),
              ElementsAre("rhumb.yaml:2:7: error: \"listen\" is missing; write listen: "
                          "\"127.0.0.1:8053\""));
  EXPECT_THAT(read("{listen: 8053}"), ElementsAre(HasSubstr("2:16: error: \"8053\" is no address "
                                                            "and port; write one, such as")));
  EXPECT_THAT(read("{listen: \"127.0.0.1:0\"}"), ElementsAre(HasSubstr("no address and port")));
}

TEST_F(ConfigHttp, BeyondLoopbackATokenNeedsTlsOrPlaintext) {
  for (const char* far : {"0.0.0.0:8053", "192.0.2.1:8053", "[::]:8053", "[2001:db8::1]:8053"}) {
    const std::string listen = "listen: \"" + std::string(far) + "\"";
    EXPECT_THAT(read("{" + listen + ", tokenFile: token}"),
                ElementsAre(HasSubstr("2:16: error: beyond loopback the token would be sent for "
                                      "all on the way to read; add tls: {certificate: server.pem, "
                                      "key: server.key}, or plaintext: true")));
    EXPECT_THAT(read("{" + listen + ", tokenFile: token, plaintext: true}"), IsEmpty());
    EXPECT_THAT(read("{" + listen + "}"), IsEmpty());
  }
  for (const char* near : {"127.1.2.3:8053", "[::1]:8053", "[::ffff:127.0.0.1]:8053"}) {
    EXPECT_THAT(read("{listen: \"" + std::string(near) + "\", tokenFile: token}"), IsEmpty());
  }
}

TEST_F(ConfigHttp, TlsAndPlaintextContradictEachOther) {
  EXPECT_THAT(read("{listen: \"127.0.0.1:8053\", plaintext: true, tls: {certificate: server.pem, "
                   "key: server.key}}"),
              ElementsAre("rhumb.yaml:2:45: error: `tls` stands beside it; remove one of the two"));
}

TEST_F(ConfigHttp, ATokenThatCannotBeReadIsAnError) {
  EXPECT_THAT(read("{listen: \"127.0.0.1:8053\", tokenFile: none}"),
              ElementsAre(HasSubstr("none\" cannot be read: No such file or directory")));
  folder_.write("token", "\n");
  EXPECT_THAT(read("{listen: \"127.0.0.1:8053\", tokenFile: token}"),
              ElementsAre(HasSubstr("token\" has no token; write one")));
}

TEST_F(ConfigHttp, ACertificateAndItsKeyGoTogether) {
  EXPECT_THAT(read("{listen: \"127.0.0.1:8053\", tls: {certificate: server.pem}}"),
              ElementsAre(HasSubstr("error: \"key\" is missing; write key: server.key")));
  EXPECT_THAT(
      read("{listen: \"127.0.0.1:8053\", tls: {certificate: server.pem, key: other.key}}"),
      ElementsAre(HasSubstr("2:53: error: TLS cannot be served with this certificate and key: ")));
  folder_.write("server.pem", "junk\n");
  EXPECT_THAT(read("{listen: \"127.0.0.1:8053\", tls: {certificate: server.pem, key: server.key}}"),
              ElementsAre(HasSubstr("TLS cannot be served with this certificate and key: ")));
}

TEST_F(ConfigHttp, OtherProductsNamesAreAnsweredWithOurs) {
  EXPECT_THAT(read("{listen: \"127.0.0.1:8053\", tls: {cert: server.pem, key: server.key}}"),
              ElementsAre(HasSubstr("\"certificate\" is missing"), HasSubstr("certificate")));
  EXPECT_THAT(read("{listen: \"127.0.0.1:8053\", token: secret}"),
              ElementsAre(HasSubstr("tokenFile")));
}

TEST_F(ConfigHttp, AnotherAddressNeedsARestart) {
  read("{listen: \"127.0.0.1:8053\"}");
  const Config running = config_;
  Diagnostics diagnostics;
  read("{listen: \"127.0.0.1:8053\", tokenFile: token}");
  warn_of_restart(running, config_, diagnostics);
  EXPECT_TRUE(diagnostics.all().empty());
  read("{listen: \"127.0.0.1:8054\"}");
  warn_of_restart(running, config_, diagnostics);
  ASSERT_EQ(diagnostics.all().size(), 1U);
  EXPECT_EQ(diagnostics.all()[0].message,
            "\"http.listen\" has changed; it takes effect with a restart");
}

}  // namespace
}  // namespace rhumb
