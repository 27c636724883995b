// The probes for what is looked up, and for questions that cannot be read; and the zone that all
// probes are about.
#include <string>

#include "tests/integration/probe.h"

namespace rhumb::test {
namespace {

constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kMx = 15;
constexpr std::uint16_t kTxt = 16;

std::uint16_t opcode_flags(unsigned number) { return static_cast<std::uint16_t>(number << 11U); }

// A name of 256 octets: one more than there may be.
Bytes long_question() {
  Bytes octets;
  for (int i = 0; i < 4; ++i) {
    octets.push_back(i < 3 ? 63 : 62);
    octets.insert(octets.end(), octets.back(), 'a');
  }
  octets.insert(octets.end(), {0, 0, 1, 0, 1});
  return octets;
}

Bytes pointer_loop() { return {0xC0, 12, 0, 1, 0, 1}; }
Bytes reserved_label() { return {0x41, 'a', 0, 0, 1, 0, 1}; }

}  // namespace

// NOLINTNEXTLINE(readability-function-size): a table
std::vector<Probe> lookup_probes() {
  return {
      {"1034",
       "3.6.2",
       "FollowsCname",
       "an alias",
       {.name = "alias.c.test.", .type = kTypeA},
       "NOERROR aa, answer CNAME A"},
      {"1034",
       "3.6.2",
       "AnswersCnameItself",
       "an alias, type CNAME",
       {.name = "alias.c.test.", .type = 5},
       "NOERROR aa, answer CNAME"},
      {"1034",
       "3.6.2",
       "FollowsChain",
       "an alias of an alias",
       {.name = "chain.c.test.", .type = kTypeA},
       "NOERROR aa, answer CNAME×2 A"},
      {"1034",
       "3.6.2",
       "EndsLoop",
       "a loop of two CNAMEs",
       {.name = "loop1.c.test.", .type = kTypeA},
       "NOERROR aa, answer CNAME×2"},
      {"1034",
       "4.3.2",
       "AnswersWhatIsThere",
       "a name with the type",
       {.name = "www.c.test.", .type = kTypeA},
       "NOERROR aa, answer A"},
      {"1034",
       "4.3.2",
       "RefersBelowACut",
       "a name below a cut",
       {.name = "www.sub.c.test.", .type = kTypeA},
       "NOERROR, authority NS, additional A"},
      {"1034",
       "4.3.2",
       "RefersAtACut",
       "NS at a cut",
       {.name = "sub.c.test.", .type = 2},
       "NOERROR, authority NS, additional A"},
      {"1034",
       "4.3.2",
       "RefersWithoutGlue",
       "a cut whose server is elsewhere",
       {.name = "far.c.test.", .type = kTypeA},
       "NOERROR, authority NS"},
      {"1034",
       "4.3.2",
       "LeavesTargetsElsewhere",
       "an alias that leads out of the zone",
       {.name = "out.c.test.", .type = kTypeA},
       "NOERROR aa, answer CNAME"},
      {"1034",
       "4.3.2",
       "RefusesOtherNames",
       "a name in no zone",
       {.name = "www.elsewhere.", .type = kTypeA},
       "REFUSED"},
      {"1034",
       "4.3.2",
       "TellsMxAlone",
       "MX",
       {.name = "c.test.", .type = kMx},
       "NOERROR aa, answer MX"},
      {"1035",
       "2.3.3",
       "KeepsCase",
       "a name in mixed case",
       {.name = "wWw.C.tESt.", .type = kTypeA},
       "NOERROR aa, answer A"},
      {"1035",
       "3.2.5",
       "RefusesClassHesiod",
       "class HS",
       {.name = "www.c.test.", .type = kTypeA, .klass = 4},
       "REFUSED"},
      {"1035",
       "3.2.5",
       "RefusesClassAny",
       "class ANY",
       {.name = "www.c.test.", .type = kTypeA, .klass = 255},
       "REFUSED"},
      {"1035",
       "3.2.5",
       "RefusesClassNone",
       "class NONE",
       {.name = "www.c.test.", .type = kTypeA, .klass = 254},
       "REFUSED"},
      {"1035",
       "3.2.3",
       "RefusesTransferOverTcp",
       "AXFR over TCP",
       {.type = 252},
       "REFUSED",
       Over::kTcp},
      {"1035",
       "3.2.3",
       "RefusesTransferOverUdp",
       "AXFR over UDP",
       {.type = 252},
       "REFUSED",
       Over::kUdp},
      {"1035", "3.2.3", "HasNoMailboxes", "MAILB", {.type = 253}, "NOERROR aa, authority SOA"},
      {"2930", "4.1", "HasNoKeysToAgreeUpon", "TKEY", {.type = 249}, "NOERROR aa, authority SOA"},
      {"1035", "4.1.1", "SaysNothingToAResponse", "QR set", {.flags = 0x8000}, "no reply"},
      {"1035", "4.1.1", "SaysNothingToHalfAHeader", "11 octets", {.cut_to = 11}, "no reply"},
      {"1035",
       "4.1.1",
       "CopiesRdAlone",
       "AA, TC, RD and RA set",
       {.flags = 0x0780},
       "NOERROR aa rd, answer SOA"},
      {"1035",
       "4.1.1",
       "KnowsNoStatus",
       "opcode STATUS",
       {.flags = opcode_flags(2)},
       "NOTIMP, no question"},
      {"1035",
       "4.1.1",
       "RefusesRecordsInTheAnswer",
       "a record in the answer section",
       {.tail = {0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1}, .answers = 1},
       "FORMERR"},
      {"1035",
       "4.1.1",
       "RefusesCountsThatDisagree",
       "fewer octets than the counts say",
       {.additionals = 1},
       "FORMERR"},
      {"1035",
       "4.1.2",
       "RefusesAQuestionCutShort",
       "a question cut short",
       {.cut_to = 17},
       "FORMERR, no question"},
      {"1035",
       "4.1.4",
       "RefusesPointerLoops",
       "a name that points to itself",
       {.question = pointer_loop()},
       "FORMERR, no question"},
      {"1035",
       "4.1.4",
       "RefusesReservedLabels",
       "a label of a reserved type",
       {.question = reserved_label()},
       "FORMERR, no question"},
      {"1035",
       "3.1",
       "RefusesLongNames",
       "a name of 256 octets",
       {.question = long_question()},
       "FORMERR, no question"},
      {"1035",
       "4.2.1",
       "TruncatesAt512",
       "100 addresses without EDNS, UDP",
       {.name = "big.c.test.", .type = kTypeA},
       "NOERROR aa tc",
       Over::kUdp},
      {"1035",
       "4.2.2",
       "TellsAllOverTcp",
       "100 addresses over TCP",
       {.name = "big.c.test.", .type = kTypeA},
       "NOERROR aa, answer A×100",
       Over::kTcp},
      {"2308",
       "2.1",
       "DeniesANameWithItsSoa",
       "a name that is not there",
       {.name = "nothing.c.test.", .type = kTypeA},
       "NXDOMAIN aa, authority SOA"},
      {"2308",
       "2.1",
       "DeniesTheEndOfAChain",
       "an alias of what is not there",
       {.name = "dangling.c.test.", .type = kTypeA},
       "NXDOMAIN aa, answer CNAME, authority SOA"},
      {"2308",
       "2.2",
       "DeniesATypeWithItsSoa",
       "a type that is not there",
       {.name = "www.c.test.", .type = kMx},
       "NOERROR aa, authority SOA"},
      {"2308",
       "2.2",
       "DeniesATypeAtTheEndOfAChain",
       "an alias of what lacks the type",
       {.name = "alias.c.test.", .type = kMx},
       "NOERROR aa, answer CNAME, authority SOA"},
      {"3597",
       "3",
       "AnswersUnknownTypes",
       "a type without a name",
       {.name = "unknown.c.test.", .type = 65280},
       "NOERROR aa, answer TYPE65280"},
      {"4592",
       "2.2.1",
       "SynthesisesOneLabel",
       "a name that a wildcard covers",
       {.name = "x.wild.c.test.", .type = kTypeA},
       "NOERROR aa, answer A"},
      {"4592",
       "2.2.1",
       "SynthesisesManyLabels",
       "a name further below",
       {.name = "x.y.z.wild.c.test.", .type = kTypeA},
       "NOERROR aa, answer A"},
      {"4592",
       "2.2.1",
       "DeniesTypesOfTheWildcard",
       "a type that the wildcard lacks",
       {.name = "x.wild.c.test.", .type = kMx},
       "NOERROR aa, authority SOA"},
      {"4592",
       "2.2.1",
       "GivesWayToWhatIsThere",
       "a type that the wildcard has and the name lacks",
       {.name = "exact.wild.c.test.", .type = kTxt},
       "NOERROR aa, authority SOA"},
      {"4592",
       "2.2.1",
       "StopsAtTheClosestEncloser",
       "a name below one that is there",
       {.name = "x.exact.wild.c.test.", .type = kTypeA},
       "NXDOMAIN aa, authority SOA"},
      {"4592",
       "2.1.1",
       "AnswersTheAsteriskItself",
       "the wildcard's own name",
       {.name = "*.wild.c.test.", .type = kTypeA},
       "NOERROR aa, answer A"},
      {"4592",
       "2.2.2",
       "KnowsEmptyNonTerminals",
       "a name that has but names below it",
       {.name = "b.ent.c.test.", .type = kTypeA},
       "NOERROR aa, authority SOA"},
      {"6672",
       "3.2",
       "RedirectsBelowADname",
       "a name below a DNAME",
       {.name = "x.dn.c.test.", .type = kTypeA},
       "NOERROR aa, answer DNAME CNAME A"},
      {"6672",
       "3.2",
       "AnswersDname",
       "DNAME itself",
       {.name = "dn.c.test.", .type = 39},
       "NOERROR aa, answer DNAME"},
      {"6672",
       "2.3",
       "DoesNotRedirectTheOwner",
       "the owner of a DNAME",
       {.name = "dn.c.test.", .type = kTypeA},
       "NOERROR aa, authority SOA"},
      {"6672",
       "2.2",
       "RefusesNamesGrownTooLong",
       "a name that a DNAME makes too long",
       {.name = std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') +
                "." + std::string(20, 'd') + ".dn.c.test.",
        .type = kTypeA},
       "YXDOMAIN aa, answer DNAME"},
      {"8020",
       "2",
       "DeniesAllBelow",
       "a name below one that is not there",
       {.name = "a.nothing.c.test.", .type = kTypeA},
       "NXDOMAIN aa, authority SOA"},
      {"8482",
       "4.1",
       "AnswersAnyWithOneSet",
       "ANY",
       {.name = "www.c.test.", .type = 255},
       "NOERROR aa, answer A"},
      {"8482",
       "4.1",
       "AnswersAnyAtAnAlias",
       "ANY of an alias",
       {.name = "alias.c.test.", .type = 255},
       "NOERROR aa, answer CNAME"},
      {"9471",
       "3.1",
       "TellsAllGlue",
       "a cut with 9 servers below it, with room",
       {.name = "many.c.test.", .type = kTypeA, .opt = Opt{}},
       "NOERROR, authority NS×9, additional A×9, OPT"},
      {"9471",
       "3.1",
       "TruncatesWhereGlueHasNoRoom",
       "a cut with 40 servers below it, in 512 octets",
       {.name = "crowd.c.test.", .type = kTypeA},
       "NOERROR tc",
       Over::kUdp},
  };
}

std::string_view probed_zone() {
  static const std::string kText = [] {
    std::string text = R"($ORIGIN c.test.
$TTL 300
@ 3600 SOA ns1 hostmaster 1 3600 900 604800 60
@ NS ns1
@ MX 10 mail
ns1 A 192.0.2.53
mail A 192.0.2.25
www A 192.0.2.80
www AAAA 2001:db8::80
alias CNAME www
chain CNAME alias
dangling CNAME nothing
out CNAME www.elsewhere.
*.wild A 192.0.2.99
*.wild TXT "any"
exact.wild A 192.0.2.98
a.b.ent A 192.0.2.70
sub NS ns.sub
ns.sub A 192.0.2.60
far NS ns.elsewhere.
unknown TYPE65280 \# 4 0A000001
)";
    const auto add = [&text](const std::string& owner, int count) {
      for (int i = 0; i < count; ++i) text += owner + " A 10.0.0." + std::to_string(i + 1) + "\n";
    };
    const auto cut = [&text](const std::string& owner, int count) {
      for (int i = 0; i < count; ++i) {
        const std::string server = "ns" + std::to_string(i) + "." + owner;
        text +=
            owner + " NS " + server + "\n" + server + " A 10.0.0." + std::to_string(i + 1) + "\n";
      }
    };
    add("some", 25);
    add("big", 100);
    cut("many", 9);
    cut("crowd", 40);
    return text;
  }();
  return kText;
}

std::string_view probed_zone_more() {
  return "loop1 CNAME loop2\nloop2 CNAME loop1\n"
         "dn DNAME target-of-the-dname-that-makes-names-longer\n"
         "x.target-of-the-dname-that-makes-names-longer A 192.0.2.71\n";
}

}  // namespace rhumb::test
