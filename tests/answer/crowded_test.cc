// Replies in which what comes last finds no room, and chains that come to an end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/answer/ask.h"
#include "tests/answer/decode.h"

namespace rhumb::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kApex =
    "$ORIGIN example.org.\n$TTL 60\n@ SOA ns host 1 3600 900 604800 60\n@ NS ns\nns A 192.0.2.53\n";

// To a question without EDNS, of which the reply may have 512 octets.
Decoded reply_to(const std::string& records, std::string_view name, Type type = Type::kA) {
  const View view = view_of(link({zone_of(std::string(kApex) + records)}));
  return decode(ask(view, {.name = name, .type = type, .edns = false}).reply).value();
}

std::string label(char c) { return std::string(60, c); }

// From `from` over names of 190 octets, each of which costs its CNAME once more; the last leads to
// `to`. Two of them leave 512 octets with room for less than a third.
std::string long_chain(const std::string& from, const std::string& to) {
  const std::string one = label('a') + "." + label('b') + "." + label('c');
  const std::string two = label('d') + "." + label('e') + "." + label('f');
  return from + " CNAME " + one + "\n" + one + " CNAME " + two + "\n" + two + " CNAME " + to + "\n";
}

TEST(Crowded, AChainEndsWithTcWhereItsDnameFindsNoRoom) {
  const std::string target = label('x') + "." + label('y');
  const Decoded reply =
      reply_to(long_chain("www", "a.d") + "d DNAME " + target + "\na." + target + " A 192.0.2.1\n",
               "www.example.org.");
  EXPECT_TRUE(reply.tc);
  EXPECT_THAT(reply.answer, SizeIs(3)) << "the CNAMEs";
}

// The DNAME's target has 30 octets, the name that is made of it and stands in the CNAME 70 more.
TEST(Crowded, AChainEndsWithTcWhereTheCnameOfItsDnameFindsNoRoom) {
  bool is_met = false;
  for (std::size_t size = 1; size < 60 && !is_met; ++size) {
    const std::string target(size, 'x');
    const Decoded reply = reply_to(
        long_chain("www", "a.d") + "d DNAME " + target + "\na." + target + " A 192.0.2.1\n",
        "www.example.org.");
    is_met = reply.tc && reply.answer.size() == 4;
    if (!is_met) continue;
    EXPECT_THAT(reply.answer, Contains(HasSubstr(" DNAME ")));
  }
  EXPECT_TRUE(is_met);
}

TEST(Crowded, SetsThatAreMadeOneGoInWholeOrNotAtAll) {
  std::vector<GroupSpec::Set> sets;
  for (int i = 0; i < 2; ++i) {
    std::vector<std::vector<std::uint8_t>> values;
    for (int j = 0; j < 12; ++j) {
      std::vector<std::uint8_t> mx = {0, static_cast<std::uint8_t>(12 * i + j)};
      const auto exchange = wire_of(label(static_cast<char>('a' + j)) + ".example.org.");
      mx.insert(mx.end(), exchange.begin(), exchange.end());
      values.push_back(std::move(mx));
    }
    sets.push_back(set_of(std::to_string(i), 1, 1, std::move(values)));
  }
  GroupSpec group = group_of("mail.example.org.", Type::kMx, Policy::kWeighted, std::move(sets));
  group.max_answers = 2;
  const View view = view_of(link({zone_of(kApex, {group})}));
  const Decoded reply =
      decode(ask(view, {.name = "mail.example.org.", .type = Type::kMx, .edns = false}).reply)
          .value();
  EXPECT_TRUE(reply.tc);
  EXPECT_THAT(reply.answer, IsEmpty());
}

TEST(Chain, OfSixteenLinksEndsBeforeADname) {
  std::string records = "d DNAME target\na.target A 192.0.2.1\n";
  for (int i = 0; i < 16; ++i) {
    records += "c" + std::to_string(i) + " CNAME " +
               (i < 15 ? "c" + std::to_string(i + 1) : std::string("a.d")) + "\n";
  }
  EXPECT_THAT(reply_to(records, "c0.example.org.").answer, SizeIs(16));
  EXPECT_THAT(reply_to(records, "c1.example.org.").answer, SizeIs(15 + 3));
}

TEST(Chain, EndsWhereItLeadsAboveTheZone) {
  const Decoded reply = reply_to("up CNAME org.\nroot CNAME .\n", "up.example.org.");
  EXPECT_THAT(reply.answer, Contains("up.example.org. 60 CNAME org."));
  EXPECT_EQ(reply.rcode, 0);
}

TEST(Any, IsTheSmallestSet) {
  const std::string records = "www TXT \"" + std::string(200, 't') +
                              "\"\nwww AAAA 2001:db8::1\n"
                              "www MX 1 a-longer-name-than-that\n";
  EXPECT_THAT(reply_to(records, "www.example.org.", Type::kAny).answer,
              ::testing::ElementsAre("www.example.org. 60 AAAA 2001:db8::1"));
}

}  // namespace
}  // namespace rhumb::testing
