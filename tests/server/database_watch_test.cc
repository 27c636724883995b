#include "server/database_watch.h"

#include <unistd.h>

#include "tests/support/process.h"

namespace rhumb {
namespace {

class DatabaseWatchTest : public ::testing::Test {
 protected:
  void write(const std::string& content) { folder_.write("x.mmdb", content); }
  bool look() { return watch_.look(in_use_); }
  // What is on disk is in use from now on.
  void use() {
    Loaded loaded;
    loaded.databases = {{{.path = path_, .stamp = stamp_file(path_).value()}, DatabaseInfo{}}};
    in_use_ = std::make_shared<const Loaded>(std::move(loaded));
  }

  test::TempDir folder_;
  std::string path_ = folder_.write("x.mmdb", "a");
  std::shared_ptr<const Loaded> in_use_ = std::make_shared<const Loaded>();
  DatabaseWatch watch_;
};

TEST_F(DatabaseWatchTest, HasNothingToTellOfNone) {
  EXPECT_FALSE(look());
  EXPECT_FALSE(look());
}

TEST_F(DatabaseWatchTest, TellsOnceOfAFileThatChangedAndIsLeftAlone) {
  use();
  EXPECT_FALSE(look());
  EXPECT_FALSE(look());
  write("b");
  EXPECT_FALSE(look());
  EXPECT_TRUE(look());
  EXPECT_FALSE(look());
  EXPECT_FALSE(look());
}

TEST_F(DatabaseWatchTest, WaitsWhileAFileIsWritten) {
  use();
  for (const char* content : {"b", "bb", "bbb"}) {
    write(content);
    EXPECT_FALSE(look());
  }
  EXPECT_TRUE(look());
}

TEST_F(DatabaseWatchTest, TellsAgainWhenItChangesAgain) {
  use();
  write("b");
  EXPECT_FALSE(look());
  EXPECT_TRUE(look());
  write("c");
  EXPECT_FALSE(look());
  EXPECT_TRUE(look());
}

TEST_F(DatabaseWatchTest, IsContentOnceTheFileIsInUse) {
  use();
  write("b");
  EXPECT_FALSE(look());
  use();
  EXPECT_FALSE(look());
  EXPECT_FALSE(look());
}

TEST_F(DatabaseWatchTest, TellsAgainOfAFileThatAnotherOneReplacedInUseMeanwhile) {
  const std::string first = folder_.write("first.mmdb", "a");
  const std::string second = folder_.write("second.mmdb", "b");
  const auto lead_to = [this](const std::string& file) {
    unlink(path_.c_str());
    ASSERT_EQ(symlink(file.c_str(), path_.c_str()), 0);
  };
  lead_to(first);
  use();
  lead_to(second);
  EXPECT_FALSE(look());
  EXPECT_TRUE(look());
  use();
  lead_to(first);  // which a reload takes before anyone looks
  use();
  lead_to(second);
  EXPECT_TRUE(look());
  EXPECT_FALSE(look());
}

TEST_F(DatabaseWatchTest, TellsOnceThatAFileIsGone) {
  use();
  unlink(path_.c_str());
  EXPECT_FALSE(look());
  EXPECT_TRUE(look());
  EXPECT_FALSE(look());
}

}  // namespace
}  // namespace rhumb
