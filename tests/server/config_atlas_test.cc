#include "server/config_atlas.h"

#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kOverrides = "- {network: 192.0.2.0/24, country: GB}\n";
constexpr std::string_view kRegions = "regions: {london: {latitude: 51.51, longitude: -0.13}}\n";

class ConfigAtlas : public ::testing::Test {
 protected:
  // Reads a rhumb.yaml that goes on with `text`, over what was read before.
  void read(const std::string& text) {
    const std::string path = folder_.write("rhumb.yaml", "zones: a.zone\n" + text);
    diagnostics_ = {};
    config_ = read_config(path, diagnostics_, before_ ? &*before_ : nullptr);
    before_ = config_;
  }

  [[nodiscard]] std::vector<std::string> found() const {
    std::vector<std::string> lines;
    for (const Diagnostic& each : diagnostics_.all()) {
      std::string line = to_string(each);
      const std::string folder = folder_.path() + "/";
      for (std::size_t at = line.find(folder); at != std::string::npos; at = line.find(folder)) {
        line.erase(at, folder.size());
      }
      lines.push_back(line);
    }
    return lines;
  }

  // Writes other text of the same size into the same file, and sets its time of change back.
  void change_unseen(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_.path() + "/" + name;
    const auto time = std::filesystem::last_write_time(path);
    std::ofstream(path, std::ios::trunc) << text;
    std::filesystem::last_write_time(path, time);
  }

  test::TempDir folder_;
  Diagnostics diagnostics_;
  Config config_;
  std::optional<Config> before_;
};

TEST_F(ConfigAtlas, ReadsTheFilesBesideTheConfig) {
  folder_.write("city.mmdb", "x");
  folder_.write("asn.mmdb", "y");
  folder_.write("networks.yaml", std::string(kOverrides));
  folder_.write("latency.csv", "GB,london,12.5\n");
  read(std::string(kRegions) +
       "geo: {database: city.mmdb, asnDatabase: asn.mmdb, overrides: networks.yaml}\n"
       "latency: latency.csv\n");
  EXPECT_THAT(found(), IsEmpty());
  const Atlas& atlas = config_.atlas;
  EXPECT_EQ(atlas.database, folder_.path() + "/city.mmdb");
  EXPECT_EQ(atlas.asn_database, folder_.path() + "/asn.mmdb");
  ASSERT_EQ(atlas.overrides.size(), 1U);
  EXPECT_EQ(atlas.overrides[0].place.country, Code("GB"));
  ASSERT_EQ(atlas.latencies.size(), 1U);
  EXPECT_EQ(atlas.latencies[0].milliseconds, 12.5);
}

TEST_F(ConfigAtlas, KeepsTheStampsOfTheFiles) {
  folder_.write("city.mmdb", "x");
  folder_.write("networks.yaml", std::string(kOverrides));
  read("geo: {database: city.mmdb, overrides: networks.yaml}\n");
  const AtlasFiles& files = config_.atlas_files;
  ASSERT_TRUE(files.database.has_value());
  EXPECT_EQ(files.database->path, folder_.path() + "/city.mmdb");
  EXPECT_EQ(files.database->stamp, stamp_file(folder_.path() + "/city.mmdb").value());
  ASSERT_TRUE(files.overrides.has_value());
  EXPECT_EQ(files.overrides->stamp, stamp_file(folder_.path() + "/networks.yaml").value());
  EXPECT_FALSE(files.asn_database.has_value());
  EXPECT_FALSE(files.latency.has_value());
}

TEST_F(ConfigAtlas, SaysWhichFilesAreMissing) {
  read(
      "geo: {database: city.mmdb, asnDatabase: asn.mmdb, overrides: networks.yaml}\n"
      "latency: latency.csv\n");
  EXPECT_THAT(found(),
              ElementsAre("rhumb.yaml:2:17: error: the file \"city.mmdb\": cannot be read: No such "
                          "file or directory",
                          "rhumb.yaml:2:41: error: the file \"asn.mmdb\": cannot be read: No such "
                          "file or directory",
                          "rhumb.yaml:2:62: error: the file \"networks.yaml\": cannot be read: No "
                          "such file or directory",
                          "rhumb.yaml:3:10: error: the file \"latency.csv\": cannot be read: No "
                          "such file or directory"));
}

TEST_F(ConfigAtlas, RefusesADatabaseThatIsADirectory) {
  read("geo: {database: .}\n");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("is a directory, not a file")));
}

TEST_F(ConfigAtlas, NamesThePlacesOfErrorsInTheOtherFiles) {
  folder_.write("networks.yaml", "- {network: 192.0.2.0/24, country: UK}\n");
  folder_.write("latency.csv", "GB,lodon,12.5\n");
  read(std::string(kRegions) + "geo: {overrides: networks.yaml}\nlatency: latency.csv\n");
  EXPECT_THAT(found(),
              ElementsAre("networks.yaml:1:36: error: \"UK\" is no country; write \"GB\"",
                          "latency.csv:1:4: error: there is no region \"lodon\"; did you mean "
                          "\"london\"?"));
}

TEST_F(ConfigAtlas, ARegionThatIsWrongIsNotUnknownToo) {
  folder_.write("latency.csv", "GB,london,12.5\n");
  read("regions: {london: {latitude: 91, longitude: 0}}\nlatency: latency.csv\n");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("2:30: error: 91 is out of range")));
}

TEST_F(ConfigAtlas, SuggestsTheKeyThatWasMeant) {
  read("geo: {databse: x, asn: y, cityDatabase: z}\n");
  EXPECT_THAT(found(),
              ElementsAre("rhumb.yaml:2:7: error: unknown key \"databse\"; did you mean "
                          "\"database\"?",
                          "rhumb.yaml:2:19: error: unknown key \"asn\"; write \"asnDatabase\"",
                          "rhumb.yaml:2:27: error: unknown key \"cityDatabase\"; write "
                          "\"database\""));
}

TEST_F(ConfigAtlas, KeepsOverridesWhoseFileHasNotChanged) {
  folder_.write("networks.yaml", std::string(kOverrides));
  read("geo: {overrides: networks.yaml}\n");
  change_unseen("networks.yaml", "- {network: 192.0.2.0/24, country: FR}\n");
  read("geo: {overrides: networks.yaml}\n");
  ASSERT_EQ(config_.atlas.overrides.size(), 1U);
  EXPECT_EQ(config_.atlas.overrides[0].place.country, Code("GB"));
  EXPECT_TRUE(config_.atlas_files.overrides.has_value());
}

TEST_F(ConfigAtlas, ReadsOverridesAgainWhoseFileHasChanged) {
  folder_.write("networks.yaml", std::string(kOverrides));
  read("geo: {overrides: networks.yaml}\n");
  folder_.write("networks.yaml", "- {network: 192.0.2.0/24, country: FR} # moved\n");
  read("geo: {overrides: networks.yaml}\n");
  ASSERT_EQ(config_.atlas.overrides.size(), 1U);
  EXPECT_EQ(config_.atlas.overrides[0].place.country, Code("FR"));
}

TEST_F(ConfigAtlas, ForgetsWhatIsNoLongerNamed) {
  folder_.write("networks.yaml", std::string(kOverrides));
  read("geo: {overrides: networks.yaml}\n");
  read("");
  EXPECT_EQ(config_.atlas, Atlas());
  EXPECT_FALSE(config_.atlas_files.overrides.has_value());
}

TEST_F(ConfigAtlas, KeepsTheLatencyTableWhileItsFileAndTheRegionsStay) {
  folder_.write("latency.csv", "GB,london,1\n");
  read(std::string(kRegions) + "latency: latency.csv\n");
  change_unseen("latency.csv", "GB,london,2\n");
  read(std::string(kRegions) + "latency: latency.csv\n");
  ASSERT_EQ(config_.atlas.latencies.size(), 1U);
  EXPECT_EQ(config_.atlas.latencies[0].milliseconds, 1);
}

TEST_F(ConfigAtlas, ReadsTheLatencyTableAgainWhenARegionHasGone) {
  folder_.write("latency.csv", "GB,london,1\n");
  read(std::string(kRegions) + "latency: latency.csv\n");
  read("latency: latency.csv\n");
  EXPECT_THAT(found(),
              ElementsAre(HasSubstr("latency.csv:1:4: error: there is no region \"london\"")));
}

TEST_F(ConfigAtlas, TakesAnAbsolutePathAsItIs) {
  folder_.write("city.mmdb", "x");
  read("geo: {database: " + folder_.path() + "/city.mmdb}\n");
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(config_.atlas.database, folder_.path() + "/city.mmdb");
}

}  // namespace
}  // namespace rhumb
