#include "server/request_bounds.h"

namespace rhumb {
namespace {

TEST(RequestBounds, TakeTheAbsoluteFormOfATarget) {
  EXPECT_EQ(path_of("/healthz"), "/healthz");
  EXPECT_EQ(path_of("http://x/healthz"), "/healthz");
  EXPECT_EQ(path_of("HTTPS://[::1]:8053/a/b"), "/a/b");
  EXPECT_EQ(path_of("http://x"), "/");
  EXPECT_EQ(path_of("/http://x/healthz"), "/http://x/healthz");
  EXPECT_EQ(path_of("*"), "*");
  EXPECT_EQ(path_of(""), "");
}

TEST(RequestBounds, SeeWhatWouldCutAText) {
  EXPECT_TRUE(holds_nul("/a%00b"));
  EXPECT_TRUE(holds_nul("/a?b=%00"));
  EXPECT_FALSE(holds_nul("/a%2500b%01%0"));
}

}  // namespace
}  // namespace rhumb
