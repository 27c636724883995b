#include "zones/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/zones/reading.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kYaml =
    "zone: a.example\n"
    "soa: {mname: ns1, rname: host, serial: 1}\n"
    "masterFile: static/static.records\n"
    "records:\n"
    "- {name: www, type: A, setIdentifier: x, weight: 1, values: 192.0.2.1}\n";

TEST(Load, TellsAZonesKindByItsEnding) {
  const TestFolder folder;
  const std::string yaml =
      "{zone: a.example, soa: {mname: ns1, rname: host, serial: 1}, records: "
      "[{name: \"@\", type: NS, values: ns1.example.net.}]}";
  for (const char* name : {"a.yaml", "a.yml", "a.json", "a.YAML"}) {
    EXPECT_NE(load(folder, folder.write(name, yaml)).zone, nullptr) << name;
  }
  const std::string master = "a.example. SOA . . 1 2 3 4 5\na.example. NS ns1.example.net.\n";
  for (const char* name : {"a.example.zone", "a.example", "db.records"}) {
    EXPECT_NE(load(folder, folder.write(name, master)).zone, nullptr) << name;
  }
}

TEST(Load, AddsTheStaticRecordsOfAMasterFile) {
  const TestFolder folder;
  (void)folder.write("static/static.records",
                     "@ NS ns1\nns1 A 192.0.2.53\nmail 600 MX 10 mx.www\n$INCLUDE more\n");
  (void)folder.write("static/more", "more TXT a\n");
  const Reading reading = load(folder, folder.write("a.yaml", kYaml));
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_NE(reading.zone, nullptr);
  EXPECT_THAT(reading.zone->info().sources, SizeIs(3));
  EXPECT_EQ(reading.zone->info().records, 6U);
}

TEST(Load, GivesNsTtlToTheNsRecordsOfAMasterFileAndToWhatTheyName) {
  const TestFolder folder;
  (void)folder.write("static/static.records", "@ NS www2\nb A 192.0.2.2\n");
  const std::string yaml =
      "zone: a.example\n"
      "soa: {mname: ns1, rname: host, serial: 1}\n"
      "masterFile: static/static.records\n"
      "records: [{name: www2, type: A, values: 192.0.2.1}]\n";
  const Reading reading = load(folder, folder.write("a.yaml", yaml));
  const Reading master = read_master(
      "$ORIGIN a.example.\n"
      "@ 3600 SOA ns1 host 1 7200 900 1209600 30\n"
      "@ 3600 NS www2\nwww2 3600 A 192.0.2.1\nb 30 A 192.0.2.2\n");
  ASSERT_NE(reading.zone, nullptr);
  ASSERT_NE(master.zone, nullptr);
  EXPECT_EQ(reading.zone->info().digest, master.zone->info().digest);
}

TEST(Load, GivesNameServersAddressesInAMasterFileTheNsTtl) {
  const TestFolder folder;
  (void)folder.write("static/static.records",
                     "@ NS ns1\n"
                     "ns1 A 192.0.2.1\nNS2 A 192.0.2.2\nns3 60 A 192.0.2.3\nns4 TXT a\n"
                     "sub NS ns.sub\nns.sub A 192.0.2.4\nwww A 192.0.2.5\n");
  const Reading reading =
      load(folder, folder.write("a.yaml",
                                "zone: a.example\n"
                                "soa: {mname: ns1, rname: host, serial: 1}\n"
                                "nsTtl: 7200\n"
                                "masterFile: static/static.records\n"
                                "records: [{name: \"@\", type: NS, values: [ns2, ns3, ns4]},"
                                " {name: ns4, type: A, values: 192.0.2.6}]\n"));
  const Reading master = read_master(
      "$ORIGIN a.example.\n"
      "@ 7200 SOA ns1 host 1 7200 900 1209600 30\n"
      "@ 7200 NS ns1\n@ 7200 NS ns2\n@ 7200 NS ns3\n@ 7200 NS ns4\n"
      "ns1 7200 A 192.0.2.1\nns2 7200 A 192.0.2.2\nns3 60 A 192.0.2.3\nns4 30 TXT a\n"
      "ns4 7200 A 192.0.2.6\n"
      "sub 7200 NS ns.sub\nns.sub 7200 A 192.0.2.4\nwww 30 A 192.0.2.5\n");
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_NE(reading.zone, nullptr);
  ASSERT_NE(master.zone, nullptr);
  EXPECT_EQ(reading.zone->info().digest, master.zone->info().digest);
}

TEST(Load, KnowsTheNamesOfAMasterFileAsTargets) {
  const TestFolder folder;
  (void)folder.write("static/static.records", "@ NS ns1.example.net.\nx.y A 192.0.2.1\n");
  const std::string path = folder.write("a.yaml", std::string(kYaml) +
                                                      "- {name: c, type: CNAME, values: x.y}\n"
                                                      "- {name: d, type: CNAME, values: x.z}\n");
  EXPECT_THAT(
      load(folder, path).problems,
      ElementsAre("a.yaml:7:34: warning: this stands for x.z.a.example., which the zone does not "
                  "hold; write a final dot?"));
}

TEST(Load, TakesTheSoaOfAMasterFileButNotTwo) {
  const TestFolder folder;
  (void)folder.write("static/static.records", "@ SOA ns1 host 77 2 3 4 5\n@ NS ns1.example.net.\n");
  EXPECT_THAT(load(folder, folder.write("a.yaml", kYaml)).problems,
              testing::Contains(
                  "a.yaml:2:1: error: the master file has a SOA record already; leave out one "
                  "of them"));
  const std::string rest = "masterFile: static/static.records\n";
  const Reading reading = load(folder, folder.write("b.yaml", "zone: a.example\n" + rest));
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_NE(reading.zone, nullptr);
  EXPECT_EQ(reading.zone->info().serial, 77U);
  EXPECT_THAT(
      load(folder, folder.write("c.yaml", "zone: a.example\nserial: 1\n" + rest)).problems,
      ElementsAre("c.yaml:2:9: error: the serial stands in the master file's SOA record; leave out "
                  "this one"));
}

TEST(Load, MissesAnSoaThatIsNowhere) {
  const TestFolder folder;
  (void)folder.write("static/static.records", "@ NS ns1.example.net.\n");
  const std::string path =
      folder.write("a.yaml", "zone: a.example\nmasterFile: static/static.records\n");
  EXPECT_THAT(
      load(folder, path).problems,
      ElementsAre("a.yaml:1:1: error: \"soa\" is missing, and the master file has no SOA record; "
                  "write soa: {mname: ns1, rname: hostmaster}"));
}

TEST(Load, DerivesTheSerialFromTheNewestFile) {
  const TestFolder folder;
  const std::string inner = folder.write("static/static.records", "@ NS ns1.example.net.\n");
  const std::string path = folder.write(
      "a.yaml", "zone: a.example\nsoa: {mname: a, rname: b}\nmasterFile: static/static.records\n");
  const auto newest = std::filesystem::last_write_time(path) + std::chrono::hours(1);
  std::filesystem::last_write_time(inner, newest);
  const Reading reading = load(folder, path);
  ASSERT_NE(reading.zone, nullptr);
  const auto stamp = stamp_file(inner);
  ASSERT_TRUE(stamp.ok());
  EXPECT_EQ(reading.zone->info().serial,
            static_cast<std::uint32_t>(stamp.value().mtime_ns / 1'000'000'000));
}

TEST(Load, FindsAllErrorsOfAllKindsAtOnce) {
  const TestFolder folder;
  const std::string path = folder.write("a.yaml",
                                        "zone: a.example\n"
                                        "soa: {mname: ns1, rname: host}\n"
                                        "records:\n"
                                        "- {name: c, type: CNAME, values: x}\n"
                                        "- {name: c, type: TXT, values: x}\n"
                                        "- {name: x, type: A, values: 192.0.2.1.1}\n"
                                        "- {name: x.example.org., type: A, values: 192.0.2.1}\n");
  EXPECT_THAT(
      load(folder, path).problems,
      ElementsAre(
          HasSubstr("a.yaml:1:7: error: the zone a.example. has no NS record"),
          HasSubstr("a.yaml:4:34: error: c.a.example. has a CNAME beside other data"),
          "a.yaml:6:30: error: \"192.0.2.1.1\" is no IPv4 address; write one like 192.0.2.1",
          HasSubstr("a.yaml:7:43: error: x.example.org.")));
}

TEST(Load, KeepsTheChecksOfAWrongZoneAndWhereTheyAreNamed) {
  const TestFolder folder;
  const std::string path = folder.write(
      "a.yaml",
      "zone: a.example\n"
      "soa: {mname: ns1, rname: host, serial: 1}\n"
      "healthChecks:\n"
      "- {id: good, type: SWITCH}\n"
      "- {id: wrong, type: TCP, address: 192.0.2.1}\n"
      "records:\n"
      "- {name: \"@\", type: NS, values: ns1.example.net.}\n"
      "- {name: a, type: A, healthCheckId: first, values: 192.0.2.1}\n"
      "- {name: b, type: A, healthCheckId: second, values: 192.0.2.256}\n"
      "- {name: a, type: A, healthCheckId: third, values: 192.0.2.3}\n"
      "- {name: c, type: A, healthCheck: {type: TCP, port: 99999}, values: 192.0.2.4}\n");
  Diagnostics diagnostics;
  const LoadedFile loaded = load_zone(path, {}, diagnostics);
  EXPECT_EQ(loaded.zone, nullptr);
  EXPECT_TRUE(loaded.remains.all_named);
  std::vector<std::string> ids;
  for (const CheckSpec& check : loaded.remains.checks) ids.push_back(check.id);
  EXPECT_THAT(ids, testing::UnorderedElementsAre("good", "wrong", "c.a.example/A"));
  std::vector<std::string> uses;
  for (const CheckUse& use : loaded.remains.uses) {
    uses.push_back(folder.without_folder(to_string(use.place)) + " " + use.id);
  }
  EXPECT_THAT(uses, testing::IsSupersetOf(
                        {"a.yaml:8:37 first", "a.yaml:9:37 second", "a.yaml:10:37 third"}));
}

TEST(Load, KnowsWhenAWrongZoneMayHaveOtherChecks) {
  const TestFolder folder;
  constexpr std::string_view kHead =
      "zone: a.example\nsoa: {mname: ns1, rname: host, serial: 1}\n"
      "records:\n- {name: \"@\", type: NS, values: ns1.example.net.}\n";
  for (const std::string more :
       {"healthChecks: [{type: SWITCH}]\n", "healthchecks: []\n", "healthChecks:\n",
        "healthChecks: {}\n", "- {name: \"a b\", type: A, healthCheck: {type: TCP}}\n",
        "healthChecks: []\nhealthChecks: []\n", "healthChecks: [\n"}) {
    Diagnostics diagnostics;
    const std::string path = folder.write("a.yaml", std::string(kHead) + more);
    EXPECT_FALSE(load_zone(path, {}, diagnostics).remains.all_named) << more;
  }
}

TEST(Load, SaysWhenAFileCannotBeRead) {
  const TestFolder folder;
  for (const char* name : {"none.yaml", "none.zone"}) {
    const Reading reading = load(folder, folder.write("x", "") + "/" + name);
    EXPECT_EQ(reading.zone, nullptr);
    EXPECT_THAT(reading.problems, ElementsAre(HasSubstr(std::string(name) + ": error: ")));
  }
}

TEST(Load, RefusesRelativeNamesInAMasterFileThatEndInTheZonesOwn) {
  const TestFolder folder;
  (void)folder.write("static/static.records",
                     "@ NS ns1.example.net.\nwww.a.example TXT a\nb.a.example. TXT a\n");
  EXPECT_THAT(load(folder, folder.write("a.yaml", kYaml)).problems,
              ElementsAre("static/static.records:2: error: in \"www.a.example TXT a\": a relative "
                          "name that ends in the zone's own stands for www.a.example.a.example.; "
                          "write a final dot or leave the zone's name away"));
}

TEST(Load, SaysWhereAnUnreadableMasterFileIsNamed) {
  const TestFolder folder;
  EXPECT_THAT(load(folder, folder.write("a.yaml", kYaml)).problems,
              testing::Contains("a.yaml:3:13: error: \"static/static.records\" cannot be read: No "
                                "such file or directory"));
}

TEST(Load, FindsTheMasterFileOfAZone) {
  const TestFolder folder;
  EXPECT_EQ(folder.without_folder(master_file_of(folder.write("z/a.yaml", kYaml))),
            "z/static/static.records");
  EXPECT_EQ(master_file_of(folder.write("b.yaml", "zone: a.example # no masterFile\n")), "");
  EXPECT_EQ(master_file_of(folder.write("c.yaml", "masterFile: [a]\n")), "");
  EXPECT_EQ(master_file_of(folder.write("d.zone", kYaml)), "");
  EXPECT_EQ(master_file_of("/nowhere/e.yaml"), "");
  EXPECT_EQ(master_file_of(folder.write("f.yaml", "masterFile: /a/../b\n")), "/b");
}

}  // namespace
}  // namespace rhumb
