#include "server/query_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/name.h"
#include "tests/server/log_lines.h"
#include "tests/support/dns_client.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;

TapRecord record_of(const test::Bytes& question, const Name& zone, std::uint64_t stands_for) {
  TapRecord record;
  record.stands_for = stands_for;
  record.transport = Transport::kTcp;
  record.rcode = Rcode::kNxDomain;
  record.client = {*IpAddress::parse("2001:db8::7"), 5353};
  record.question = question;
  record.zone = zone.wire();
  record.sets = "eu,london";
  return record;
}

TEST(QueryLog, SaysWhoAskedWhatAndWhatCameOfIt) {
  const test::Bytes question =
      test::encode({.name = "WWW.Example.com.", .subnet = IpPrefix::parse("192.0.2.0/24")});
  const Name zone = Name::parse("example.com.", {}).value();
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    QueryLog query_log(1, log);
    EXPECT_TRUE(query_log.is_due(1'000));
    query_log.take(record_of(question, zone, 12));
  });
  EXPECT_THAT(lines, ElementsAre(EndsWith(
                         "query client=2001:db8::7 subnet=192.0.2.0/24 name=WWW.Example.com. "
                         "type=A rcode=NXDOMAIN zone=example.com. set=eu,london transport=tcp "
                         "standsFor=12")));
}

TEST(QueryLog, LeavesOutWhatCannotBeRead) {
  const test::Bytes header(12);
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    QueryLog query_log(1, log);
    EXPECT_TRUE(query_log.is_due(1'000));
    TapRecord record;
    record.stands_for = 1;
    record.rcode = Rcode::kFormErr;
    record.question = header;
    query_log.take(record);
  });
  EXPECT_THAT(
      lines, ElementsAre(EndsWith("query client=0.0.0.0 rcode=FORMERR transport=udp standsFor=1")));
}

TEST(QueryLog, NamesWhatIsNoQueryOfClassIn) {
  test::Bytes question = test::encode({.name = "id.server."});
  question[question.size() - 1] = 3;
  test::Bytes notify(12);
  notify[2] = 4U << 3U;
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    QueryLog query_log(1, log);
    std::int64_t now_ms = 0;
    for (const test::Bytes& message : {question, notify}) {
      EXPECT_TRUE(query_log.is_due(now_ms += 1'000));
      TapRecord record;
      record.stands_for = 1;
      record.rcode = Rcode::kRefused;
      record.question = message;
      query_log.take(record);
    }
  });
  EXPECT_THAT(lines, ElementsAre(EndsWith("name=id.server. type=A class=CH rcode=REFUSED "
                                          "transport=udp standsFor=1"),
                                 EndsWith("query client=0.0.0.0 opcode=4 rcode=REFUSED "
                                          "transport=udp standsFor=1")));
}

TEST(QueryLog, WritesNoMoreThanItMayAndLosesNoQuestion) {
  const test::Bytes question = test::encode({.name = "www.example.com."});
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    QueryLog query_log(2, log);
    EXPECT_TRUE(query_log.is_due(10'000));
    for (int i = 0; i < 3; ++i) query_log.take(record_of(question, {}, 10));  // of three workers
    EXPECT_FALSE(query_log.is_due(10'499));
    EXPECT_TRUE(query_log.is_due(10'500));
    query_log.take(record_of(question, {}, 5));
    EXPECT_TRUE(query_log.is_due(60'000));  // and no more for the time that nobody asked
    query_log.take(record_of(question, {}, 1));
    query_log.take(record_of(question, {}, 1));
  });
  EXPECT_THAT(lines, ElementsAre(EndsWith("standsFor=10"), EndsWith("standsFor=25"),
                                 EndsWith("standsFor=1")));
}

TEST(QueryLog, IsNeverDueWhenItIsOff) {
  Log log(LogLevel::kError, LogFormat::kText);
  EXPECT_FALSE(QueryLog(0, log).is_due(1'000'000));
}

}  // namespace
}  // namespace rhumb
