// What `rhumb check` prints and how it exits, word for word, for what is said of places.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct Checked {
  int exit_code = -1;
  std::vector<std::string> lines;  // what was found, paths without the folder
};

// `rhumb check` of a folder with this rhumb.yaml, which goes on behind `zones`, and a zone whose
// one group has these sets.
class Check : public ::testing::Test {
 protected:
  Checked check(const std::string& config, const std::string& sets = "",
                const std::vector<std::string>& options = {}) {
    const std::string path =
        folder_.write("rhumb.yaml", "zones: [blog.yaml]\n" + config + "listen: 127.0.0.1:53\n");
    folder_.write("blog.yaml", test::yaml_zone("blog.test", "", sets));
    std::vector<std::string> command = {test::rhumb_binary(), "check", "-c", path};
    command.insert(command.end(), options.begin(), options.end());
    const test::Finished finished = test::run(command);
    return {finished.exit_code, findings(finished.out + finished.err)};
  }

  test::TempDir folder_;

 private:
  [[nodiscard]] std::vector<std::string> findings(const std::string& output) const {
    std::vector<std::string> lines;
    std::istringstream stream(output);
    for (std::string line; std::getline(stream, line);) {
      const bool found = line.starts_with(folder_.path() + "/");
      if (found) lines.push_back(line.substr(folder_.path().size() + 1));
    }
    return lines;
  }
};

std::string set(const std::string& identifier, const std::string& field) {
  return "- {name: www, type: A, setIdentifier: " + identifier + ", " + field +
         ", values: [192.0.2.1]}\n";
}

TEST_F(Check, APlacePerPolicyIsGood) {
  folder_.write("networks.yaml", "- {network: 192.0.2.0/24, country: GB}\n");
  folder_.write("latency.csv", "GB,london,12.5\n");
  const Checked got = check(
      "geo: {overrides: networks.yaml}\n"
      "regions: {london: {latitude: 51.51, longitude: -0.13}}\n"
      "latency: latency.csv\n"
      "cidrCollections: {offices: {london: [192.0.2.0/24]}}\n",
      set("here", "region: london") + set("there", "region: eu-central-1"));
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_THAT(got.lines, IsEmpty());
}

TEST_F(Check, HasNothingToSayOfTheExample) {
  const test::Finished finished = test::run({test::rhumb_binary(), "check", "--strict", "-c",
                                             RHUMB_SOURCE_DIR "/examples/blog/rhumb.yaml"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "would serve 1 zone with 15 records and 2 health checks; 0 warnings\n");
}

TEST_F(Check, AdvisesOnPlacesThatCannotBeKnown) {
  const Checked got = check("", set("a", "region: eu-west-2") + set("b", "region: eu-central-1"));
  EXPECT_EQ(got.exit_code, 0);
  ASSERT_EQ(got.lines.size(), 1U);
  EXPECT_TRUE(got.lines[0].ends_with(
      ": warning: www.blog.test. A is chosen by latency, but no client's coordinates are known: "
      "all get the order of the file; write geo: {database: FILE} with a City database, or "
      "latency: FILE, in rhumb.yaml"))
      << got.lines[0];
}

TEST_F(Check, NamesTheLineOfAWrongOverride) {
  folder_.write("networks.yaml",
                "- {network: 192.0.2.0/24, country: GB}\n"
                "- {network: 198.51.100.7/24, country: UK}\n"
                "- {network: 192.0.2.0/24, country: false}\n");
  const Checked got = check("geo: {overrides: networks.yaml}\n");
  EXPECT_EQ(got.exit_code, 1);
  EXPECT_THAT(got.lines,
              ElementsAre("networks.yaml:2:13: error: \"198.51.100.7/24\" has bits set behind its "
                          "prefix length; write \"198.51.100.0/24\"",
                          "networks.yaml:2:39: error: \"UK\" is no country; write \"GB\"",
                          "networks.yaml:3:36: error: \"country\" is the boolean false; put it in "
                          "quotes if text is meant; Norway is \"NO\""));
}

TEST_F(Check, NamesTheLineOfAWrongRoundTrip) {
  folder_.write("latency.csv",
                "source,region,milliseconds\n"
                "GB,eu-wset-2,12.5\n"
                "GB,eu-west-1,1O\n");
  const Checked got = check("latency: latency.csv\n");
  EXPECT_EQ(got.exit_code, 1);
  EXPECT_THAT(got.lines,
              ElementsAre("latency.csv:2:4: error: there is no region \"eu-wset-2\"; did "
                          "you mean \"eu-west-2\"?",
                          "latency.csv:3:14: error: \"1O\" is no decimal number; write a "
                          "decimal number from 0 to 1000000"));
}

TEST_F(Check, WarnsOfACodeThatIsTwoThings) {
  folder_.write("latency.csv", "SA,eu-west-1,200\n");
  const std::string warning =
      "latency.csv:1:1: warning: \"SA\" is read as the continent South America; write continent:SA "
      "to say so, or country:SA for Saudi Arabia";
  const Checked got = check("latency: latency.csv\n");
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_THAT(got.lines, ElementsAre(warning));
  const Checked strict = check("latency: latency.csv\n", "", {"--strict"});
  EXPECT_EQ(strict.exit_code, 1);
  EXPECT_THAT(strict.lines, ElementsAre(warning));
}

TEST_F(Check, MissesADatabase) {
  const Checked got = check("geo: {database: " + folder_.path() + "/city.mmdb}\n");
  EXPECT_EQ(got.exit_code, 1);
  EXPECT_THAT(got.lines, ElementsAre("rhumb.yaml:2:17: error: the file \"" + folder_.path() +
                                     "/city.mmdb\": cannot be read: No such file or directory"));
}

TEST_F(Check, FindsANetworkInTwoLocations) {
  const Checked got = check(
      "cidrCollections:\n"
      "  offices: {london: [192.0.2.0/24], berlin: [192.0.2.0/24], \"*\": [::/0]}\n");
  EXPECT_EQ(got.exit_code, 1);
  EXPECT_THAT(got.lines,
              ElementsAre("rhumb.yaml:3:46: error: \"192.0.2.0/24\" is in the location \"london\" "
                          "already, in line 3; write it in one of them",
                          "rhumb.yaml:3:61: error: \"*\" is everyone who is in no other location, "
                          "and has no list; remove it"));
}

// One run tells all: what is wrong in form, and what is wrong between the checks, with no error
// that only follows from another.
TEST_F(Check, TellsAllThatIsWrongWithChecksAtOnce) {
  const Checked got = check(
      "healthChecks:\n"
      "- {id: a, type: HTTP, address: 192.0.2.1, interval: 5x}\n"
      "- {id: b, type: HTTP, address: 192.0.2.2, port: 80, port: 81}\n"
      "- {id: c, type: TCP, address: 192.0.2.3, port:}\n"
      "- {id: d, type: CALCULATED, children: [a, b, c, london, nobody]}\n"
      "- {id: e, type: CALCULATED, children: [a, b], healthThreshold: 3}\n"
      "- {id: a, type: TCP, address: 192.0.2.4, port: 5}\n"
      "safetyRules: [{atLeast: 0, of: {labels: {tier: web}}}]\n",
      "- {name: x, type: A, healthCheckId: a, values: [192.0.2.1]}\n"
      "- {name: y, type: A, healthCheckId: nowhere, values: [192.0.2.1]}\n"
      "- {name: z, type: A, healthCheckId: neither, values: [192.0.2.256]}\n"
      "healthChecks:\n"
      "- {id: london, type: HTTP, address: 192.0.2.5, port: 0}\n"
      "- {id: b, type: SWITCH}\n");
  EXPECT_EQ(got.exit_code, 1);
  EXPECT_THAT(
      got.lines,
      ElementsAre(
          StartsWith("rhumb.yaml:3:53: error: \"5x\" is no duration"),
          StartsWith("rhumb.yaml:4:53: error: duplicate key \"port\""),
          StartsWith("rhumb.yaml:5:42: error: \"port\" has no value"),
          "rhumb.yaml:6:57: error: there is no health check \"nobody\"",
          StartsWith("rhumb.yaml:7:64: error: healthThreshold is 3 of 2 children"),
          "rhumb.yaml:8:3: error: the health check \"a\" is defined twice; the first is at " +
              folder_.path() + "/rhumb.yaml:3:3",
          StartsWith("rhumb.yaml:9:25: error: 0 is out of range; write a whole number from 1"),
          "blog.yaml:8:37: error: there is no health check \"nowhere\"",
          "blog.yaml:9:37: error: there is no health check \"neither\"",
          StartsWith("blog.yaml:9:55: error: \"192.0.2.256\" is no IPv4 address"),
          StartsWith("blog.yaml:11:54: error: 0 is out of range; write a whole number from 1"),
          "blog.yaml:12:3: error: the health check \"b\" is defined twice; the first is at " +
              folder_.path() + "/rhumb.yaml:4:3"));
}

TEST_F(Check, CallsNothingUnknownWhoseIdCannotBeRead) {
  const Checked got = check(
      "healthChecks:\n"
      "- {Id: a, type: SWITCH}\n"
      "- {id: b, type: CALCULATED, children: [a]}\n");
  EXPECT_EQ(got.exit_code, 1);
  EXPECT_THAT(got.lines, ElementsAre(HasSubstr("rhumb.yaml:3:3: error: \"id\" is missing"),
                                     HasSubstr("unknown key \"Id\"; write \"id\"")));
}

TEST_F(Check, AnswersRoute53sNamesWithOurs) {
  const Checked got = check(
      "", set("a", "geoLocation: {CountryCode: GB}") + set("b", "geoLocation: {country: \"*\"}"));
  EXPECT_EQ(got.exit_code, 1);
  ASSERT_EQ(got.lines.size(), 2U);
  EXPECT_TRUE(got.lines[0].ends_with("error: unknown key \"CountryCode\"; write \"country\""))
      << got.lines[0];
  EXPECT_TRUE(got.lines[1].ends_with("error: \"*\" is no country; write default: true instead"))
      << got.lines[1];
}

TEST_F(Check, LooksUpTheRegionsAndLocationsOfZones) {
  const Checked got = check("cidrCollections: {offices: {berlin: [192.0.2.0/24]}}\n",
                            set("a", "cidr: {collection: offices, location: brelin}") +
                                set("b", "cidr: {collection: offices, location: \"*\"}"));
  EXPECT_EQ(got.exit_code, 1);
  ASSERT_EQ(got.lines.size(), 1U);
  EXPECT_TRUE(
      got.lines[0].ends_with("error: the collection \"offices\" has no location \"brelin\"; "
                             "did you mean \"berlin\"?"))
      << got.lines[0];
}

}  // namespace
}  // namespace rhumb
