#include "server/last_good.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/server/loaded.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
namespace fs = std::filesystem;

class LastGoodTest : public ::testing::Test {
 protected:
  LastGoodTest() {
    write("rhumb.yaml", "zones: [\"*.zone\"]\n");
    write("a.zone", test::small_zone("a.example"));
    write("b.zone", test::small_zone("b.example") + "$INCLUDE b.part\n");
    write("b.part", "www A 192.0.2.1\n");
  }

  void write(const std::string& name, const std::string& text) {
    (void)folder_.write("conf/" + name, text);
  }
  [[nodiscard]] std::string config() const { return folder_.path() + "/conf/rhumb.yaml"; }
  [[nodiscard]] std::shared_ptr<const Loaded> load_all(const Sources& sources = {}) {
    diagnostics_ = {};
    return load(config(), nullptr, diagnostics_, {}, {}, {.sources = sources});
  }
  Kept keep(const Loaded& loaded) { return keep_files(state_, last_good_of(loaded, 1'000)); }
  [[nodiscard]] Result<KeptFiles> find() const { return find_last_good(folder_.path(), config()); }
  // By the names of copies: their text.
  [[nodiscard]] std::map<std::string, std::string> copies() const {
    std::map<std::string, std::string> all;
    for (const auto& each : fs::directory_iterator(state_.path())) {
      const std::string name = each.path().filename().string();
      if (name != "lock" && name != kManifestName)
        all[name] = test::read_file(each.path().string());
    }
    return all;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, text] : copies()) names.push_back(name);
    return names;
  }

  test::TempDir folder_;
  StateFolder state_{folder_.path() + "/last-good"};
  Diagnostics diagnostics_;
};

TEST_F(LastGoodTest, HoldsEachFileOnceAndNothingElse) {
  const auto loaded = load_all();
  ASSERT_NE(loaded, nullptr);
  const Kept kept = keep(*loaded);
  EXPECT_FALSE(kept.error) << kept.error->message;
  EXPECT_EQ(kept.left_out, "");
  std::vector<std::string> texts;
  for (const auto& [name, text] : copies()) texts.push_back(text);
  EXPECT_THAT(texts, UnorderedElementsAre("zones: [\"*.zone\"]\n", test::small_zone("a.example"),
                                          test::small_zone("b.example") + "$INCLUDE b.part\n",
                                          "www A 192.0.2.1\n"));
  EXPECT_EQ(fs::status(state_.path_of("1")).permissions() & fs::perms::group_all, fs::perms::none);
}

TEST_F(LastGoodTest, IsLoadedThoughNothingOfItIsThereAnyMore) {
  const auto before = load_all();
  ASSERT_FALSE(keep(*before).error);
  fs::remove_all(folder_.path() + "/conf");
  auto found = find();
  ASSERT_TRUE(found.ok()) << found.error();
  EXPECT_EQ(found.value().at_ms, 1'000);
  const auto loaded = load_all(Sources(found.value()));
  ASSERT_NE(loaded, nullptr) << to_string(diagnostics_.all().at(0));
  EXPECT_EQ(loaded->zones->zones().size(), 2U);
  EXPECT_EQ(last_good_of(*loaded, 1'000), last_good_of(*before, 1'000));
}

TEST_F(LastGoodTest, OnlyWhatChangedIsCopiedAgain) {
  ASSERT_FALSE(keep(*load_all()).error);
  const auto first = names();
  const auto text = test::read_file(state_.path_of(kManifestName));
  EXPECT_EQ(first.size(), 4U);
  ASSERT_FALSE(keep(*load_all()).error);
  EXPECT_EQ(test::read_file(state_.path_of(kManifestName)), text);
  write("b.part", "www A 192.0.2.2\n");
  ASSERT_FALSE(keep(*load_all()).error);
  const auto second = names();
  ASSERT_EQ(second.size(), 4U);
  std::vector<std::string> stayed;
  std::ranges::set_intersection(first, second, std::back_inserter(stayed));
  EXPECT_EQ(stayed.size(), 3U);
  EXPECT_EQ(copies().at("5"), "www A 192.0.2.2\n");
}

TEST_F(LastGoodTest, AFileThatHasChangedSinceLeavesWhatIsHeld) {
  ASSERT_FALSE(keep(*load_all()).error);
  const auto before = copies();
  write("a.zone", test::small_zone("a.example") + "new A 192.0.2.1\n");
  const auto loaded = load_all();
  write("a.zone", "nonsense\n");
  const Kept kept = keep(*loaded);
  EXPECT_FALSE(kept.error);
  EXPECT_THAT(kept.left_out, HasSubstr("a.zone has changed since it was accepted"));
  EXPECT_EQ(copies(), before);
  EXPECT_TRUE(find().ok());
}

TEST_F(LastGoodTest, ACopyThatIsGoneIsMadeAgain) {
  ASSERT_FALSE(keep(*load_all()).error);
  fs::remove(state_.path_of("2"));
  EXPECT_FALSE(find().ok());
  ASSERT_FALSE(keep(*load_all()).error);
  EXPECT_TRUE(find().ok());
}

TEST_F(LastGoodTest, WhatAnEarlierAttemptLeftIsRemoved) {
  ASSERT_FALSE(keep(*load_all()).error);
  folder_.write("last-good/99", "rest");
  write("b.part", "www A 192.0.2.2\n");
  ASSERT_FALSE(keep(*load_all()).error);
  EXPECT_EQ(names().size(), 4U);
}

TEST_F(LastGoodTest, AListThatCannotBeReadIsNotWrittenOver) {
  ASSERT_FALSE(keep(*load_all()).error);
  const auto before = copies();
  fs::rename(state_.path_of(kManifestName), state_.path_of("away"));
  fs::create_directory(state_.path_of(kManifestName));
  write("b.part", "www A 192.0.2.2\n");
  const Kept kept = keep(*load_all());
  ASSERT_TRUE(kept.error);
  EXPECT_THAT(kept.error->message, HasSubstr("is a directory"));
  auto now = copies();
  now.erase("away");
  EXPECT_EQ(now, before);
}

TEST_F(LastGoodTest, WaitsForTheServerThatIsReplaced) {
  StateFolder other(state_.path());
  ASSERT_EQ(other.hold().hold, StateFolder::Hold::kOurs);
  const Kept kept = keep(*load_all());
  EXPECT_TRUE(kept.must_wait);
  EXPECT_FALSE(kept.error);
  EXPECT_FALSE(find().ok());
}

TEST_F(LastGoodTest, TooMuchIsNotKeptAndSaid) {
  KeptManifest large = last_good_of(*load_all(), 1'000);
  for (KeptEntry& entry : large.entries) entry.stamp.size = kMaxKeptBytes / 2;
  EXPECT_THAT(keep_files(state_, large).left_out, HasSubstr("octets together"));
  KeptManifest many = last_good_of(*load_all(), 1'000);
  many.entries.resize(kMaxKeptFiles + 1);
  EXPECT_THAT(keep_files(state_, many).left_out, HasSubstr("more than 100000 files"));
  EXPECT_FALSE(find().ok());
}

TEST_F(LastGoodTest, ADatabaseThatFindsNoRoomIsLeftOutAlone) {
  KeptManifest wanted = last_good_of(*load_all(), 1'000);
  const std::string path = folder_.path() + "/large.mmdb";
  wanted.entries.push_back(
      {.path = path, .use = KeptUse::kDatabase, .stamp = {.size = kMaxKeptBytes}, .copy = 99});
  const Kept kept = keep_files(state_, wanted);
  EXPECT_FALSE(kept.error);
  EXPECT_THAT(kept.left_out, HasSubstr("large.mmdb: too large"));
  ASSERT_TRUE(find().ok());
  EXPECT_EQ(find().value().copies.count(path), 0U);
}

TEST_F(LastGoodTest, ThatOfAnotherConfigurationIsNotTaken) {
  ASSERT_FALSE(keep(*load_all()).error);
  const auto found = find_last_good(folder_.path(), "/etc/rhumb/rhumb.yaml");
  ASSERT_FALSE(found.ok());
  EXPECT_THAT(found.error(), HasSubstr("are those of \"" + config() + "\""));
  EXPECT_THAT(find_last_good("/nowhere", config()).error(),
              HasSubstr("no last good files are kept"));
}

TEST(StateDirectoryAtAGlance, IsFoundInWhatIsNoYaml) {
  const test::TempDir folder;
  const auto found = [&](const std::string& text) {
    return state_directory_at_a_glance(folder.write("rhumb.yaml", text));
  };
  EXPECT_EQ(found("log: {level: info\nstateDirectory: /var/state # here\n"), "/var/state");
  EXPECT_EQ(found("\tx\nstateDirectory: \"state\"\r\n"), folder.path() + "/state");
  EXPECT_EQ(found("zones: []\nstateDirectory: 'a b'"), folder.path() + "/a b");
  EXPECT_EQ(found("# stateDirectory: no\n"), "/var/lib/rhumb");
  EXPECT_EQ(found("stateDirectory:\n"), "/var/lib/rhumb");
  EXPECT_EQ(state_directory_at_a_glance("/nowhere/rhumb.yaml"), "/var/lib/rhumb");
}

}  // namespace
}  // namespace rhumb
