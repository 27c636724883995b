// A set is encoded once on load and copied into replies under many names. However it got there, it
// must decode to the same data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/answer/ask.h"
#include "tests/answer/decode.h"
#include "tests/answer/rich_places.h"

namespace rhumb::testing {
namespace {

// Every shape of rdata: names that may be compressed (RFC 1035), names that may not, none; targets
// that are the owner, below it, above it, beside it and elsewhere.
constexpr std::string_view kSets = R"(
{} A 192.0.2.1
{} A 192.0.2.2
{} AAAA 2001:db8::1
{} MX 10 {o}.example.org.
{} MX 20 below.{o}.example.org.
{} MX 30 example.org.
{} MX 40 other.example.org.
{} MX 50 other.example.net.
{} MX 60 .
{} PTR org.
{} MINFO below.{o}.example.org. mail.example.org.
{} TXT "text" "and more"
{} SRV 1 2 3 target.example.org.
{} RP host.example.org. text.{o}.example.org.
{} AFSDB 1 other.example.org.
{} TYPE65280 \# 3 010203
)";

constexpr std::string_view kHead = R"($ORIGIN example.org.
$TTL 300
@ SOA ns.example.net. host.example.net. 1 2 3 4 5
@ NS ns.example.net.
to-data CNAME data
to-data-by-dname CNAME data.from
to-wild CNAME x.wild
to-merged CNAME merged
from DNAME @
)";

std::string sets_of(std::string_view owner, std::string_view labels) {
  std::string text(kSets);
  for (std::size_t at = 0; (at = text.find("{o}", at)) != std::string::npos;) {
    text.replace(at, 3, labels);
  }
  for (std::size_t at = 0; (at = text.find("{}", at)) != std::string::npos;) {
    text.replace(at, 2, owner);
  }
  return text;
}

constexpr std::array kEncodedTypes = {Type::kA,   Type::kAaaa, Type::kMx, Type::kPtr, Type::kMinfo,
                                      Type::kTxt, Type::kSrv,  Type{17},  Type{18},   Type{65280}};

class EncodingTest : public ::testing::Test {
 protected:
  // Type and rdata of the last set in the answer to `name`, sorted.
  std::vector<std::string> last_set(std::string_view name, Type type) {
    const Answered answered =
        ask(view_, {.name = name, .type = type, .transport = Transport::kTcp});
    const auto reply = decode(answered.reply);
    EXPECT_TRUE(reply) << name;
    std::vector<std::string> set;
    if (!reply || reply->answer.empty()) return set;
    const std::string owner = word(reply->answer.back(), 0);
    for (const std::string& record : reply->answer) {
      if (word(record, 0) == owner) set.push_back(record.substr(owner.size()));
    }
    std::ranges::sort(set);
    return set;
  }
  static std::string word(const std::string& text, std::size_t from) {
    return text.substr(from, text.find_first_of(" \t", from) - from);
  }

  // An alias of each type to `target`.
  static std::vector<GroupSpec> aliases(std::string_view owner, std::string_view target) {
    std::vector<GroupSpec> groups;
    for (const Type type : kEncodedTypes) {
      GroupSpec::Set set = alias_of("x", target);
      set.ttl_s = 300;
      groups.push_back(group_of(owner, type, Policy::kSimple, {set}));
    }
    return groups;
  }
  static std::vector<GroupSpec> near() {
    auto groups = aliases("near.example.org.", "data.example.org.");
    for (GroupSpec& group : aliases("*.near.example.org.", "data.example.org.")) {
      groups.push_back(std::move(group));
    }
    return groups;
  }
  static constexpr std::string_view kFar =
      "$ORIGIN far.example.\n$TTL 300\n@ SOA ns.example.net. host.example.net. 1 2 3 4 5\n"
      "@ NS ns.example.net.\nhop CNAME alias\n";

  View view_ = view_of(link(
      {zone_of(std::string(kHead) + sets_of("data", "data") + sets_of("*.wild", "wild"), near()),
       zone_of(kFar, aliases("alias.far.example.", "data.example.org."))}));
};

TEST_F(EncodingTest, IsTheSameUnderEveryName) {
  for (const Type type : kEncodedTypes) {
    const auto direct = last_set("data.example.org.", type);
    EXPECT_FALSE(direct.empty());
    EXPECT_EQ(last_set("to-data.example.org.", type), direct) << to_string(type);
    EXPECT_EQ(last_set("data.from.example.org.", type), direct) << to_string(type);
    EXPECT_EQ(last_set("to-data-by-dname.example.org.", type), direct) << to_string(type);
  }
}

TEST_F(EncodingTest, IsTheSameFromAWildcard) {
  for (const Type type : kEncodedTypes) {
    const auto direct = last_set("*.wild.example.org.", type);
    EXPECT_FALSE(direct.empty());
    EXPECT_EQ(last_set("x.wild.example.org.", type), direct) << to_string(type);
    EXPECT_EQ(last_set("a.b.c.wild.example.org.", type), direct) << to_string(type);
    EXPECT_EQ(last_set("to-wild.example.org.", type), direct) << to_string(type);
  }
}

TEST_F(EncodingTest, IsTheSameUnderAliases) {
  for (const Type type : kEncodedTypes) {
    const auto direct = last_set("data.example.org.", type);
    EXPECT_FALSE(direct.empty());
    EXPECT_EQ(last_set("near.example.org.", type), direct) << to_string(type);
    EXPECT_EQ(last_set("x.y.near.example.org.", type), direct) << to_string(type);
    EXPECT_EQ(last_set("alias.far.example.", type), direct) << to_string(type);
    EXPECT_EQ(last_set("hop.far.example.", type), direct) << to_string(type);
  }
}

TEST_F(EncodingTest, HoldsWhatTheZoneFileSays) {
  EXPECT_THAT(
      last_set("to-data.example.org.", Type::kMx),
      ::testing::ElementsAre(" 300 MX 10 data.example.org.", " 300 MX 20 below.data.example.org.",
                             " 300 MX 30 example.org.", " 300 MX 40 other.example.org.",
                             " 300 MX 50 other.example.net.", " 300 MX 60 ."));
  EXPECT_THAT(last_set("a.wild.example.org.", Type::kMinfo),
              ::testing::ElementsAre(" 300 MINFO below.wild.example.org. mail.example.org."));
}

std::vector<std::uint8_t> mx(std::uint8_t preference, std::string_view exchange) {
  std::vector<std::uint8_t> rdata = {0, preference};
  const auto name = wire_of(exchange);
  rdata.insert(rdata.end(), name.begin(), name.end());
  return rdata;
}

// Sets merged record by record, whose names point to the owner, too.
TEST(MergedEncoding, DecodesUnderEveryName) {
  GroupSpec group =
      group_of("merged.example.org.", Type::kMx, Policy::kWeighted,
               {set_of("one", 1, 1, {mx(1, "a.merged.example.org."), mx(2, "example.org.")}),
                set_of("two", 1, 1, {mx(2, "example.org."), mx(3, "other.example.org.")}),
                set_of("three", 1, 1, {mx(1, "a.merged.example.org."), mx(4, "b.example.net.")})});
  group.max_answers = 3;
  const View view = view_of(link({zone_of(kHead, {group})}));
  for (const std::string_view name :
       {"merged.example.org.", "to-merged.example.org.", "merged.from.example.org."}) {
    for (std::uint64_t entropy = 0; entropy < 20; ++entropy) {
      const auto reply =
          decode(ask(view, {.name = name, .type = Type::kMx, .entropy = entropy}).reply);
      ASSERT_TRUE(reply);
      std::vector<std::string> set;
      for (const std::string& record : reply->answer) {
        if (record.starts_with("merged.example.org. ")) set.push_back(record);
      }
      EXPECT_THAT(
          set, ::testing::UnorderedElementsAre("merged.example.org. 30 MX 1 a.merged.example.org.",
                                               "merged.example.org. 30 MX 2 example.org.",
                                               "merged.example.org. 30 MX 3 other.example.org.",
                                               "merged.example.org. 30 MX 4 b.example.net."));
    }
  }
}

// One set has pointers into the owner's name where another, of another owner, has none.
TEST(MergedEncoding, FindsDuplicatesAmongSetsOfSeveralOwners) {
  GroupSpec group =
      group_of("merged.example.org.", Type::kMx, Policy::kWeighted,
               {set_of("own", 1, 1, {mx(1, "a.merged.example.org.")}),
                alias_of("near", "near.example.org."), alias_of("far", "far.example.")});
  group.max_answers = 3;
  const View view = view_of(link(
      {zone_of(std::string(kHead) + "near MX 1 a.merged\nnear MX 2 near\nnear MX 3 @\n", {group}),
       zone_of("$ORIGIN far.example.\n$TTL 300\n@ SOA ns.example.net. host 1 2 3 4 5\n"
               "@ NS ns.example.net.\n@ MX 1 a.merged.example.org.\n@ MX 2 near.example.org.\n"
               "@ MX 4 @\n")}));
  for (const std::string_view name : {"merged.example.org.", "to-merged.example.org."}) {
    const auto reply = decode(ask(view, {.name = name, .type = Type::kMx}).reply);
    ASSERT_TRUE(reply);
    std::vector<std::string> set;
    for (const std::string& record : reply->answer) {
      if (record.starts_with("merged.example.org. ")) set.push_back(record);
    }
    EXPECT_THAT(set,
                ::testing::UnorderedElementsAre("merged.example.org. 30 MX 1 a.merged.example.org.",
                                                "merged.example.org. 30 MX 2 near.example.org.",
                                                "merged.example.org. 30 MX 3 example.org.",
                                                "merged.example.org. 30 MX 4 far.example."));
  }
}

}  // namespace
}  // namespace rhumb::testing
