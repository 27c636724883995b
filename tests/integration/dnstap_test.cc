// dnstap and the query log of the real binary: Debian's fstrm_capture collects, Knot's kdig reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>

#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Dnstap : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(test::find_program("fstrm_capture").empty()) << "install fstrm-bin";
    folder_.write("zones/d.yaml",
                  test::yaml_zone("d.test", "",
                                  "- {name: www, type: A, setIdentifier: here, weight: 1, "
                                  "values: [192.0.2.1]}\n"));
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }

  // Collects into the file `name`.
  void start_collector(const std::string& name) {
    file_ = folder_.path() + "/" + name;
    collector_ = std::make_unique<test::Process>(
        std::vector<std::string>{test::find_program("fstrm_capture"), "-t",
                                 "protobuf:dnstap.Dnstap", "-u", socket_, "-w", file_});
  }

  // What kdig reads of what was collected, once the collector has ended.
  std::string read_collected() {
    collector_->signal(SIGTERM);
    EXPECT_EQ(collector_->wait_exit(), 0) << collector_->output();
    const auto read = test::run({test::find_program("kdig"), "-G", file_});
    EXPECT_EQ(read.exit_code, 0) << read.err;
    return read.out;
  }

  [[nodiscard]] std::uint64_t metric(const std::string& name) const {
    const auto metrics = test::run({test::find_program("curl"), "-s", "--unix-socket",
                                    folder_.path() + "/control.sock", "http://rhumb/metrics"});
    const std::size_t at = metrics.out.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stoull(metrics.out.substr(at + name.size() + 2));
  }

  [[nodiscard]] bool ask(const std::string& name, bool tcp = false) const {
    return rhumb_.ask({.name = name, .tcp = tcp}).has_value();
  }

  [[nodiscard]] std::size_t count_lines(const std::string& text) {
    const std::string log = rhumb_.process().output();
    std::size_t count = 0;
    for (std::size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) {
      ++count;
    }
    return count;
  }

  test::TempDir folder_;
  std::string socket_ = folder_.path() + "/dnstap.sock";
  test::Rhumb rhumb_{folder_, "zones: \"zones/*\"\ndnstap: {socket: dnstap.sock}\n"};
  std::string file_;
  std::unique_ptr<test::Process> collector_;
};

TEST_F(Dnstap, TellsOfEveryQuestionAndItsAnswer) {
  start_collector("all");
  ASSERT_TRUE(rhumb_.process().wait_output("dnstap collector connected"));
  ASSERT_TRUE(ask("www.d.test"));
  ASSERT_TRUE(ask("www.d.test", true));
  ASSERT_TRUE(ask("no.elsewhere."));
  ASSERT_TRUE(test::wait_until([this] { return metric("rhumb_dnstap_sent_total") == 6; }));
  EXPECT_EQ(metric("rhumb_dnstap_dropped_total"), 0U);
  EXPECT_EQ(metric("rhumb_dnstap_connected"), 1U);
  const std::string read = read_collected();
  SCOPED_TRACE(read);
  EXPECT_THAT(read, HasSubstr("www.d.test."));
  EXPECT_THAT(read, HasSubstr("192.0.2.1"));
  EXPECT_THAT(read, HasSubstr("no.elsewhere."));
  EXPECT_THAT(read, HasSubstr("REFUSED"));
  EXPECT_THAT(read, HasSubstr("(UDP)"));
  EXPECT_THAT(read, HasSubstr("(TCP)"));
  // kdig does not tell the server's address: field 5 of the message, 4 octets.
  const auto address = rhumb_.endpoint().address.bytes();
  EXPECT_THAT(test::read_file(file_),
              HasSubstr("\x2A\x04" + std::string(address.begin(), address.end())));
}

TEST_F(Dnstap, CollectorThatDiesIsMissedAndWelcomedBackOnce) {
  start_collector("first");
  ASSERT_TRUE(rhumb_.process().wait_output("dnstap collector connected"));
  collector_->signal(SIGKILL);
  collector_->wait_exit();
  ASSERT_TRUE(rhumb_.process().wait_output("dnstap collector lost"));
  ASSERT_TRUE(test::wait_until(
      [this] { return ask("www.d.test") && metric("rhumb_dnstap_dropped_total") > 0; }));
  start_collector("second");
  ASSERT_TRUE(test::wait_until([this] { return metric("rhumb_dnstap_connected") == 1; }));
  const std::uint64_t sent = metric("rhumb_dnstap_sent_total");
  ASSERT_TRUE(ask("www.d.test"));
  ASSERT_TRUE(test::wait_until([&] { return metric("rhumb_dnstap_sent_total") == sent + 2; }));
  EXPECT_THAT(read_collected(), HasSubstr("192.0.2.1"));
  EXPECT_EQ(count_lines("dnstap collector connected"), 2U);
  // The second is of the end above.
  EXPECT_TRUE(test::wait_until([this] { return count_lines("dnstap collector lost") == 2; }));
}

TEST_F(Dnstap, CollectorThatStandsStillHoldsNoAnswerUp) {
  start_collector("slow");
  ASSERT_TRUE(rhumb_.process().wait_output("dnstap collector connected"));
  collector_->signal(SIGSTOP);
  ASSERT_TRUE(test::wait_until([this] {
    for (int i = 0; i < 500; ++i) {
      if (!ask("www.d.test")) return false;
    }
    return metric("rhumb_dnstap_dropped_total") > 0;
  }));
  collector_->signal(SIGCONT);
  EXPECT_TRUE(test::wait_until([this] {
    const std::uint64_t sent = metric("rhumb_dnstap_sent_total");
    return ask("www.d.test") && metric("rhumb_dnstap_sent_total") > sent;
  }));
}

TEST_F(Dnstap, ReloadTurnsItOnAndOff) {
  start_collector("reload");
  ASSERT_TRUE(rhumb_.process().wait_output("dnstap collector connected"));
  rhumb_.rewrite("zones: \"zones/*\"\n");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  EXPECT_EQ(metric("rhumb_dnstap_connected"), 0U);
  ASSERT_TRUE(ask("off.d.test"));
  rhumb_.rewrite("zones: \"zones/*\"\ndnstap: {socket: dnstap.sock}\n");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  ASSERT_TRUE(test::wait_until([this] { return metric("rhumb_dnstap_connected") == 1; }));
  ASSERT_TRUE(ask("on.d.test"));
  ASSERT_TRUE(test::wait_until([this] { return metric("rhumb_dnstap_sent_total") == 2; }));
  const std::string read = read_collected();
  EXPECT_THAT(read, HasSubstr("on.d.test."));
  EXPECT_THAT(read, Not(HasSubstr("off.d.test.")));
}

TEST_F(Dnstap, QueryLogTellsOfSomeQueriesWithoutACollector) {
  rhumb_.rewrite("zones: \"zones/*\"\nqueryLog: {perSecond: 5}\n");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  EXPECT_TRUE(test::wait_until([this] {
    return ask("www.d.test") &&
           rhumb_.process().output().find(
               "query client=127.0.0.1 name=www.d.test. type=A rcode=NOERROR zone=d.test. "
               "set=here transport=udp standsFor=") != std::string::npos;
  }));
  EXPECT_EQ(metric("rhumb_dnstap_dropped_total"), 0U);
}

TEST_F(Dnstap, QueryLogSaysOfAReplyThatWasLimitedThatNothingWasChosen) {
  rhumb_.rewrite(
      "zones: \"zones/*\"\nqueryLog: {perSecond: 100}\n"
      "rateLimit: {responsesPerSecond: 1, slip: 1}\n");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  EXPECT_TRUE(test::wait_until([this] {
    const auto reply = rhumb_.ask({.name = "www.d.test"});
    return reply && rhumb_.process().output().find(
                        "name=www.d.test. type=A rcode=NOERROR zone=d.test. transport=udp") !=
                        std::string::npos;
  }));
}

}  // namespace
}  // namespace rhumb
