#include "text/token.h"

namespace rhumb {
namespace {

std::string error_of(const std::string& text) {
  const Result<std::string> token = parse_token(text);
  return token.ok() ? "" : token.error();
}

TEST(Token, IsTheFirstLineWithoutBlanksAtItsEnds) {
  EXPECT_EQ(parse_token("secret").value(), "secret");
  EXPECT_EQ(parse_token("secret \n").value(), "secret");
  EXPECT_EQ(parse_token("\t secret \r\nmore").value(), "secret");
}

TEST(Token, IsOneWordOfVisibleAscii) {
  EXPECT_EQ(error_of(""),
            "has no token; write one into the first line, such as `openssl rand -hex 32` makes");
  EXPECT_EQ(error_of(" \nsecret"), error_of(""));
  EXPECT_EQ(error_of("two words"),
            "has a first line that is no token; write one word of visible ASCII into it");
  EXPECT_EQ(error_of("caf\xC3\xA9"), error_of("two words"));
  EXPECT_EQ(error_of("a\x7F"), error_of("two words"));
}

TEST(Token, IsTheSameOnlyInFull) {
  EXPECT_TRUE(is_same_token("secret", "secret"));
  for (const char* given : {"", "secre", "secrets", "Secret", "secretsecret"}) {
    EXPECT_FALSE(is_same_token(given, "secret")) << given;
  }
}

TEST(Token, NothingIsAnEmptyToken) {
  EXPECT_FALSE(is_same_token("", ""));
  EXPECT_FALSE(is_same_token("a", ""));
}

}  // namespace
}  // namespace rhumb
