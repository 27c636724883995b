// The table of the conformance tests. What rhumb is to say stands beside each question, written out
// from the RFC.
#include <algorithm>
#include <string>

#include "tests/integration/probe.h"

namespace rhumb::test {
namespace {

constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kDo = 0x8000;
constexpr std::uint16_t kRd = 0x0100;

// Functions, since tests are registered before main(), when constants of this file may not be
// there.
std::uint16_t opcode(unsigned number) { return static_cast<std::uint16_t>(number << 11U); }

Bytes two_questions() {
  return {1, 'c', 4, 't', 'e', 's', 't', 0, 0, 6, 0, 1,
          1, 'c', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1};
}
Bytes second_opt() { return {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0}; }
Bytes unknown_option() { return {0, 100, 0, 2, 1, 2}; }
Bytes client_cookie() { return {0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}; }
Bytes short_cookie() { return {0, 10, 0, 4, 1, 2, 3, 4}; }
Bytes forged_cookie() {
  return {0, 10, 0, 24, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 0, 0, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9};
}
Bytes nsid() { return {0, 3, 0, 0}; }
Bytes subnet() { return {0, 8, 0, 7, 0, 1, 24, 0, 198, 51, 100}; }
Bytes empty_subnet() { return {0, 8, 0, 4, 0, 1, 0, 0}; }
Bytes subnet_with_bits() { return {0, 8, 0, 7, 0, 1, 20, 0, 198, 51, 100}; }
Bytes subnet_too_long() { return {0, 8, 0, 9, 0, 1, 33, 0, 198, 51, 100, 1, 1}; }
Bytes subnet_no_family() { return {0, 8, 0, 7, 0, 9, 24, 0, 198, 51, 100}; }
Bytes overrun() { return {0, 100, 0, 9, 1}; }
Bytes several_options() {
  return {0, 3, 0, 0, 0, 9, 0, 0, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 8, 0, 4, 0, 1, 0, 0};
}
// TSIG by an algorithm that nobody knows.
Bytes bad_tsig() {
  return {0, 0, 250, 0, 255, 0, 0, 0,  0, 0, 21,   3,    'b', 'a', 'd', 0,
          0, 0, 0,   0, 0,   0, 1, 44, 0, 0, 0x12, 0x34, 0,   0,   0,   0};
}

// NOLINTNEXTLINE(readability-function-size): a table
std::vector<Probe> edns() {
  const Opt plain;
  return {
      {"8945",
       "5.2.1",
       "KnowsNoKey",
       "TSIG by an unknown key and algorithm",
       {.tail = bad_tsig(), .additionals = 1},
       "NOTAUTH, additional TSIG"},
      {"5001",
       "2.1",
       "HidesItsId",
       "NSID",
       {.opt = Opt{.options = nsid()}},
       "NOERROR aa, answer SOA, OPT"},
      {"6891", "6.1.1", "GivesOptForOpt", "OPT", {.opt = plain}, "NOERROR aa, answer SOA, OPT"},
      {"6891",
       "6.1.1",
       "RefusesTwoOpts",
       "two OPT",
       {.opt = plain, .tail = second_opt(), .additionals = 2},
       "FORMERR, OPT"},
      {"6891",
       "6.1.1",
       "RefusesOptInTheAnswer",
       "OPT in the answer section",
       {.tail = second_opt(), .answers = 1},
       "FORMERR"},
      {"6891",
       "6.1.2",
       "RefusesAnOptWithAName",
       "OPT whose owner is not the root",
       {.opt = Opt{.owner_size = 1}},
       "FORMERR"},
      {"6891",
       "6.1.2",
       "RefusesOptionsThatOverrun",
       "options that overrun",
       {.opt = Opt{.options = overrun()}},
       "FORMERR, OPT"},
      {"6891",
       "6.1.2",
       "PassesOverUnknownOptions",
       "an unknown option",
       {.opt = Opt{.options = unknown_option()}},
       "NOERROR aa, answer SOA, OPT"},
      {"6891",
       "6.1.3",
       "KnowsVersion0Alone",
       "EDNS version 1",
       {.opt = Opt{.version = 1}},
       "BADVERS, OPT"},
      {"6891",
       "6.1.4",
       "LeavesOtherFlagsZero",
       "all flags of EDNS",
       {.opt = Opt{.flags = 0xFFFF}},
       "NOERROR aa, answer SOA, OPT: DO"},
      {"6891",
       "6.2.3",
       "TakesSmallSizesFor512",
       "25 addresses, UDP size 0",
       {.name = "some.c.test.", .type = kA, .opt = Opt{.size = 0}},
       "NOERROR aa, answer A×25, OPT",
       Over::kUdp},
      {"6891",
       "6.2.5",
       "TruncatesAtItsOwnSize",
       "100 addresses, UDP size 65535",
       {.name = "big.c.test.", .type = kA, .opt = Opt{.size = 65535}},
       "NOERROR aa tc, OPT",
       Over::kUdp},
      {"7871",
       "7.2.1",
       "EchoesTheSubnet",
       "a client subnet where nothing depends on it",
       {.name = "www.c.test.", .type = kA, .opt = Opt{.options = subnet()}},
       "NOERROR aa, answer A, OPT: ECS scope 0"},
      {"7871",
       "7.1.2",
       "EchoesAnEmptySubnet",
       "a client subnet without bits",
       {.name = "www.c.test.", .type = kA, .opt = Opt{.options = empty_subnet()}},
       "NOERROR aa, answer A, OPT: ECS scope 0"},
      {"7871",
       "6",
       "RefusesBitsBehindThePrefix",
       "a client subnet with bits behind its prefix",
       {.opt = Opt{.options = subnet_with_bits()}},
       "FORMERR, OPT"},
      {"7871",
       "6",
       "RefusesLongPrefixes",
       "a client subnet of 33 bits",
       {.opt = Opt{.options = subnet_too_long()}},
       "FORMERR, OPT"},
      {"7871",
       "6",
       "RefusesUnknownFamilies",
       "a client subnet of an unknown family",
       {.opt = Opt{.options = subnet_no_family()}},
       "FORMERR, OPT"},
      {"7873",
       "5.2.2",
       "RefusesShortCookies",
       "a cookie of 4 octets",
       {.opt = Opt{.options = short_cookie()}},
       "FORMERR, OPT"},
      {"7873",
       "5.2.3",
       "GivesAServerCookie",
       "a client cookie",
       {.opt = Opt{.options = client_cookie()}},
       "NOERROR aa, answer SOA, OPT: COOKIE of 24"},
      {"7873",
       "5.2.4",
       "RenewsABadServerCookie",
       "a server cookie that is not ours",
       {.opt = Opt{.options = forged_cookie()}},
       "NOERROR aa, answer SOA, OPT: COOKIE of 24"},
      {"7873",
       "5.4",
       "GivesACookieWithoutAQuestion",
       "a client cookie without a question",
       {.opt = Opt{.options = client_cookie()}, .has_question = false},
       "NOERROR, no question, OPT: COOKIE of 24"},
      {"8914",
       "4.21",
       "SaysWhyItRefuses",
       "a name in no zone, with OPT",
       {.name = "www.elsewhere.", .type = kA, .opt = plain},
       "REFUSED, OPT: EDE 20"},
      {"9619",
       "4",
       "RefusesTwoQuestions",
       "two questions",
       {.question = two_questions(), .questions = 2},
       "FORMERR, no question"},
      {"9619",
       "4",
       "RefusesNoQuestion",
       "no question",
       {.has_question = false},
       "FORMERR, no question"},
      {"9619",
       "4",
       "RefusesNoQuestionWithOpt",
       "no question, with OPT",
       {.opt = plain, .has_question = false},
       "FORMERR, no question"},
  };
}

// Each of RFC 8906's.
// NOLINTNEXTLINE(readability-function-size): a table
std::vector<Probe> operators_checks() {
  std::vector<Probe> all = {
      {"8906", "8.1.1", "ZoneIsConfigured", "SOA", {}, "NOERROR aa, answer SOA"},
      {"8906", "8.1.2", "UnknownType", "TYPE1000", {.type = 1000}, "NOERROR aa, authority SOA"},
      {"8906", "8.1.2", "LastType", "TYPE65535", {.type = 65535}, "NOERROR aa, authority SOA"},
      {"8906", "8.1.3.1", "Cd", "CD", {.flags = 0x0010}, "NOERROR aa, answer SOA"},
      {"8906", "8.1.3.1", "Ad", "AD", {.flags = 0x0020}, "NOERROR aa, answer SOA"},
      {"8906",
       "8.1.3.1",
       "ReservedBit",
       "the reserved bit",
       {.flags = 0x0040},
       "NOERROR aa, answer SOA"},
      {"8906", "8.1.3.2", "Rd", "RD", {.flags = kRd}, "NOERROR aa rd, answer SOA"},
      {"8906", "8.1.4", "Opcode15", "opcode 15", {.flags = opcode(15)}, "NOTIMP, no question"},
      {"8906",
       "8.1.4",
       "Opcode15HeaderAlone",
       "opcode 15, a header alone",
       {.flags = opcode(15), .has_question = false},
       "NOTIMP, no question"},
      {"8906", "8.1.5", "Tcp", "SOA over TCP", {}, "NOERROR aa, answer SOA", Over::kTcp},
      {"8906", "8.2.1", "Edns", "OPT", {.opt = Opt{}}, "NOERROR aa, answer SOA, OPT"},
      {"8906",
       "8.2.2",
       "EdnsVersion1",
       "EDNS version 1",
       {.opt = Opt{.version = 1}},
       "BADVERS, OPT"},
      {"8906",
       "8.2.3",
       "UnknownOption",
       "option 100",
       {.opt = Opt{.options = unknown_option()}},
       "NOERROR aa, answer SOA, OPT"},
      {"8906",
       "8.2.4",
       "UnknownFlag",
       "a reserved flag of EDNS",
       {.opt = Opt{.flags = 0x0040}},
       "NOERROR aa, answer SOA, OPT"},
      {"8906",
       "8.2.5",
       "EdnsVersion1UnknownFlag",
       "EDNS version 1 and a reserved flag",
       {.opt = Opt{.version = 1, .flags = 0x0040}},
       "BADVERS, OPT"},
      {"8906",
       "8.2.6",
       "EdnsVersion1UnknownOption",
       "EDNS version 1 and option 100",
       {.opt = Opt{.version = 1, .options = unknown_option()}},
       "BADVERS, OPT"},
      {"8906",
       "8.2.7",
       "TruncatedReply",
       "100 addresses in 512 octets, with OPT",
       {.name = "big.c.test.", .type = kA, .opt = Opt{.size = 512}},
       "NOERROR aa tc, OPT",
       Over::kUdp},
      {"8906", "8.2.8", "Do", "DO", {.opt = Opt{.flags = kDo}}, "NOERROR aa, answer SOA, OPT: DO"},
      {"8906",
       "8.2.9",
       "EdnsVersion1Do",
       "EDNS version 1 and DO",
       {.opt = Opt{.version = 1, .flags = kDo}},
       "BADVERS, OPT: DO"},
      {"8906",
       "8.2.10",
       "SeveralOptions",
       "NSID, EXPIRE, COOKIE and an empty client subnet",
       {.opt = Opt{.options = several_options()}},
       "NOERROR aa, answer SOA, OPT: ECS scope 0, COOKIE of 24"},
  };
  return all;
}

}  // namespace

const std::vector<Probe>& probes() {
  static const std::vector<Probe> kAll = [] {
    std::vector<Probe> all = lookup_probes();
    for (auto more : {edns(), operators_checks()}) all.insert(all.end(), more.begin(), more.end());
    std::ranges::stable_sort(all, {},
                             [](const Probe& probe) { return std::stoi(std::string(probe.rfc)); });
    return all;
  }();
  return kAll;
}

}  // namespace rhumb::test
