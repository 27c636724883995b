#include "server/loader.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string zone_text(const std::string& apex, const std::string& more = "") {
  return "$ORIGIN " + apex + ".\n$TTL 300\n@ SOA ns1 hostmaster 1 3600 600 86400 60\n@ NS ns1\n" +
         "ns1 A 192.0.2.53\n" + more;
}

std::string yaml_zone(const std::string& apex, const std::string& more = "") {
  return "zone: " + apex +
         "\nsoa: {mname: ns1, rname: hostmaster}\nrecords:\n"
         "- {name: \"@\", type: NS, values: [ns1]}\n- {name: ns1, type: A, values: "
         "[192.0.2.53]}\n" +
         more;
}

class Loader : public ::testing::Test {
 protected:
  // Loads what the folder holds, over what was loaded before, and keeps it if it is good.
  bool load_again(BadZones bad_zones = BadZones::kRefuse) {
    diagnostics_ = {};
    auto loaded = load(folder_.path() + "/rhumb.yaml", now_.get(), diagnostics_, {}, {},
                       {.sources = {}, .bad_zones = bad_zones});
    if (loaded == nullptr) return false;
    now_ = std::move(loaded);
    return true;
  }

  [[nodiscard]] std::vector<std::string> found() const {
    std::vector<std::string> lines;
    for (const Diagnostic& each : diagnostics_.all()) {
      std::string line = to_string(each);
      if (line.starts_with(folder_.path())) line.erase(0, folder_.path().size() + 1);
      lines.push_back(line);
    }
    return lines;
  }

  [[nodiscard]] std::vector<std::string> apexes() const {
    std::vector<std::string> names;
    for (const auto& zone : now_->zones->zones()) names.push_back(to_string(zone->info().apex));
    return names;
  }

  test::TempDir folder_;
  std::shared_ptr<const Loaded> now_;
  Diagnostics diagnostics_;
};

TEST_F(Loader, LoadsZonesByPathAndPattern) {
  folder_.write("rhumb.yaml", "zones: [\"zones/*.zone\", one.yaml]\n");
  folder_.write("zones/b.zone", zone_text("b.example"));
  folder_.write("zones/a.zone", zone_text("a.example"));
  folder_.write("one.yaml", yaml_zone("one.example"));
  ASSERT_TRUE(load_again());
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(apexes(), ElementsAre("one.example.", "a.example.", "b.example."));
  EXPECT_EQ(now_->read, 3U);
  EXPECT_EQ(record_count(*now_->zones), 9U);
}

TEST_F(Loader, OnlyWhatIsWrittenIsAPattern) {
  const std::string config = folder_.write("[a]/rhumb.yaml", "zones: [\"*.zone\"]\n");
  folder_.write("[a]/a.zone", zone_text("a.example"));
  EXPECT_NE(load(config, nullptr, diagnostics_), nullptr);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Loader, AnAbsolutePatternStartsFromNoFolder) {
  folder_.write("zones/a.zone", zone_text("a.example"));
  folder_.write("[a]/rhumb.yaml", "zones: [\"" + folder_.path() + "/zones/../zones/*.zone\"]\n");
  EXPECT_NE(load(folder_.path() + "/[a]/rhumb.yaml", nullptr, diagnostics_), nullptr);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Loader, APatternAndAPathThatNameOneFileMakeOneZone) {
  folder_.write("rhumb.yaml", "zones: [\"*.zone\", ./a.zone]\n");
  folder_.write("a.zone", zone_text("a.example"));
  ASSERT_NE(load(folder_.path() + "/./rhumb.yaml", nullptr, diagnostics_), nullptr);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Loader, AFileThatTwoPatternsNameIsOneZone) {
  folder_.write("rhumb.yaml", "zones: [\"*.zone\", a.zone]\n");
  folder_.write("a.zone", zone_text("a.example"));
  ASSERT_TRUE(load_again());
  EXPECT_THAT(apexes(), ElementsAre("a.example."));
}

TEST_F(Loader, APathThatIsNotThereIsAnError) {
  folder_.write("rhumb.yaml", "zones: [a.zone]\n");
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre(HasSubstr("rhumb.yaml:1:9: error: the zone file")));
}

TEST_F(Loader, APatternThatMatchesNothingIsAWarning) {
  folder_.write("rhumb.yaml", "zones: [a.zone, \"b/*.zone\"]\n");
  folder_.write("a.zone", zone_text("a.example"));
  ASSERT_TRUE(load_again());
  EXPECT_THAT(found(), ElementsAre("rhumb.yaml:1:17: warning: \"b/*.zone\" matches no file"));
}

TEST_F(Loader, APatternThatMatchesTheConfigurationLeavesItOutWithAWarning) {
  folder_.write("rhumb.yaml", "zones: [\"./*.yaml\"]\n");
  folder_.write("a.yaml", yaml_zone("a.example"));
  ASSERT_TRUE(load_again());
  EXPECT_THAT(found(), ElementsAre("rhumb.yaml:1:9: warning: \"./*.yaml\" matches this file too, "
                                   "which is no zone and is left out; put the zones in a folder "
                                   "of their own and write \"zones/*.yaml\""));
  EXPECT_THAT(apexes(), ElementsAre("a.example."));
}

TEST_F(Loader, ErrorsOfAFileComeInTheOrderOfItsLinesWhoeverFindsThem) {
  folder_.write("rhumb.yaml",
                "rateLimit: {slip: 11}\nzones: [b.yaml, a.zone]\nworkers: -1\nhealthChecks:\n"
                "- {id: x, type: TCP, address: 192.0.2.1, port: 9}\n"
                "- {id: x, type: TCP, address: 192.0.2.1, port: 9}\nusers: me\n");
  folder_.write("b.yaml", yaml_zone("b.example", "routed: []\n"));
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre(HasSubstr("rhumb.yaml:1:19: error: "),
                                   HasSubstr("rhumb.yaml:2:17: error: the zone file"),
                                   HasSubstr("rhumb.yaml:3:10: error: "),
                                   HasSubstr("rhumb.yaml:6:3: error: "),
                                   HasSubstr("rhumb.yaml:7:1: error: unknown key \"users\""),
                                   HasSubstr("b.yaml:6:1: error: unknown key \"routed\"")));
}

TEST_F(Loader, AConfigurationThatNamesItselfAsAZoneIsAnError) {
  folder_.write("rhumb.yaml", "zones: rhumb.yaml\n");
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre("rhumb.yaml:1:8: error: \"rhumb.yaml\" is this file and no "
                                   "zone; write the zones' files, such as \"zones/*.yaml\""));
}

TEST_F(Loader, AZoneOfTheConfigurationsNameInAnotherFolderIsAZone) {
  folder_.write("rhumb.yaml", "zones: [\"*/*.yaml\"]\n");
  folder_.write("a/rhumb.yaml", yaml_zone("a.example"));
  ASSERT_TRUE(load_again());
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Loader, AFolderThatCannotBeReadIsAnErrorAndNoEmptyFolder) {
  folder_.write("rhumb.yaml", "zones: [a.zone, \"loop/*.zone\"]\n");
  folder_.write("a.zone", zone_text("a.example"));
  ASSERT_EQ(symlink("loop", (folder_.path() + "/loop").c_str()), 0);
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre("rhumb.yaml:1:17: error: \"loop/*.zone\": a folder on the way "
                                   "cannot be read: Too many levels of symbolic links"));
}

TEST_F(Loader, NoZoneAtAllIsAnError) {
  folder_.write("rhumb.yaml", "zones: [\"*.zone\"]\n");
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre(HasSubstr("warning: \"*.zone\" matches no file"),
                                   HasSubstr("error: there is no zone to serve")));
}

TEST_F(Loader, AMasterFileOfAYamlZoneIsNoZone) {
  folder_.write("rhumb.yaml", "zones: [\"one.yaml\", \"*.zone\"]\n");
  folder_.write("static.zone", "www A 192.0.2.80\n");
  folder_.write("one.yaml", "masterFile: static.zone\n" + yaml_zone("one.example"));
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  EXPECT_THAT(apexes(), ElementsAre("one.example."));
  EXPECT_EQ(record_count(*now_->zones), 4U);
  // And after a reload that keeps the zone.
  ASSERT_TRUE(load_again());
  EXPECT_EQ(now_->kept, 1U);
}

TEST_F(Loader, AMasterFileOfABrokenYamlZoneIsNoZoneEither) {
  folder_.write("rhumb.yaml", "zones: [\"one.yaml\", \"*.zone\"]\n");
  folder_.write("static.zone", "www A 192.0.2.80\n");
  folder_.write("one.yaml", "masterFile: \"static.zone\"\n" + yaml_zone("one.example") + "- {\n");
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre(HasSubstr("one.yaml:")));
}

TEST_F(Loader, FindsTheErrorsOfAllFiles) {
  folder_.write("rhumb.yaml", "zones: [\"*.zone\"]\nworkers: many\n");
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    folder_.write(std::string(name) + ".zone", zone_text("example", "www A 1\n"));
  }
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(),
              ElementsAre(HasSubstr("rhumb.yaml:2:10: error: "), HasSubstr("a.zone:6: error: "),
                          HasSubstr("b.zone:6: error: "), HasSubstr("c.zone:6: error: "),
                          HasSubstr("d.zone:6: error: "), HasSubstr("e.zone:6: error: ")));
}

std::string group(const std::string& check_id) {
  return "- {name: www, type: A, setIdentifier: a, weight: 1, values: [192.0.2.1], "
         "healthCheckId: " +
         check_id + "}\n";
}

TEST_F(Loader, FindsErrorsBetweenZonesBesideThoseWithin) {
  folder_.write("rhumb.yaml",
                "zones: [\"*.zone\"]\nhealthChecks:\n"
                "- {id: one, type: TCP, address: 192.0.2.1, port: 1}\n"
                "- {id: one, type: TCP, address: 192.0.2.1, port: 2}\n");
  folder_.write("a.zone", zone_text("a.example"));
  folder_.write("b.zone", zone_text("a.example"));
  folder_.write("c.zone", zone_text("c.example", "www A 1\n"));
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(),
              ElementsAre(HasSubstr("c.zone:6: error: "), HasSubstr("\"one\" is defined twice"),
                          HasSubstr("b.zone: error: the zone a.example. is also in")));
}

TEST_F(Loader, CallsNoCheckUnknownThatMayBeDefinedInABadFile) {
  folder_.write("rhumb.yaml", "zones: [\"zone-*.yaml\"]\n");
  folder_.write("zone-a.yaml", yaml_zone("a.example", group("b")));
  folder_.write("zone-b.yaml",
                yaml_zone("b.example",
                          "- {name: www, type: A, values: [1]}\n"
                          "healthChecks: [{id: b, type: HTTP, address: 192.0.2.1}]\n"));
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre(HasSubstr("zone-b.yaml:6:")));
  folder_.write("zone-b.yaml", yaml_zone("b.example"));
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre(HasSubstr("there is no health check \"b\"")));
}

TEST_F(Loader, AFolderAmongTheZonesIsOneClearError) {
  folder_.write("rhumb.yaml", "zones: [\"*.zone\"]\n");
  folder_.write("a.zone/x", "");
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre("a.zone: error: is a directory, not a file"));
}

TEST_F(Loader, KeepsZonesWhoseFilesDidNotChange) {
  folder_.write("rhumb.yaml", "zones: [\"*.zone\"]\n");
  folder_.write("a.zone", zone_text("a.example"));
  folder_.write("b.zone", zone_text("b.example"));
  ASSERT_TRUE(load_again());
  const auto before = now_;
  folder_.write("b.zone", zone_text("b.example", "www A 192.0.2.1\n"));
  ASSERT_TRUE(load_again());
  EXPECT_EQ(now_->read, 1U);
  EXPECT_EQ(now_->kept, 1U);
  EXPECT_EQ(now_->zones->zones()[0], before->zones->zones()[0]);
  EXPECT_NE(now_->zones->zones()[1], before->zones->zones()[1]);
}

// Its content is another one behind the back of who looks at size, inode and modification time.
void spoil(const std::string& path) {
  const auto time = std::filesystem::last_write_time(path);
  std::fstream(path, std::ios::in | std::ios::out) << "nonsense";
  std::filesystem::last_write_time(path, time);
}

TEST_F(Loader, OfManyFilesReadsTheOneThatChangedAlone) {
  constexpr std::size_t kZones = 200;
  const auto name_of = [](std::size_t i) { return "zone" + std::to_string(100 + i); };
  folder_.write("rhumb.yaml", "zones: [\"*.zone\"]\n");
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < kZones; ++i) {
    paths.push_back(folder_.write(name_of(i) + ".zone", zone_text(name_of(i) + ".example")));
  }
  ASSERT_TRUE(load_again());
  const auto before = now_;
  for (const std::string& path : paths) spoil(path);
  constexpr std::size_t kChanged = 77;
  folder_.write(name_of(kChanged) + ".zone",
                zone_text(name_of(kChanged) + ".example", "www A 192.0.2.1\n"));
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  EXPECT_EQ(now_->read, 1U);
  EXPECT_EQ(now_->kept, kZones - 1);
  for (std::size_t i = 0; i < kZones; ++i) {
    EXPECT_EQ(now_->zones->zones()[i] == before->zones->zones()[i], i != kChanged) << i;
  }
}

TEST_F(Loader, ReadsAZoneAgainWhoseIncludeChanged) {
  folder_.write("rhumb.yaml", "zones: [\"*.zone\"]\n");
  folder_.write("a.zone", zone_text("a.example", "$INCLUDE more.inc\n"));
  folder_.write("more.inc", "www A 192.0.2.1\n");
  ASSERT_TRUE(load_again());
  folder_.write("more.inc", "www A 192.0.2.2\nwww A 192.0.2.3\n");
  ASSERT_TRUE(load_again());
  EXPECT_EQ(now_->read, 1U);
}

TEST_F(Loader, OtherCheckDefaultsConcernZonesWithChecksAlone) {
  folder_.write("rhumb.yaml", "zones: [\"zone-*.yaml\"]\n");
  folder_.write("zone-a.yaml", yaml_zone("a.example"));
  folder_.write(
      "zone-b.yaml",
      yaml_zone("b.example", "healthChecks: [{id: b, type: HTTP, address: 192.0.2.1}]\n"));
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  folder_.write("rhumb.yaml", "zones: [\"zone-*.yaml\"]\nhealthCheckDefaults: {interval: 3s}\n");
  ASSERT_TRUE(load_again());
  EXPECT_EQ(now_->kept, 1U);
  EXPECT_EQ(now_->zones->checks()[0].interval_ms, 3'000);
}

TEST_F(Loader, DefaultsThatLoseTheirTypeAreAnErrorInZonesThatNeedIt) {
  const std::string zones = "zones: [b.yaml]\n";
  folder_.write("rhumb.yaml", zones + "healthCheckDefaults: {type: HTTP, interval: 10s}\n");
  folder_.write("b.yaml", yaml_zone("b.example", "healthChecks: [{id: b, address: 192.0.2.1}]\n"));
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  folder_.write("rhumb.yaml", zones + "healthCheckDefaults: {interval: 10s}\n");
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre(HasSubstr("b.yaml:6:16: error: \"type\" is missing")));
}

// What is served in its place is an older file, which has not changed.
TEST_F(Loader, AZoneThatWasPassedOverUnderAnotherPathIsReadAgain) {
  folder_.write("rhumb.yaml", "zones: [old/a.yaml]\n");
  folder_.write("old/a.yaml", yaml_zone("a.example"));
  ASSERT_TRUE(load_again());
  folder_.write("rhumb.yaml", "zones: [new/a.yaml]\n");
  folder_.write("new/a.yaml", yaml_zone("a.example", "nonsense: true\n"));
  ASSERT_TRUE(load_again(BadZones::kKeep));
  EXPECT_THAT(apexes(), ElementsAre("a.example."));
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre(HasSubstr("new/a.yaml:6:1: error: unknown key")));
  ASSERT_TRUE(load_again(BadZones::kKeep));
  EXPECT_EQ(now_->bad_zones.size(), 1U) << "and again";
  folder_.write("new/a.yaml", yaml_zone("a.example"));
  EXPECT_TRUE(load_again());
  EXPECT_EQ(now_->bad_zones.size(), 0U);
}

TEST_F(Loader, AZoneThatWasPassedOverForTheDefaultsOfItsChecksIsReadAgain) {
  folder_.write("rhumb.yaml", "healthCheckDefaults: {type: TCP, port: 80}\nzones: [a.yaml]\n");
  folder_.write("a.yaml", yaml_zone("a.example", "healthChecks: [{id: a, address: 192.0.2.1}]\n"));
  ASSERT_TRUE(load_again());
  folder_.write("rhumb.yaml", "healthCheckDefaults: {port: 80}\nzones: [a.yaml]\n");
  ASSERT_TRUE(load_again(BadZones::kKeep));
  EXPECT_EQ(now_->bad_zones.size(), 1U);
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre(HasSubstr("a.yaml:6:")));
}

TEST_F(Loader, NamesAZoneThatIsDropped) {
  folder_.write("rhumb.yaml", "zones: [\"*.zone\"]\n");
  folder_.write("a.zone", zone_text("a.example"));
  const std::string gone = folder_.write("b.zone", zone_text("b.example"));
  ASSERT_TRUE(load_again());
  unlink(gone.c_str());
  ASSERT_TRUE(load_again());
  EXPECT_THAT(found(), ElementsAre("warning: the zone b.example. is no longer served"));
  EXPECT_THAT(apexes(), ElementsAre("a.example."));
}

TEST_F(Loader, ASerialGrowsWhenTheContentChanged) {
  folder_.write("rhumb.yaml", "zones: [z.yaml]\n");
  folder_.write("z.yaml", yaml_zone("z.example"));
  ASSERT_TRUE(load_again());
  const std::uint32_t first = now_->zones->zones()[0]->info().serial;
  folder_.write("z.yaml", yaml_zone("z.example", "- {name: www, type: A, values: [192.0.2.1]}\n"));
  ASSERT_TRUE(load_again());
  EXPECT_GT(now_->zones->zones()[0]->info().serial, first);
}

// A serial that no file's time reaches.
constexpr std::uint32_t kServed = 3'000'000'000;

TEST_F(Loader, ASerialGoesOnFromWhatAnEarlierRunServed) {
  folder_.write("rhumb.yaml", "zones: [z.yaml]\n");
  folder_.write("z.yaml", yaml_zone("Z.example"));
  ASSERT_TRUE(load_again());
  const std::uint64_t digest = now_->zones->zones()[0]->info().digest;
  const auto serial_after = [&](const Served& served) {
    const auto past = [&](const Config&, Diagnostics&) {
      return PastZones{{"z.example.", served}};
    };
    const auto loaded = load(folder_.path() + "/rhumb.yaml", nullptr, diagnostics_, {}, past);
    return loaded->zones->zones()[0]->info().serial;
  };
  EXPECT_EQ(serial_after({kServed, digest}), kServed);
  EXPECT_EQ(serial_after({kServed, digest + 1}), kServed + 1);
}

TEST_F(Loader, ASerialGoesOnWhenAZoneComesBack) {
  folder_.write("rhumb.yaml", "zones: [\"*.yaml\"]\n");
  folder_.write("a/z.yaml", yaml_zone("z.example", "serial: 3000000000\n"));
  folder_.write("conf/rhumb.yaml", "zones: [\"../a/*.yaml\"]\n");
  folder_.write("a/other.yaml", yaml_zone("other.example"));
  const auto load_edition = [&](const Loaded* before) {
    return load(folder_.path() + "/conf/rhumb.yaml", before, diagnostics_);
  };
  const auto first = load_edition(nullptr);
  unlink((folder_.path() + "/a/z.yaml").c_str());
  const auto second = load_edition(first.get());
  EXPECT_EQ(second->past.at("z.example.").serial, kServed);
  const auto third = load_edition(second.get());  // and another reload
  folder_.write("a/z.yaml", yaml_zone("z.example", "- {name: x, type: A, values: [192.0.2.1]}\n"));
  const auto back = load_edition(third.get());
  EXPECT_EQ(back->zones->zones()[1]->info().serial, kServed + 1);
  EXPECT_THAT(back->past, IsEmpty());
}

TEST_F(Loader, ThePastOfZonesThatAreNotServedIsCarriedOn) {
  folder_.write("rhumb.yaml", "zones: [z.yaml]\n");
  folder_.write("z.yaml", yaml_zone("z.example"));
  const auto past = [](const Config&, Diagnostics&) {
    return PastZones{{"gone.example.", {7, 1}}, {"z.example.", {1, 1}}};
  };
  const auto first = load(folder_.path() + "/rhumb.yaml", nullptr, diagnostics_, {}, past);
  const auto second = load(folder_.path() + "/rhumb.yaml", first.get(), diagnostics_);
  ASSERT_EQ(second->past.size(), 1U);
  EXPECT_EQ(second->past.at("gone.example.").serial, 7U);
}

TEST_F(Loader, AskForThePastOnlyWithASoundConfiguration) {
  folder_.write("rhumb.yaml", "zones: [z.yaml]\nworkers: -1\n");
  bool asked = false;
  const auto past = [&](const Config&, Diagnostics&) {
    asked = true;
    return PastZones();
  };
  EXPECT_EQ(load(folder_.path() + "/rhumb.yaml", nullptr, diagnostics_, {}, past), nullptr);
  EXPECT_FALSE(asked);
}

TEST_F(Loader, WarnsOfASafetyRuleThatNoCheckFits) {
  folder_.write("rhumb.yaml",
                "zones: [a.zone]\nsafetyRules: [{atLeast: 1, of: {labels: {tier: web}}}]\n");
  folder_.write("a.zone", zone_text("a.example"));
  ASSERT_TRUE(load_again());
  EXPECT_THAT(found(), ElementsAre("rhumb.yaml:2:15: warning: no check has tier=web; the rule does "
                                   "nothing"));
}

TEST_F(Loader, AZoneKeepsItsCountersSlotOverReloads) {
  const auto slot = [this](std::size_t zone) { return now_->zones->refs()[zone].counter_slot; };
  folder_.write("rhumb.yaml", "zones: [\"*.zone\"]\nmetrics: {maxZones: 2}\n");
  folder_.write("m.zone", zone_text("m.example"));
  ASSERT_TRUE(load_again());
  EXPECT_EQ(slot(0), 1U);
  folder_.write("b.zone", zone_text("b.example"));
  folder_.write("y.zone", zone_text("y.example"));
  ASSERT_TRUE(load_again());
  EXPECT_THAT(apexes(), ElementsAre("b.example.", "m.example.", "y.example."));
  EXPECT_EQ(slot(0), 2U);
  EXPECT_EQ(slot(1), 1U);
  EXPECT_EQ(slot(2), CounterSlots::kShared);
  unlink((folder_.path() + "/m.zone").c_str());
  ASSERT_TRUE(load_again());
  EXPECT_EQ(slot(1), CounterSlots::kShared) << "a slot is never another zone's";
}

class LoaderThreads : public Loader {};

TEST_F(LoaderThreads, ReadManyZonesInOrder) {
  folder_.write("rhumb.yaml", "zones: [\"*.zone\"]\n");
  for (int i = 100; i < 200; ++i) {
    const std::string name = "z" + std::to_string(i);
    folder_.write(name + ".zone", zone_text(name + ".example"));
  }
  ASSERT_TRUE(load_again());
  EXPECT_EQ(now_->read, 100U);
  EXPECT_EQ(apexes().front(), "z100.example.");
  EXPECT_EQ(apexes().back(), "z199.example.");
}

}  // namespace
}  // namespace rhumb
