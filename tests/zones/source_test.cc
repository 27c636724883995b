#include "zones/source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace rhumb {
namespace {

class SourceFiles : public testing::Test {
 protected:
  SourceFiles() : folder_(make_folder()) {}
  ~SourceFiles() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

 private:
  static std::string make_folder() {
    std::string pattern = testing::TempDir() + "source_XXXXXX";
    return mkdtemp(pattern.data());
  }
  std::string folder_;
};

TEST(PathBeside, StartsFromTheFolderOfTheFileItIsWrittenIn) {
  EXPECT_EQ(path_beside("/etc/rhumb/rhumb.yaml", "zones/a.zone"), "/etc/rhumb/zones/a.zone");
  EXPECT_EQ(path_beside("/etc/rhumb/rhumb.yaml", "../a.zone"), "/etc/a.zone");
  EXPECT_EQ(path_beside("/etc/rhumb/rhumb.yaml", "/a.zone"), "/a.zone");
  EXPECT_EQ(path_beside("rhumb.yaml", "a.zone"), "a.zone");
  EXPECT_EQ(path_beside("./rhumb.yaml", "a.zone"), "a.zone");
  EXPECT_EQ(path_beside("../rhumb.yaml", "./a.zone"), "../a.zone");
}

TEST_F(SourceFiles, AreReadWhole) {
  const std::string small = write("small", "example.org. 1 IN A 192.0.2.1\n");
  const Result<SourceText> read = SourceText::read(small);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().text(), "example.org. 1 IN A 192.0.2.1\n");
  EXPECT_EQ(read.value().file().path, small);
  EXPECT_EQ(read.value().file().stamp.size, 30U);
}

TEST_F(SourceFiles, AreReadWholeWhenLarge) {
  const std::string text(5'000'001, 'x');
  const Result<SourceText> read = SourceText::read(write("large", text));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().text(), text);
}

TEST_F(SourceFiles, AreReadUpToALimit) {
  const std::string file = write("four", "four");
  EXPECT_EQ(SourceText::read(file, 4).value().text(), "four");
  EXPECT_EQ(SourceText::read(file, 3).error(), "is larger than 3 octets");
}

TEST_F(SourceFiles, MayBeEmpty) {
  const Result<SourceText> read = SourceText::read(write("empty", ""));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().text(), "");
}

TEST_F(SourceFiles, StayWhatTheyWereWhenTheFileIsCutShort) {
  const std::string file = write("large", std::string(3'000'000, 'x'));
  const Result<SourceText> read = SourceText::read(file);
  ASSERT_EQ(truncate(file.c_str(), 0), 0);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().text(), std::string(3'000'000, 'x'));
}

TEST_F(SourceFiles, HaveTheStampThatTheyWereReadWith) {
  const std::string file = write("a", "one");
  const Result<SourceText> read = SourceText::read(file);
  const Result<FileStamp> stamp = stamp_file(file);
  ASSERT_TRUE(read.ok() && stamp.ok());
  EXPECT_EQ(read.value().file().stamp, stamp.value());
}

TEST_F(SourceFiles, HaveAnotherStampOnceTheyAreReplaced) {
  const std::string file = write("a", "one");
  const FileStamp before = stamp_file(file).value();
  std::filesystem::rename(write("b", "two"), file);
  EXPECT_FALSE(stamp_file(file).value() == before);
}

TEST_F(SourceFiles, ThatAreNotThereAreSaidToBe) {
  EXPECT_EQ(SourceText::read(path("none")).error(), "cannot be read: No such file or directory");
  EXPECT_EQ(stamp_file(path("none")).error(), "cannot be read: No such file or directory");
}

TEST_F(SourceFiles, AreNoDirectories) {
  EXPECT_EQ(SourceText::read(path("")).error(), "is a directory, not a file");
  EXPECT_EQ(stamp_file(path("")).error(), "is a directory, not a file");
}

TEST_F(SourceFiles, AreNoFifosAndNeverWaitForOne) {
  ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(SourceText::read(path("fifo")).error(), "is a FIFO; only regular files are read");
  EXPECT_EQ(stamp_file(path("fifo")).error(), "is a FIFO; only regular files are read");
}

TEST_F(SourceFiles, AreNoDevices) {
  EXPECT_EQ(SourceText::read("/dev/zero").error(),
            "is a device or socket; only regular files are read");
}

TEST_F(SourceFiles, ThatHoldMoreThanTheirSizeSaysChangedMeanwhile) {
  // Files of the kernel have no size, but content: as one that grows while it is read.
  EXPECT_EQ(SourceText::read("/proc/self/status").error(),
            "changed while it was read; it is read again at the next reload");
}

}  // namespace
}  // namespace rhumb
