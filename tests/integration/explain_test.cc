// `rhumb explain` on files and on a running server: each line of why, as an operator reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

// London and Frankfurt, by nearness, by country and behind an alias; nothing is ever probed.
class ExplainCommand : public ::testing::Test {
 protected:
  ExplainCommand() {
    folder_.write("networks.yaml",
                  "- {network: 192.0.2.0/24, country: GB, latitude: 52.49, longitude: -1.89}\n"
                  "- {network: 203.0.113.0/24, country: PL, latitude: 52.23, longitude: 21.01}\n");
    folder_.write(
        "zones/blog.yaml",
        test::yaml_zone(
            "blog.test",
            "- {id: london, type: TCP, address: 192.0.2.10, port: 1, disabled: true}\n"
            "- {id: frankfurt, type: TCP, address: 192.0.2.20, port: 1, disabled: true}\n",
            "- {name: near, type: A, setIdentifier: london, region: london, healthCheckId: london, "
            "values: [192.0.2.10]}\n"
            "- {name: near, type: A, setIdentifier: frankfurt, region: frankfurt, ttl: 20s, "
            "healthCheckId: frankfurt, values: [192.0.2.20]}\n"
            "- {name: local, type: A, setIdentifier: britain, geoLocation: {country: GB}, "
            "healthCheckId: london, values: [192.0.2.10]}\n"
            "- {name: www, type: A, setIdentifier: near, failover: PRIMARY, aliasTarget: {name: "
            "near}}\n"
            "- {name: www, type: A, setIdentifier: sorry, failover: SECONDARY, values: "
            "[192.0.2.99]}\n"));
    config_ = folder_.write("rhumb.yaml", kRest);
  }
  // Of the files, as JSON.
  [[nodiscard]] JsonValue explain(Strings words) const {
    words.insert(words.begin(), {test::rhumb_binary(), "explain"});
    words.insert(words.end(), {"-c", config_, "--json"});
    const test::Finished finished = test::run(words);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    auto value = parse_json(finished.out);
    EXPECT_TRUE(value.ok()) << finished.out;
    return value.ok() ? std::move(value).value() : JsonValue();
  }
  [[nodiscard]] test::Finished run(Strings words) const {
    words.insert(words.begin(), {test::rhumb_binary(), "explain"});
    return test::run(words);
  }

  static constexpr char kRest[] =
      "zones: [\"zones/*\"]\n"
      "regions: {london: {latitude: 51.51, longitude: -0.13}, frankfurt: {latitude: 50.11, "
      "longitude: 8.68}}\n"
      "geo: {overrides: networks.yaml}\n";
  test::TempDir folder_;
  std::string config_;
};

Strings texts(const JsonValue& list, std::string_view key) {
  Strings all;
  for (const JsonValue& item : list.items()) all.emplace_back(item[key].text());
  return all;
}

TEST_F(ExplainCommand, TellsOrderHealthAndChoiceOfEachCandidate) {
  const JsonValue why =
      explain({"near.blog.test", "A", "--client", "192.0.2.1", "--unhealthy", "london"});
  EXPECT_EQ(why["rcode"].text(), "NOERROR");
  EXPECT_EQ(why["client"].text(), "192.0.2.1");
  ASSERT_EQ(why["steps"].items().size(), 1U);
  const JsonValue& step = why["steps"].items()[0];
  EXPECT_EQ(step["name"].text(), "near.blog.test.");
  EXPECT_EQ(step["policy"].text(), "latency");
  EXPECT_EQ(step["outcome"].text(), "a better candidate is dead");
  const JsonValue& candidates = step["candidates"];
  EXPECT_THAT(texts(candidates, "setIdentifier"), ElementsAre("london", "frankfurt"));
  EXPECT_THAT(texts(candidates, "for"), ElementsAre("region london", "region frankfurt"));
  EXPECT_THAT(texts(candidates, "reason"),
              ElementsAre("london taken for unhealthy", "frankfurt taken for healthy"));
  EXPECT_FALSE(candidates.items()[0]["alive"].boolean());
  EXPECT_FALSE(candidates.items()[0]["chosen"].boolean());
  EXPECT_TRUE(candidates.items()[1]["alive"].boolean());
  EXPECT_TRUE(candidates.items()[1]["chosen"].boolean());
}

TEST_F(ExplainCommand, TellsTheAnswerWithItsTtlAndWhoseThatIs) {
  const JsonValue why = explain({"near.blog.test", "A", "--client", "203.0.113.1"});
  ASSERT_EQ(why["answer"].items().size(), 1U);
  EXPECT_EQ(why["answer"].items()[0].text(), "near.blog.test. 20 IN A 192.0.2.20");
  EXPECT_EQ(why["ttl"].whole(), 20);
  EXPECT_EQ(why["ttlCause"].text(), "the set frankfurt of near.blog.test. A");
}

TEST_F(ExplainCommand, TellsTheScopeOfASubnetAndWhatItComesFrom) {
  const JsonValue why =
      explain({"near.blog.test", "A", "--client", "198.51.100.1", "--ecs", "203.0.113.0/24"});
  EXPECT_EQ(why["client"].text(), "203.0.113.0");
  EXPECT_EQ(why["clientFrom"].text(), "of the subnet 203.0.113.0/24 that the query tells of");
  EXPECT_EQ(why["scope"].whole(), 24);
  EXPECT_THAT(why["scopeCause"].text(), HasSubstr("same order"));
}

TEST_F(ExplainCommand, TellsWhyASubnetIsPassedOver) {
  const JsonValue why =
      explain({"near.blog.test", "A", "--client", "192.0.2.1", "--ecs", "10.0.0.0/8"});
  EXPECT_EQ(why["client"].text(), "192.0.2.1");
  EXPECT_EQ(why["clientFrom"].text(),
            "where the query comes from: the subnet 10.0.0.0/8 is special-purpose (RFC 6890) and "
            "no override covers it");
}

TEST_F(ExplainCommand, TellsOfAClientWhomNothingSuits) {
  const JsonValue why = explain({"local.blog.test", "A", "--client", "203.0.113.1"});
  EXPECT_EQ(why["answer"].items().size(), 0U);
  const JsonValue& step = why["steps"].items()[0];
  EXPECT_EQ(step["outcome"].text(), "NODATA: nothing suits this client");
  const JsonValue& britain = step["candidates"].items()[0];
  EXPECT_TRUE(britain["order"].is_null());
  EXPECT_EQ(britain["reason"].text(), "not for this client; london taken for healthy");
}

TEST_F(ExplainCommand, FollowsAliasesStepByStep) {
  const JsonValue why = explain({"www.blog.test", "A", "--client", "192.0.2.1"});
  ASSERT_EQ(why["steps"].items().size(), 2U);
  const JsonValue& first = why["steps"].items()[0];
  EXPECT_THAT(
      texts(first["candidates"], "reason"),
      ElementsAre("alias of near.blog.test.: 2 of its 2 sets alive", "no check: always alive"));
  EXPECT_EQ(why["steps"].items()[1]["name"].text(), "near.blog.test.");
  EXPECT_EQ(why["answer"].items()[0].text(), "www.blog.test. 5 IN A 192.0.2.10");
}

TEST_F(ExplainCommand, PassesOverADeadBranch) {
  const JsonValue why = explain({"www.blog.test", "A", "--client", "192.0.2.1", "--unhealthy",
                                 "london", "--unhealthy", "frankfurt"});
  const JsonValue& step = why["steps"].items()[0];
  EXPECT_THAT(
      texts(step["candidates"], "reason"),
      ElementsAre("alias of near.blog.test.: 0 of its 2 sets alive", "no check: always alive"));
  EXPECT_EQ(why["answer"].items()[0].text(), "www.blog.test. 5 IN A 192.0.2.99");
}

TEST_F(ExplainCommand, TellsOfNamesThatAreNotThere) {
  const JsonValue no_name = explain({"no.blog.test", "A", "--client", "192.0.2.1"});
  EXPECT_EQ(no_name["rcode"].text(), "NXDOMAIN");
  EXPECT_EQ(no_name["steps"].items()[0]["outcome"].text(),
            "NXDOMAIN: there is no such name in the zone");
  const JsonValue no_zone = explain({"example.org", "A", "--client", "192.0.2.1"});
  EXPECT_EQ(no_zone["rcode"].text(), "REFUSED");
  EXPECT_EQ(no_zone["rcodeCause"].text(), "no zone here holds this name");
  EXPECT_EQ(no_zone["steps"].items().size(), 0U);
  const JsonValue transfer = explain({"blog.test", "AXFR", "--client", "192.0.2.1"});
  EXPECT_EQ(transfer["rcodeCause"].text(), "zones are not transferred");
}

TEST_F(ExplainCommand, NamesWhatWasFoundOrMissedOnTheWay) {
  folder_.write("zones/static.zone",
                "$ORIGIN static.test.\n@ 30 SOA ns1 hostmaster 1 2 3 4 5\n@ NS ns1\nns1 A "
                "192.0.2.53\nsub NS ns.example.\nold DNAME new\nwww.new A 192.0.2.1\n");
  const auto steps = [&](const std::string& name, const std::string& type) {
    const test::Finished finished = run({name, type, "--client", "192.0.2.1", "-c", config_});
    const std::size_t first = finished.out.find("\n\n");
    return first == std::string::npos ? finished.out : finished.out.substr(first + 2);
  };
  EXPECT_EQ(steps("www.old.static.test", "A"),
            "old.static.test. DNAME: a DNAME leads to another name\n\n"
            "www.new.static.test. A, static: the same for every client\n");
  EXPECT_EQ(steps("x.sub.static.test", "A"),
            "sub.static.test. NS: delegated: the answer is a referral\n");
  EXPECT_EQ(steps("www.new.static.test", "TXT"),
            "www.new.static.test. TXT: NODATA: the name has no records of this type\n");
  EXPECT_EQ(steps("no.static.test", "A"),
            "static.test.: NXDOMAIN: there is no such name in the zone\n");
}

TEST_F(ExplainCommand, PrintsATableForPeople) {
  const test::Finished finished =
      run({"near.blog.test", "A", "--client", "192.0.2.1", "-c", config_});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out,
            "asked   near.blog.test. A\n"
            "client  192.0.2.1, where the query comes from\n"
            "rcode   NOERROR\n"
            "TTL     5s, by the set london of near.blog.test. A\n"
            "scope   /0, no subnet was told, so none is returned\n"
            "answer  near.blog.test. 5 IN A 192.0.2.10\n"
            "\n"
            "near.blog.test. A, latency: the first choice is alive\n"
            "    ORDER  SET        FOR               ALIVE  REASON\n"
            "->  1      london     region london     yes    london taken for healthy\n"
            "    2      frankfurt  region frankfurt  yes    frankfurt taken for healthy\n");
}

TEST_F(ExplainCommand, RefusesWhatItCannotAsk) {
  const auto error_of = [&](Strings words) {
    words.insert(words.end(), {"-c", config_});
    const test::Finished finished = run(words);
    EXPECT_EQ(finished.out, "");
    return finished.err;
  };
  EXPECT_EQ(error_of({"near.blog.test", "A", "--client", "london"}),
            "rhumb: the client \"london\" is no IP address; write one like 192.0.2.1 or "
            "2001:db8::1\n");
  EXPECT_EQ(error_of({"near.blog.test", "AAA", "--client", "192.0.2.1"}),
            "rhumb: \"AAA\" is no type; write A, AAAA or another\n");
  EXPECT_EQ(error_of({"near.blog.test", "A", "--client", "192.0.2.1", "--ecs", "192.0.2.1/24"}),
            "rhumb: the ECS subnet \"192.0.2.1/24\" is no network; write one like 192.0.2.0/24, "
            "without bits behind the prefix\n");
  EXPECT_EQ(error_of({"near.blog.test", "A", "--client", "192.0.2.1", "--unhealthy", "londn"}),
            "rhumb: there is no health check \"londn\"; did you mean \"london\"?\n");
  EXPECT_EQ(run({"near.blog.test", "A", "--client", "192.0.2.1", "--unhealthy", "x"}).exit_code, 2);
}

TEST_F(ExplainCommand, AsksARunningServer) {
  test::Rhumb rhumb(folder_, kRest);
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving());
  const JsonValue why = rhumb.json(
      {"explain", "near.blog.test", "A", "--client", "203.0.113.1", "--ecs", "192.0.2.0/24"});
  EXPECT_EQ(why["answer"].items()[0].text(), "near.blog.test. 5 IN A 192.0.2.10");
  EXPECT_THAT(
      texts(why["steps"].items()[0]["candidates"], "reason"),
      ElementsAre("london is disabled: always healthy", "frankfurt is disabled: always healthy"));
  const test::Finished wrong = rhumb.command({"explain", "near.blog.test", "A", "--client", "x"});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("the client \"x\" is no IP address"));
}

}  // namespace
}  // namespace rhumb
