// What the reply's OPT carries back beside the client subnet, octet by octet.
#include "answer/opt.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/answer/ask.h"

namespace rhumb::testing {
namespace {

using Octets = std::vector<std::uint8_t>;

View telling(const Identity& identity) {
  View view = view_of(rich_zones());
  view.options.identity = std::make_shared<const Identity>(identity);
  return view;
}

// The rdata of OPT, which ends the reply, whose question is for `name` and whose sections but the
// additional one are empty or followed by OPT at once.
Octets options_in(const Answered& answered) {
  // The last root owner, type 41 and size 1232.
  const Octets head = {0, 0, 41, 4, 208};
  const auto at =
      std::find_end(answered.reply.begin(), answered.reply.end(), head.begin(), head.end());
  if (answered.reply.end() - at < 11) return {0xBA, 0xD0};
  return {at + 11, answered.reply.end()};
}

const Octets kAsksNsid = {0, 3, 0, 0};

TEST(Nsid, IsToldToThoseWhoAsk) {
  const View view = telling({.nsid = "ns1.lon"});
  const Ask question{.name = "www.example.org.", .options = kAsksNsid};
  EXPECT_EQ(options_in(ask(view, question)),
            (Octets{0, 3, 0, 7, 'n', 's', '1', '.', 'l', 'o', 'n'}));
  EXPECT_EQ(options_in(ask(view, {.name = "www.example.org."})), Octets());
}

TEST(Nsid, IsToldWithErrorsToo) {
  const View view = telling({.nsid = "a"});
  EXPECT_EQ(options_in(ask(view, {.name = "none.such.example.org.", .options = kAsksNsid})),
            (Octets{0, 3, 0, 1, 'a'}));
  EXPECT_EQ(options_in(ask(view, {.name = "www.example.com.", .options = kAsksNsid})),
            (Octets{0, 3, 0, 1, 'a', 0, 15, 0, 2, 0, 20}));
}

TEST(Nsid, IsToldWhateverTheOptionHolds) {
  const View view = telling({.nsid = "a"});
  const Ask question{.name = "www.example.org.", .options = {0, 3, 0, 2, 'h', 'i'}};
  EXPECT_EQ(options_in(ask(view, question)), (Octets{0, 3, 0, 1, 'a'}));
}

TEST(Nsid, IsNotToldWhenThereIsNone) {
  const Ask question{.name = "www.example.org.", .options = kAsksNsid};
  EXPECT_EQ(options_in(ask(telling({}), question)), Octets());
  EXPECT_EQ(options_in(ask(view_of(rich_zones()), question)), Octets());
}

TEST(Nsid, IsNotToldToAnotherVersionOrAMalformedQuery) {
  const View view = telling({.nsid = "a"});
  Ask question{.name = "www.example.org.", .edns_version = 1, .options = kAsksNsid};
  EXPECT_EQ(options_in(ask(view, question)), Octets());
  question.edns_version = 0;
  question.options.insert(question.options.end(), {0, 3, 0});
  EXPECT_EQ(options_in(ask(view, question)), Octets());
}

TEST(Malformed, OptionOfThoseHeededMakesAllOthersBePassedOver) {
  View view = telling({.nsid = "a"});
  view.options.cookie_secrets.count = 1;
  const Octets good_cookie = {0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8};
  const Octets good_subnet = {0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2};
  const Octets cut_cookie = {0, 10, 0, 1, 1};
  const Octets cut_subnet = {0, 8, 0, 1, 9};
  for (const auto& [good, bad] :
       {std::pair(good_cookie, cut_subnet), std::pair(good_subnet, cut_cookie)}) {
    Ask question{.name = "www.example.org.", .options = kAsksNsid};
    question.options.insert(question.options.end(), good.begin(), good.end());
    EXPECT_GT(options_in(ask(view, question)).size(), 5U) << "while nothing is malformed";
    question.options.insert(question.options.end(), bad.begin(), bad.end());
    const Answered answered = ask(view, question);
    EXPECT_EQ(answered.outcome.rcode, Rcode::kFormErr);
    EXPECT_EQ(options_in(answered), Octets());
  }
}

const Octets kAsksKeepalive = {0, 11, 0, 0};

TEST(Keepalive, IsToldInTenthsOfASecondOverTcp) {
  const View view = view_of(rich_zones());
  Ask question{.name = "www.example.org.",
               .transport = Transport::kTcp,
               .idle_timeout_ms = 10'000,
               .options = kAsksKeepalive};
  EXPECT_EQ(options_in(ask(view, question)), (Octets{0, 11, 0, 2, 0, 100}));
  question.idle_timeout_ms = 100'000'000;
  EXPECT_EQ(options_in(ask(view, question)), (Octets{0, 11, 0, 2, 0xFF, 0xFF}));
}

TEST(Keepalive, IsNotToldUnaskedOrOverUdp) {
  const View view = view_of(rich_zones());
  Ask question{.name = "www.example.org.", .transport = Transport::kTcp, .idle_timeout_ms = 10'000};
  EXPECT_EQ(options_in(ask(view, question)), Octets());
  question.options = kAsksKeepalive;
  question.transport = Transport::kUdp;
  EXPECT_EQ(options_in(ask(view, question)), Octets());
}

TEST(ExtendedError, SaysThatTheServerHasNoSuchZone) {
  const Answered answered = ask(view_of(rich_zones()), {.name = "www.example.com."});
  EXPECT_EQ(options_in(answered), (Octets{0, 15, 0, 2, 0, 20}));
  EXPECT_EQ(answered.outcome.rcode, Rcode::kRefused);
}

TEST(ExtendedError, SaysThatTransfersAreProhibited) {
  for (const Type type : {Type::kAxfr, Type::kIxfr}) {
    EXPECT_EQ(options_in(ask(view_of(rich_zones()), {.name = "example.org.", .type = type})),
              (Octets{0, 15, 0, 2, 0, 18}));
  }
}

TEST(ExtendedError, SaysThatAnotherClassIsNotSupported) {
  for (const Class klass : {Class::kHs, Class::kNone, Class::kAny}) {
    EXPECT_EQ(options_in(ask(view_of(rich_zones()), {.name = "example.org.", .klass = klass})),
              (Octets{0, 15, 0, 2, 0, 21}));
  }
}

TEST(ExtendedError, IsSaidOfNothingElse) {
  const View view = view_of(rich_zones());
  for (const Ask& question :
       {Ask{.name = "none.such.example.org."}, Ask{.name = "www.example.org.", .type = Type::kMx},
        Ask{.name = "www.example.org.", .edns_version = 1},
        Ask{.name = "www.example.org.", .options = {0, 8, 0, 1, 9}}}) {
    EXPECT_EQ(options_in(ask(view, question)), Octets()) << question.name;
  }
}

TEST(ExtendedError, IsNotSaidWithoutEdns) {
  const Answered answered = ask(view_of(rich_zones()), {.name = "a.example.com.", .edns = false});
  EXPECT_EQ(answered.reply.size(), 12U + 15 + 4);
}

TEST(Opt, IsKeptRoomFor) {
  // 12 + 21 + 16 n + 11 + 132 octets: of 512, n = 21 leave room and n = 22 do not.
  for (const auto& [records, fits] : {std::pair{21, true}, std::pair{22, false}}) {
    std::string zone = "$ORIGIN example.org.\n@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.example.net.\n";
    for (int i = 0; i < records; ++i) zone += "big 60 A 10.0.0." + std::to_string(i) + "\n";
    View view = view_of(link({zone_of(zone)}));
    view.options.identity =
        std::make_shared<const Identity>(Identity{.nsid = std::string(kMaxNsidSize, 'x')});
    const Answered answered =
        ask(view, {.name = "big.example.org.", .udp_size = 512, .options = kAsksNsid});
    EXPECT_EQ(answered.outcome.truncated, !fits);
    EXPECT_EQ(answered.reply.size(), 12U + 21 + (fits ? 16 * 21 : 0) + 11 + 132);
  }
}

}  // namespace
}  // namespace rhumb::testing
