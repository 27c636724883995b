#include "server/map_loader.h"

#include <unistd.h>

#include "tests/server/places.h"
#include "tests/support/maps.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class MapLoader : public ::testing::Test {
 protected:
  // Loads what the folder holds, over what was loaded before, and keeps it if it is good.
  bool load_again() {
    jobs_.clear();
    hastes_.clear();
    diagnostics_ = {};
    return keep(load(folder_.path() + "/rhumb.yaml", now_.get(), diagnostics_, compiler()));
  }
  bool load_again_maps() {
    jobs_.clear();
    hastes_.clear();
    diagnostics_ = {};
    return keep(load_maps_again(*now_, compiler(), diagnostics_));
  }
  bool keep(std::shared_ptr<const Loaded> loaded) {
    if (loaded == nullptr) return false;
    now_ = std::move(loaded);
    return true;
  }
  MapCompiler compiler() {
    return [this](const MapJob& job, Haste haste, const Wanted& wanted) {
      jobs_.push_back(job);
      hastes_.push_back(haste);
      if (meanwhile_) meanwhile_();
      return test::compile_here(job, haste, wanted);
    };
  }
  void write(const std::string& config, const std::string& records) {
    folder_.write("rhumb.yaml", "zones: [a.yaml]\n" + config);
    folder_.write("a.yaml", test::zone_with(records));
  }
  [[nodiscard]] std::vector<std::string> found() const {
    std::vector<std::string> lines;
    for (const Diagnostic& each : diagnostics_.all()) {
      std::string line = to_string(each);
      const std::string folder = folder_.path() + "/";
      for (auto at = line.find(folder); at != std::string::npos; at = line.find(folder)) {
        line.erase(at, folder.size());
      }
      lines.push_back(line);
    }
    return lines;
  }
  // Numbers of locations for a client, by the map of the rule with this number.
  [[nodiscard]] std::vector<int> order(std::size_t rule, const char* client) const {
    const auto order = now_->maps->of_rule.at(rule)->order_of(*IpAddress::parse(client));
    return {order.begin(), order.end()};
  }

  test::TempDir folder_;
  std::shared_ptr<const Loaded> now_;
  Diagnostics diagnostics_;
  std::vector<MapJob> jobs_;
  std::vector<Haste> hastes_;
  std::function<void()> meanwhile_;  // while a job is done
};

constexpr char kGeo[] = "geo: {database: x.mmdb}\n";

TEST_F(MapLoader, CompilesAMapForEachRuleAndTheSpecialOne) {
  folder_.write("x.mmdb", test::city_database("DE"));
  write(kGeo, test::by_country("www", "DE") + test::by_country("same", "DE") +
                  test::by_country("other", "FR"));
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  EXPECT_THAT(now_->maps->of_rule, SizeIs(2));
  EXPECT_THAT(order(0, "192.0.2.1"), ElementsAre(0, 1));
  EXPECT_THAT(order(1, "192.0.2.1"), ElementsAre(1));
  EXPECT_NE(now_->maps->special, nullptr);
  ASSERT_THAT(now_->databases, SizeIs(1));
  EXPECT_EQ(now_->databases[0].file.path, folder_.path() + "/x.mmdb");
  EXPECT_EQ(now_->databases[0].info, (DatabaseInfo{"Test-City", 1'700'000'000, 1}));
  EXPECT_THAT(jobs_, SizeIs(1));
  EXPECT_THAT(hastes_, ElementsAre(Haste::kNow));
}

TEST_F(MapLoader, CompilesNothingThatNobodyAsksFor) {
  write("", "- {name: www, type: A, setIdentifier: a, weight: 1, values: [192.0.2.1]}\n");
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  EXPECT_EQ(now_->maps, nullptr);
  EXPECT_THAT(jobs_, IsEmpty());
}

TEST_F(MapLoader, AStickyGroupNeedsTheSpecialMapAlone) {
  write("",
        "- {name: www, type: A, setIdentifier: a, weight: 1, values: [192.0.2.1]}\n"
        "routing: [{name: www, type: A, sticky: client}]\n");
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  ASSERT_NE(now_->maps, nullptr);
  EXPECT_THAT(now_->maps->of_rule, IsEmpty());
  EXPECT_NE(now_->maps->special, nullptr);
}

TEST_F(MapLoader, KeepsAllMapsWhenNothingChangedThatTheyDependOn) {
  folder_.write("x.mmdb", test::city_database("DE"));
  write(kGeo, test::by_country("www", "DE"));
  ASSERT_TRUE(load_again());
  const auto before = now_;
  write(std::string(kGeo) + "startupWait: 1s\n", test::by_country("web", "DE"));
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  EXPECT_THAT(jobs_, IsEmpty());
  EXPECT_EQ(now_->maps->of_rule, before->maps->of_rule);
  EXPECT_EQ(now_->maps->special, before->maps->special);
  EXPECT_THAT(now_->databases, SizeIs(1));
}

TEST_F(MapLoader, CompilesOnlyTheNewRule) {
  folder_.write("x.mmdb", test::city_database("DE"));
  write(kGeo, test::by_country("www", "DE"));
  ASSERT_TRUE(load_again());
  const auto before = now_;
  write(kGeo, test::by_country("a", "FR") + test::by_country("www", "DE"));
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  ASSERT_THAT(jobs_, SizeIs(1));
  EXPECT_THAT(jobs_[0].rules, SizeIs(1));
  EXPECT_FALSE(jobs_[0].special);
  EXPECT_THAT(hastes_, ElementsAre(Haste::kSoon));
  EXPECT_EQ(now_->maps->of_rule[1], before->maps->of_rule[0]);
  EXPECT_THAT(order(0, "192.0.2.1"), ElementsAre(1));
}

TEST_F(MapLoader, ARuleOfNetworksAloneReadsNoDatabase) {
  folder_.write("x.mmdb", test::city_database("DE"));
  const std::string config = std::string(kGeo) + test::kOffices;
  write(config, test::by_country("www", "DE"));
  ASSERT_TRUE(load_again());
  write(config, test::by_country("www", "DE") + test::by_office("web"));
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  ASSERT_THAT(jobs_, SizeIs(1));
  EXPECT_EQ(jobs_[0].atlas.database, "");
  EXPECT_THAT(order(1, "198.51.100.1"), ElementsAre(0, 1));
  EXPECT_EQ(now_->databases[0].info.type, "Test-City");
}

TEST_F(MapLoader, AnotherCollectionMakesOnlyItsOwnMapsAnew) {
  folder_.write("x.mmdb", test::city_database("DE"));
  write(std::string(kGeo) + test::kOffices, test::by_country("www", "DE") + test::by_office("web"));
  ASSERT_TRUE(load_again());
  const auto before = now_;
  write(std::string(kGeo) + "cidrCollections: {offices: {berlin: [198.51.0.0/16]}}\n",
        test::by_country("www", "DE") + test::by_office("web"));
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  EXPECT_EQ(now_->maps->of_rule[0], before->maps->of_rule[0]);
  EXPECT_EQ(now_->maps->special, before->maps->special);
  EXPECT_THAT(order(1, "198.51.7.1"), ElementsAre(0, 1));
}

TEST_F(MapLoader, AnotherRegionMakesTheMapsOfItsPolicyAnew) {
  folder_.write("x.mmdb", test::city_database("DE"));
  const std::string zone = test::by_country("www", "DE") +
                           "- {name: near, type: A, setIdentifier: a, region: here, values: "
                           "[192.0.2.1]}\n";
  write(std::string(kGeo) + "regions: {here: {latitude: 1, longitude: 2}}\n", zone);
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  const auto before = now_;
  write(std::string(kGeo) + "regions: {here: {latitude: 3, longitude: 4}}\n", zone);
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  EXPECT_EQ(now_->maps->of_rule[0], before->maps->of_rule[0]);
  EXPECT_NE(now_->maps->of_rule[1], before->maps->of_rule[1]);
}

TEST_F(MapLoader, AnotherCollectionIsSeen) {
  write(test::kOffices, test::by_office("www"));
  ASSERT_TRUE(load_again());
  write("cidrCollections: {offices: {berlin: [198.51.0.0/16]}}\n", test::by_office("www"));
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  EXPECT_THAT(order(0, "198.51.7.1"), ElementsAre(0, 1));
}

TEST_F(MapLoader, AChangedDatabaseMakesThoseMapsAnewThatAskIt) {
  folder_.write("x.mmdb", test::city_database("DE"));
  write(std::string(kGeo) + test::kOffices, test::by_country("www", "DE") + test::by_office("web"));
  ASSERT_TRUE(load_again());
  const auto before = now_;
  folder_.write("x.mmdb", test::city_database("FR"));
  ASSERT_TRUE(load_again_maps()) << ::testing::PrintToString(found());
  EXPECT_EQ(now_->zones, before->zones);
  EXPECT_THAT(hastes_, ElementsAre(Haste::kIdle));
  EXPECT_THAT(order(0, "192.0.2.1"), ElementsAre(1));
  EXPECT_EQ(now_->maps->of_rule[1], before->maps->of_rule[1]);
  EXPECT_EQ(now_->maps->special, before->maps->special);
  EXPECT_NE(now_->databases[0].file.stamp, before->databases[0].file.stamp);
  ASSERT_TRUE(load_again_maps());
  EXPECT_THAT(jobs_, IsEmpty());
}

TEST_F(MapLoader, AReloadTakesUpAChangedDatabaseToo) {
  folder_.write("x.mmdb", test::city_database("DE"));
  write(kGeo, test::by_country("www", "DE"));
  ASSERT_TRUE(load_again());
  folder_.write("x.mmdb", test::city_database("FR"));
  ASSERT_TRUE(load_again()) << ::testing::PrintToString(found());
  EXPECT_THAT(order(0, "192.0.2.1"), ElementsAre(1));
}

TEST_F(MapLoader, ABadDatabaseIsAnErrorWhereItIsNamedThoughNobodyAsksIt) {
  folder_.write("x.mmdb", "nonsense");
  write(kGeo, "");
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre(HasSubstr("rhumb.yaml:2:17: error: is no MaxMind DB")));
}

TEST_F(MapLoader, ADatabaseThatIsGoneKeepsWhatIsInUse) {
  const std::string path = folder_.write("x.mmdb", test::city_database("DE"));
  write(kGeo, test::by_country("www", "DE"));
  ASSERT_TRUE(load_again());
  unlink(path.c_str());
  EXPECT_FALSE(load_again_maps());
  EXPECT_THAT(found(), ElementsAre("rhumb.yaml:2:17: error: the database \"x.mmdb\" cannot be "
                                   "read: No such file or directory"));
  EXPECT_THAT(jobs_, IsEmpty());
}

TEST_F(MapLoader, ADatabaseThatChangesMeanwhileIsAnError) {
  folder_.write("x.mmdb", test::city_database("DE"));
  write(kGeo, test::by_country("www", "DE"));
  meanwhile_ = [this] { folder_.write("x.mmdb", test::city_database("FR")); };
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre("rhumb.yaml:2:17: error: the database \"x.mmdb\" changed while "
                                   "it was read"));
}

TEST_F(MapLoader, NamesTheSecondDatabaseWhenThatIsBad) {
  folder_.write("x.mmdb", test::city_database("DE"));
  folder_.write("y.mmdb", test::city_database("DE"));
  write("geo: {database: x.mmdb, asnDatabase: y.mmdb}\n", test::by_country("www", "DE"));
  EXPECT_FALSE(load_again());
  EXPECT_THAT(found(), ElementsAre(HasSubstr("rhumb.yaml:2:38: error: is of type \"Test-City\"")));
}

TEST_F(MapLoader, WithoutACompilerThereAreNoMaps) {
  write(test::kOffices, test::by_office("www"));
  EXPECT_EQ(load(folder_.path() + "/rhumb.yaml", nullptr, diagnostics_), nullptr);
  EXPECT_THAT(found(), ElementsAre("rhumb.yaml: error: nothing here compiles client maps"));
}

}  // namespace
}  // namespace rhumb
