#include "zones/token_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/zones/reading.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;

TEST(TokenFile, ReadsATokenFromItsFirstLine) {
  const TestFolder folder;
  EXPECT_EQ(read_token_file(folder.write("a", "\t secret \r\nmore")).value(), "secret");
  EXPECT_EQ(read_token_file(folder.write("b", "secret")).value(), "secret");
}

TEST(TokenFile, RefusesTokensThatAreNone) {
  const TestFolder folder;
  EXPECT_THAT(read_token_file(folder.write("a", "\nsecret")).error(), HasSubstr("has no token"));
  EXPECT_EQ(read_token_file(folder.write("b", std::string(8'193, 'a'))).error(),
            "is larger than 8192 octets");
  EXPECT_TRUE(read_token_file(folder.write("c", std::string(8'192, 'a'))).ok());
  EXPECT_EQ(read_token_file("/no/such").error(), "cannot be read: No such file or directory");
  EXPECT_EQ(read_token_file("/dev/null").error(),
            "is a device or socket; only regular files are read");
}

}  // namespace
}  // namespace rhumb
