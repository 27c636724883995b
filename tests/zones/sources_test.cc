#include "zones/sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/zones/reading.h"
#include "zones/load.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;

constexpr char kZone[] =
    "$ORIGIN a.test.\n$TTL 300\n@ SOA ns1 hostmaster 1 3600 600 86400 60\n@ NS ns1\n"
    "ns1 A 192.0.2.53\n$INCLUDE part\n";
constexpr FileStamp kStamp{.size = 17, .device = 1, .inode = 2, .mtime_ns = 3};

class SourcesTest : public ::testing::Test {
 protected:
  // A copy of the file `name` that the folder need not have.
  void keep(const std::string& name, const std::string& text) {
    const std::string copy = folder_.write("kept/" + std::to_string(kept_.copies.size()), text);
    FileStamp stamp = kStamp;
    stamp.size = text.size();
    stamp.inode += kept_.copies.size();
    kept_.copies[path(name)] = {.copy = copy, .stamp = stamp};
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return std::filesystem::path(folder_.write("some", "")).replace_filename(name).string();
  }

  TestFolder folder_;
  KeptFiles kept_;
};

TEST_F(SourcesTest, WithoutCopiesReadWhatIsThere) {
  const std::string there = folder_.write("a", "text");
  const Sources sources;
  EXPECT_EQ(sources.kept(), nullptr);
  EXPECT_EQ(sources.read(there).value().text(), "text");
  EXPECT_EQ(sources.path_to_open(there), there);
  EXPECT_FALSE(sources.stamp(there + ".none").ok());
}

TEST_F(SourcesTest, ACopyGoesByThePathAndStampOfItsFile) {
  keep("a", "seventeen octets.");
  const Sources sources(kept_);
  const Result<SourceText> read = sources.read(path("x/../a"));
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(read.value().text(), "seventeen octets.");
  EXPECT_EQ(read.value().file().path, path("x/../a"));
  EXPECT_EQ(read.value().file().stamp, kStamp);
  EXPECT_EQ(sources.stamp(path("a")).value(), kStamp);
  EXPECT_EQ(sources.path_to_open(path("a")), kept_.copies.begin()->second.copy);
}

TEST_F(SourcesTest, AFileWithoutACopyIsReadWhereItIs) {
  keep("a", "copy");
  const std::string there = folder_.write("b", "text");
  EXPECT_EQ(Sources(kept_).read(there).value().text(), "text");
}

TEST_F(SourcesTest, ACopyOfAnotherSizeIsDamaged) {
  keep("a", "text");
  kept_.copies[path("a")].stamp.size = 5;
  const Result<SourceText> read = Sources(kept_).read(path("a"));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(), "its last good copy is damaged");
  std::filesystem::remove(kept_.copies[path("a")].copy);
  EXPECT_THAT(Sources(kept_).read(path("a")).error(),
              HasSubstr("its last good copy cannot be read: "));
}

TEST_F(SourcesTest, AZoneAndAllThatItNamesAreReadFromCopies) {
  keep("a.zone", kZone);
  keep("part", "www A 192.0.2.1\n");
  keep("b.yaml",
       "zone: b.test\nmasterFile: b.records\nsoa: {mname: ns1, rname: hostmaster}\n"
       "records: [{name: \"@\", type: NS, values: [ns1.a.test.]}]\n");
  keep("b.records", "www A 192.0.2.2\n");
  const Sources sources(kept_);
  for (const std::string name : {"a.zone", "b.yaml"}) {
    Diagnostics diagnostics;
    const LoadedFile loaded = load_zone(path(name), {{}, {}, sources}, diagnostics);
    ASSERT_NE(loaded.zone, nullptr) << to_string(diagnostics.all().at(0));
    ASSERT_EQ(loaded.zone->info().sources.size(), 2U) << name;
    EXPECT_EQ(loaded.zone->info().sources[0].path, path(name));
  }
  EXPECT_EQ(master_file_of(path("b.yaml"), sources), path("b.records"));
}

}  // namespace
}  // namespace rhumb
