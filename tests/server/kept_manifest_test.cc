#include "server/kept_manifest.h"

#include <limits>
#include <string>

namespace rhumb {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

KeptManifest some() {
  return {.at_ms = 1'764'000'000'123,
          .entries = {
              {.path = "/etc/rhumb/rhumb.yaml",
               .use = KeptUse::kConfig,
               .stamp = {.size = 10, .device = 1, .inode = kMost, .mtime_ns = -5},
               .copy = 3},
              {.path = "/etc/rhumb/a b\xff\n.zone", .use = KeptUse::kZone, .stamp = {}, .copy = 1},
              {.path = "/etc/rhumb/part", .use = KeptUse::kNamed, .stamp = {}, .copy = 7},
              {.path = "/var/geo.mmdb", .use = KeptUse::kDatabase, .stamp = {}, .copy = 0}}};
}

std::string without_line(std::string text, int line) {
  std::size_t at = 0;
  while (line-- > 0) at = text.find('\n', at) + 1;
  return text.erase(at, text.find('\n', at) + 1 - at);
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

std::string refusal_of(const std::string& text) {
  const auto read = read_manifest(text);
  return read.ok() ? "" : read.error();
}

TEST(KeptManifestTest, IsReadAsItWasWritten) {
  const auto read = read_manifest(write_manifest(some()));
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(read.value(), some());
}

TEST(KeptManifestTest, OneThatWasCutShortIsRefused) {
  const std::string text = write_manifest(some());
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_NE(refusal_of(text.substr(0, size)), "") << size;
  }
  for (int line = 0; line < 6; ++line) EXPECT_NE(refusal_of(without_line(text, line)), "") << line;
}

TEST(KeptManifestTest, WhatIsNotAsItIsWrittenIsRefused) {
  const std::string text = write_manifest(some());
  EXPECT_EQ(refusal_of(replaced(text, "\"version\":1", "\"version\":2")),
            "it is of another version");
  EXPECT_EQ(refusal_of(replaced(text, "last good", "first bad")), "it is something else");
  EXPECT_EQ(refusal_of(replaced(text, "\"at\":1764", "\"at\":-1764")), "its time cannot be read");
  EXPECT_EQ(refusal_of(replaced(text, "/etc/rhumb/part", "etc/rhumb/part")),
            "line 4 cannot be read");
  EXPECT_EQ(refusal_of(replaced(text, "/etc/rhumb/part", "/etc/%00part")), "line 4 cannot be read");
  EXPECT_EQ(refusal_of(replaced(text, "\"use\":\"part\"", "\"use\":\"party\"")),
            "line 4 cannot be read");
  EXPECT_EQ(refusal_of(replaced(text, "10 1 ", "10 1  ")), "line 2 cannot be read");
  EXPECT_EQ(refusal_of(replaced(text, "\"copy\":7", "\"copy\":0")), "line 4 cannot be read");
  EXPECT_EQ(refusal_of(replaced(text, ",\"copy\":7", "")), "line 4 cannot be read")
      << "only of a database there may be none";
}

TEST(KeptManifestTest, WhatStandsTwiceIsRefused) {
  KeptManifest twice = some();
  twice.entries[2].path = twice.entries[1].path;
  EXPECT_EQ(refusal_of(write_manifest(twice)), "a file stands in it twice");
  twice = some();
  twice.entries[2].copy = twice.entries[1].copy;
  EXPECT_EQ(refusal_of(write_manifest(twice)), "a copy stands in it twice");
  for (const KeptUse use : {KeptUse::kNamed, KeptUse::kConfig}) {
    twice = some();
    twice.entries[use == KeptUse::kNamed ? 0 : 1].use = use;
    EXPECT_EQ(refusal_of(write_manifest(twice)), "it has not one configuration file");
  }
}

}  // namespace
}  // namespace rhumb
