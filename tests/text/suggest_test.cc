#include "text/suggest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rhumb {
namespace {

constexpr std::string_view kKeys[] = {"healthCheckId", "healthCheck", "setIdentifier", "ttl", "id"};

TEST(Suggest, FindsAWordOfAnotherCase) {
  EXPECT_EQ(nearest_word("HEALTHCHECKID", kKeys), "healthCheckId");
  EXPECT_EQ(nearest_word("TTL", kKeys), "ttl");
}

TEST(Suggest, FindsAWordWithAnEditOfEachKind) {
  EXPECT_EQ(nearest_word("setIdentifer", kKeys), "setIdentifier");
  EXPECT_EQ(nearest_word("setIdentiffier", kKeys), "setIdentifier");
  EXPECT_EQ(nearest_word("setIdentofier", kKeys), "setIdentifier");
  EXPECT_EQ(nearest_word("setIdnetifier", kKeys), "setIdentifier");
}

TEST(Suggest, CountsTwoSwappedLettersAsOneEdit) { EXPECT_EQ(nearest_word("tlt", kKeys), "ttl"); }

TEST(Suggest, TakesTheNearestAndTheFirstOfEquals) {
  constexpr std::string_view kWords[] = {"abcdeX", "abcdef", "abcdeY"};
  EXPECT_EQ(nearest_word("abcdeg", kWords), "abcdeX");
  EXPECT_EQ(nearest_word("Abcdef", kWords), "abcdef");
}

TEST(Suggest, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest_word("region", kKeys), std::nullopt);
  EXPECT_EQ(nearest_word("ab", kKeys), std::nullopt);
  EXPECT_EQ(nearest_word("ttl", {}), std::nullopt);
  EXPECT_EQ(did_you_mean("region", kKeys), "");
}

TEST(Suggest, WritesTheHint) {
  EXPECT_EQ(did_you_mean("healthcheckID", kKeys), "; did you mean \"healthCheckId\"?");
}

TEST(Suggest, LeavesLongWordsAndManyWordsAlone) {
  const std::string longest(kMaxSuggestLength, 'a');
  const std::string longer = longest + "a";
  const std::string_view words[] = {longer, longest};
  EXPECT_EQ(nearest_word(longest, words), longest);
  EXPECT_EQ(nearest_word(longer, words), std::nullopt);
  const std::vector<std::string_view> many(kMaxSuggestWords + 1, "ttl");
  EXPECT_EQ(nearest_word("ttl", many), std::nullopt);
}

}  // namespace
}  // namespace rhumb
