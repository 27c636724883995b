// Client subnets (RFC 7871): whom an answer is for, and what the reply says of how many others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "answer/draw.h"
#include "tests/answer/ask.h"
#include "tests/answer/decode.h"
#include "tests/answer/rich_places.h"

namespace rhumb::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Decoded reply_to(const Ask& question, const View& view = rich_world()) {
  return decode(ask(view, question).reply).value();
}

// The last octet of the one address in the answer.
int site(const Decoded& reply) {
  if (reply.answer.size() != 1) return -1;
  return std::stoi(reply.answer[0].substr(reply.answer[0].rfind('.') + 1));
}

TEST(Subnet, DecidesInPlaceOfTheSource) {
  EXPECT_EQ(site(reply_to({.name = "geo.example.org.", .from = ip("81.0.0.1")})), 1);
  EXPECT_EQ(site(reply_to(
                {.name = "geo.example.org.", .from = ip("81.0.0.1"), .ecs = net("91.1.2.0/24")})),
            2);
  EXPECT_EQ(
      site(reply_to(
          {.name = "geo.example.org.", .from = ip("81.0.0.1"), .ecs = net("2a01:200:1::/48")})),
      2);
}

TEST(Subnet, IsCarriedBackWithTheScope) {
  EXPECT_EQ(reply_to({.name = "geo.example.org.", .ecs = net("91.1.2.0/24")}).ecs,
            "91.1.2.0/24/10");
  EXPECT_EQ(reply_to({.name = "geo.example.org.", .ecs = net("91.1.2.128/25")}).ecs,
            "91.1.2.128/25/10");
  EXPECT_EQ(reply_to({.name = "geo.example.org.", .ecs = net("91.64.0.0/12")}).ecs,
            "91.64.0.0/12/10");
  EXPECT_EQ(reply_to({.name = "geo.example.org.", .ecs = net("2a01:200:1::/48")}).ecs,
            "2a01:200:1::/48/32");
}

TEST(Subnet, IsTheClientWhereNoMapSaysWhichOnesAreSpecial) {
  View view = rich_world();
  view.maps = std::make_shared<const Maps>();
  auto explain = std::make_unique<Explain>();
  const Ask question{.name = "www.example.org.", .from = ip("81.0.0.1"), .ecs = net("10.1.2.0/24")};
  for (int i = 0; i < 2; ++i) {
    *explain = Explain{};
    ask(view, question, explain.get());
    EXPECT_EQ(explain->from, ClientFrom::kSubnet);
    view.maps.reset();
  }
}

TEST(Subnet, IsCarriedBackOnlyWhenItWasSent) {
  EXPECT_EQ(reply_to({.name = "geo.example.org.", .from = ip("91.1.2.3")}).ecs, "");
  EXPECT_EQ(reply_to({.name = "geo.example.org.", .edns = false}).ecs, "");
}

TEST(Subnet, HasScopeZeroWhereNothingDependsOnIt) {
  for (const std::string_view name :
       {"www.example.org.", "weighted.example.org.", "failover.example.org.", "many.example.org.",
        "nothing.example.org.", "www.sub.example.org.", "alias2.example.org.",
        "x.dname.example.org.", "www.example.com.", "to-mx.example.org.", "multi.example.org."}) {
    EXPECT_EQ(reply_to({.name = name, .ecs = net("91.1.2.0/24")}).ecs, "91.1.2.0/24/0") << name;
  }
}

TEST(Subnet, HasScopeZeroForAnotherTypeThanTheRoutedOne) {
  const Decoded reply =
      reply_to({.name = "geo.example.org.", .type = Type::kTxt, .ecs = net("91.1.2.0/24")});
  EXPECT_EQ(reply.ecs, "91.1.2.0/24/0");
  EXPECT_THAT(reply.answer, IsEmpty());
}

TEST(Subnet, HasTheScopeOfNoDataToo) {
  const Decoded reply = reply_to({.name = "strict.example.org.", .ecs = net("91.1.2.0/24")});
  EXPECT_THAT(reply.answer, IsEmpty());
  EXPECT_EQ(reply.ecs, "91.1.2.0/24/5");  // no one between 88.0.0.0 and 95.255.255.255 suits
}

TEST(Subnet, IsCarriedBackWithErrors) {
  EXPECT_EQ(reply_to({.name = "www.example.com.", .ecs = net("91.1.2.0/24")}).rcode, 5);
  EXPECT_EQ(reply_to({.name = "www.example.com.", .ecs = net("91.1.2.0/24")}).ecs, "91.1.2.0/24/0");
  EXPECT_EQ(
      reply_to({.name = "www.example.org.", .klass = Class::kCh, .ecs = net("91.1.2.0/24")}).ecs,
      "91.1.2.0/24/0");
}

TEST(Subnet, IsOfNoMeaningWithoutBits) {
  const Decoded v4 = reply_to(
      {.name = "geo.example.org.", .from = ip("81.0.0.1"), .ecs = IpPrefix{ip("0.0.0.0"), 0}});
  EXPECT_EQ(site(v4), 1);
  EXPECT_EQ(v4.ecs, "0.0.0.0/0/0");
  const Decoded none = reply_to(
      {.name = "geo.example.org.", .from = ip("81.0.0.1"), .options = {0, 8, 0, 4, 0, 0, 0, 0}});
  EXPECT_EQ(site(none), 1);
  EXPECT_EQ(none.ecs, "none/0/0");
}

TEST(Subnet, IsIgnoredWholeWhereItIsTurnedOff) {
  View view = rich_world();
  view.options.client_subnet = false;
  const Decoded reply = reply_to(
      {.name = "geo.example.org.", .from = ip("81.0.0.1"), .ecs = net("91.1.2.0/24")}, view);
  EXPECT_EQ(site(reply), 1);
  EXPECT_EQ(reply.ecs, "");
  const Decoded malformed = reply_to(
      {.name = "geo.example.org.", .from = ip("81.0.0.1"), .options = {0, 8, 0, 1, 9}}, view);
  EXPECT_EQ(malformed.rcode, 0);
  EXPECT_EQ(site(malformed), 1);
}

TEST(Subnet, IsAFormatErrorWhenItIsMalformed) {
  for (const std::string_view name : {"geo.example.org.", "www.example.org.", "example.com."}) {
    const Decoded reply = reply_to({.name = name, .options = {0, 8, 0, 1, 9}});
    EXPECT_EQ(reply.rcode, 1);
    EXPECT_TRUE(reply.edns);
    EXPECT_EQ(reply.ecs, "");
    EXPECT_FALSE(reply.aa);
    EXPECT_EQ(reply.question.size(), 1U);
    EXPECT_THAT(reply.answer, IsEmpty());
    EXPECT_THAT(reply.authority, IsEmpty());
  }
}

TEST(Subnet, IsNotCarriedBackFromAMessageThatIsMalformed) {
  std::vector<std::uint8_t> message =
      message_of({.name = "geo.example.org.", .ecs = net("91.1.2.0/24")});
  message.push_back(0);
  const Decoded reply =
      decode(ask_octets(rich_world(), {.message = message, .source = {}}).reply).value();
  EXPECT_EQ(reply.rcode, 1);
  EXPECT_EQ(reply.ecs, "");
}

TEST(Subnet, IsTheFirstOfTwo) {
  const Decoded reply = reply_to({.name = "geo.example.org.",
                                  .ecs = net("91.1.2.0/24"),
                                  .options = ecs_option(net("81.0.0.0/24"))});
  EXPECT_EQ(site(reply), 2);
  EXPECT_EQ(reply.ecs, "91.1.2.0/24/10");
}

// RFC 6890: no resolver's client comes from there, whoever wrote it into the query.
TEST(Subnet, IsNotTheClientWhenItIsSpecialPurpose) {
  const Decoded reply =
      reply_to({.name = "geo.example.org.", .from = ip("81.0.0.1"), .ecs = net("192.168.7.0/24")});
  EXPECT_EQ(site(reply), 1);
  EXPECT_EQ(reply.ecs, "192.168.7.0/24/16");
}

TEST(Subnet, IsTheClientWhenAnOverrideCoversIt) {
  const Decoded reply =
      reply_to({.name = "geo.example.org.", .from = ip("91.0.0.1"), .ecs = net("203.0.113.0/24")});
  EXPECT_EQ(site(reply), 1);
  EXPECT_EQ(reply.ecs, "203.0.113.0/24/24");
}

TEST(Subnet, IsTheFirstAddressOfItsPrefix) {
  // 91.0.0.0/8 is Germany's, but for 91.64.0.0/10.
  EXPECT_EQ(site(reply_to({.name = "geo.example.org.", .ecs = net("91.0.0.0/8")})), 2);
  EXPECT_EQ(reply_to({.name = "geo.example.org.", .ecs = net("91.0.0.0/8")}).ecs, "91.0.0.0/8/10");
}

TEST(Subnet, HasTheScopeOfA24OrA56WhereClientsStick) {
  EXPECT_EQ(reply_to({.name = "sticky.example.org.", .ecs = net("91.1.2.128/25")}).ecs,
            "91.1.2.128/25/24");
  EXPECT_EQ(reply_to({.name = "sticky.example.org.", .ecs = net("2a01:200::/32")}).ecs,
            "2a01:200::/32/56");
  EXPECT_EQ(reply_to({.name = "sticky.example.org.", .ecs = net("2002:5b01:200::/40")}).ecs,
            "2002:5b01:200::/40/40");
}

// Neither chance nor health shows in the scope: it is that of all that the name may lead to.
TEST(Subnet, HasTheScopeOfTheWholeTree) {
  for (std::uint64_t entropy = 0; entropy < 50; ++entropy) {
    EXPECT_EQ(
        reply_to({.name = "tree.example.org.", .entropy = entropy, .ecs = net("91.1.2.0/24")}).ecs,
        "91.1.2.0/24/24");
    EXPECT_EQ(
        reply_to({.name = "hops.example.org.", .entropy = entropy, .ecs = net("91.1.2.0/24")}).ecs,
        "91.1.2.0/24/10");
  }
}

TEST(Subnet, KeepsTheScopeToTheEndOfAChain) {
  // hops may lead to a name that does not exist.
  bool seen = false;
  for (std::uint64_t entropy = 0; entropy < 50; ++entropy) {
    const Decoded reply =
        reply_to({.name = "hops.example.org.", .entropy = entropy, .ecs = net("91.1.2.0/24")});
    if (reply.rcode != 3) continue;
    seen = true;
    EXPECT_EQ(reply.ecs, "91.1.2.0/24/10");
  }
  EXPECT_TRUE(seen);
}

TEST(Subnet, HasItsRoomInOpt) {
  // 12 + 21 + 16 n + 11 + 11 octets: with 512, n = 28 fits and n = 29 does not.
  for (const auto& [records, fits] : {std::pair{28, true}, std::pair{29, false}}) {
    std::string zone = "$ORIGIN example.org.\n@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.example.net.\n";
    for (int i = 0; i < records; ++i) zone += "big 60 A 10.0.0." + std::to_string(i) + "\n";
    const View view = view_of(link({zone_of(zone)}));
    const Answered answered =
        ask(view, {.name = "big.example.org.", .udp_size = 512, .ecs = net("91.1.2.0/24")});
    EXPECT_EQ(answered.outcome.truncated, !fits);
    EXPECT_EQ(answered.reply.size(), fits ? 12U + 21 + 16 * 28 + 22 : 12U + 21 + 22);
    EXPECT_EQ(decode(answered.reply)->ecs, "91.1.2.0/24/0");
  }
}

TEST(Subnet, IsEchoedToTheOctet) {
  const Answered answered =
      ask(rich_world(), {.name = "geo.example.org.", .ecs = net("91.1.2.0/23")});
  const std::vector<std::uint8_t> wanted = {0, 0, 41, 4, 208, 0, 0,  0,  0,  0, 11,
                                            0, 8, 0,  7, 0,   1, 23, 10, 91, 1, 2};
  const std::vector<std::uint8_t> end(answered.reply.end() - 22, answered.reply.end());
  EXPECT_EQ(end, wanted);
}

// The scope may not be wider than a client can be told from its neighbours, nor overlap another's.
TEST(Subnet, HasScopesThatAreEqualOrDisjoint) {
  std::uint64_t random = 1;
  std::vector<IpPrefix> blocks;
  for (int i = 0; i < 400; ++i) {
    random = derive(random, 1);
    static constexpr std::array<std::string_view, 8> kNear = {
        "81.2.3.0", "91.64.0.0", "203.0.113.0", "192.168.0.0",
        "52.0.0.0", "80.0.0.0",  "0.0.0.0",     "127.0.0.1"};
    const IpAddress near = ip(kNear[random % kNear.size()]);
    std::array<std::uint8_t, 4> address{};
    std::ranges::copy(near.bytes(), address.begin());
    for (int bit = 0; bit < 3; ++bit) {
      random = derive(random, 2);
      address[random % 4] ^= static_cast<std::uint8_t>(1U << (random >> 32U) % 8);
    }
    const IpAddress client = IpAddress::v4(address);
    Explain explain;
    ask(rich_world(), {.name = "wide.example.org.", .ecs = IpPrefix{client, 32}}, &explain);
    blocks.push_back(IpPrefix::of(client, explain.scope.bits));
  }
  for (const IpPrefix& one : blocks) {
    for (const IpPrefix& other : blocks) {
      const bool overlap = one.contains(other.address) || other.contains(one.address);
      EXPECT_TRUE(one == other || !overlap) << to_string(one) << " " << to_string(other);
    }
  }
}

}  // namespace
}  // namespace rhumb::testing
