#include "server/state_folder.h"

#include <filesystem>

#include "tests/support/process.h"

namespace rhumb {
namespace {

using Hold = StateFolder::Hold;
namespace fs = std::filesystem;

class StateFolderTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.path() + "/state"; }
  [[nodiscard]] std::string content(const std::string& name) const {
    return test::read_file(path() + "/" + name);
  }
  test::TempDir folder_;
};

TEST_F(StateFolderTest, IsMadeForItsOwnerAndGroup) {
  StateFolder state(path());
  EXPECT_EQ(state.hold().hold, Hold::kOurs);
  EXPECT_EQ(fs::status(path()).permissions() & fs::perms::others_all, fs::perms::none);
}

TEST_F(StateFolderTest, OneThatCannotBeMadeSaysWhy) {
  StateFolder state(folder_.path() + "/no/state");
  const auto held = state.hold();
  EXPECT_EQ(held.hold, Hold::kFailed);
  EXPECT_EQ(held.reason, "No such file or directory");
  const auto error = state.replace("a", "text");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message, "No such file or directory");
}

TEST_F(StateFolderTest, IsHeldByOneServerUntilItsEnd) {
  StateFolder other(path());
  {
    StateFolder first(path());
    ASSERT_EQ(first.hold().hold, Hold::kOurs);
    EXPECT_EQ(first.hold().hold, Hold::kOurs);
    EXPECT_EQ(other.hold().hold, Hold::kOthers);
    EXPECT_EQ(other.replace("a", "text")->message, "another rhumb uses it");
  }
  EXPECT_EQ(other.hold().hold, Hold::kOurs);
}

TEST_F(StateFolderTest, ReplacesAFileWholeAndLeavesNothingBesideIt) {
  StateFolder state(path());
  EXPECT_FALSE(state.replace("a", "one"));
  EXPECT_FALSE(state.replace("a", "two"));
  EXPECT_EQ(content("a"), "two");
  EXPECT_FALSE(fs::exists(path() + "/a.new"));
  EXPECT_EQ(fs::status(path() + "/a").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(StateFolderTest, AFullDiskLeavesTheFileAsItWas) {
  StateFolder state(path());
  ASSERT_FALSE(state.replace("a", "one"));
  fs::create_symlink("/dev/full", path() + "/a.new");
  const auto error = state.replace("a", "two");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message, "cannot be written: No space left on device");
  EXPECT_EQ(content("a"), "one");
  EXPECT_FALSE(fs::exists(fs::symlink_status(path() + "/a.new")));
}

TEST_F(StateFolderTest, AFolderThatWasReplacedIsHeldAnew) {
  StateFolder state(path());
  ASSERT_FALSE(state.replace("a", "one"));
  fs::remove_all(path());
  ASSERT_FALSE(state.replace("a", "two"));
  EXPECT_EQ(content("a"), "two");
  StateFolder other(path());
  EXPECT_EQ(other.hold().hold, Hold::kOthers);
}

TEST_F(StateFolderTest, ReadsWhatIsThere) {
  StateFolder state(path());
  const auto none = state.read("a", 10);
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none.value());
  ASSERT_FALSE(state.replace("a", "0123456789"));
  EXPECT_EQ(state.read("a", 10).value(), "0123456789");
  EXPECT_EQ(state.read("a", 9).error(), "is larger than 9 octets");
  fs::create_directory(path() + "/b");
  EXPECT_EQ(state.read("b", 10).error(), "is a directory, not a file");
}

}  // namespace
}  // namespace rhumb
