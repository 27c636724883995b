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
  void use() { in_use_ = {{{.path = path_, .stamp = stamp_file(path_).value()}, DatabaseInfo{}}}; }

  test::TempDir folder_;
  std::string path_ = folder_.write("x.mmdb", "a");
  std::vector<LoadedDatabase> in_use_;
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

TEST_F(DatabaseWatchTest, TellsOnceThatAFileIsGone) {
  use();
  unlink(path_.c_str());
  EXPECT_FALSE(look());
  EXPECT_TRUE(look());
  EXPECT_FALSE(look());
}

}  // namespace
}  // namespace rhumb
