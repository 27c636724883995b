// How many octets a reply sends to an address for each that was sent in its name, by kind of
// answer: without the rate limiter, and with it at a steady flood from the second second on. A
// table for docs/rate-limiting.md; nothing here takes time.
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answer/answer.h"
#include "answer/rate_limit.h"
#include "server/rate_limiter.h"
#include "tests/answer/ask.h"
#include "tests/answer/world.h"
#include "tests/dns/tsig_octets.h"

namespace rhumb::testing {
namespace {

constexpr std::uint64_t kNsInSecond = 1'000'000'000;
constexpr int kSeconds = 10;  // of a flood, beside the first

struct Flood {
  unsigned limit = 20;  // responsesPerSecond
  unsigned rate = 200;  // questions a second
  unsigned slip = 2;
};

// A zone as they are, and some that show what a zone can hold.
std::string zone_text() {
  const auto strings = [](int count, std::size_t size, char letter) {
    std::string text;
    for (int i = 0; i < count; ++i) text += " \"" + std::string(size, letter) + "\"";
    return text;
  };
  std::string text = R"($ORIGIN example.org.
$TTL 300
@ SOA ns1 hostmaster 1 7200 900 1209600 300
@ NS ns1
@ NS ns2
@ MX 10 mail1
@ MX 20 mail2
@ TXT "v=spf1 mx -all"
ns1 A 192.0.2.53
ns1 AAAA 2001:db8::53
ns2 A 198.51.100.53
ns2 AAAA 2001:db8:1::53
mail1 A 192.0.2.25
mail2 A 198.51.100.25
www A 192.0.2.80
www AAAA 2001:db8::80
alias CNAME alias2
alias2 CNAME alias3
alias3 CNAME www
*.wild A 192.0.2.81
dname DNAME target
x.target A 192.0.2.82
sub NS ns1.sub
sub NS ns2.sub
ns1.sub A 192.0.2.54
ns1.sub AAAA 2001:db8::54
ns2.sub A 198.51.100.54
ns2.sub AAAA 2001:db8:1::54
)";
  text += "key TXT" + strings(2, 200, 'k') + "\n";
  text += "full TXT" + strings(5, 230, 'f') + "\n";
  text += "large TXT" + strings(16, 250, 'l') + "\n";
  // What it makes of names below it is too long.
  const std::string label(60, 'y');
  text += "far DNAME " + label + "." + label + "." + label + "\n";
  return text;
}

// What is done to a question before it is sent.
enum class Twist : std::uint8_t {
  kNone,
  kCut,     // by its last octet, so that it cannot be read
  kNoName,  // it has a cookie and no question (RFC 7873 §5.4)
  kSigned,  // by a key that is unknown
};

struct Kind {
  const char* what;
  Ask ask;
  Twist twist = Twist::kNone;
  bool of_long_identity = false;  // of a server whose identity is as long as may be
};

std::string_view far_name() {
  static const std::string kName = std::string(60, 'x') + ".far.example.org.";
  return kName;
}

// One that has sets to choose from, and one that has none that is alive.
std::vector<GroupSpec> groups() {
  GroupSpec routed = group_of("routed.example.org.", Type::kA, Policy::kWeighted,
                              {set_of("a", 1, 1, {address(1)}), set_of("b", 1, 1, {address(2)})});
  GroupSpec dead = group_of("servfail.example.org.", Type::kA, Policy::kWeighted,
                            {set_of("a", 1, 1, {address(3)})});
  dead.sets[0].check_id = "dead";
  dead.on_all_unhealthy = OnAllUnhealthy::kServFail;
  return {std::move(routed), std::move(dead)};
}

std::vector<Kind> kinds() {
  return {
      {"A", {.name = "www.example.org."}},
      {"AAAA", {.name = "www.example.org.", .type = Type::kAaaa}},
      {"MX, 2 records", {.name = "example.org.", .type = Type::kMx}},
      {"TXT, SPF", {.name = "example.org.", .type = Type::kTxt}},
      {"TXT, a key of 400 octets", {.name = "key.example.org.", .type = Type::kTxt}},
      {"TXT, as large as a datagram takes", {.name = "full.example.org.", .type = Type::kTxt}},
      {"TXT of 4,000 octets: truncated", {.name = "large.example.org.", .type = Type::kTxt}},
      {"ANY", {.name = "example.org.", .type = Type::kAny}},
      {"SOA", {.name = "example.org.", .type = Type::kSoa}},
      {"NXDOMAIN", {.name = "nothing.example.org."}},
      {"NODATA", {.name = "www.example.org.", .type = Type::kMx}},
      {"referral, 2 servers with glue", {.name = "www.sub.example.org."}},
      {"CNAME, a chain of 3", {.name = "alias.example.org."}},
      {"DNAME", {.name = "x.dname.example.org."}},
      {"wildcard", {.name = "x.wild.example.org."}},
      {"REFUSED, no zone of ours", {.name = "www.example.com."}},
      {"REFUSED, AXFR", {.name = "example.org.", .type = Type::kAxfr}},
      {"FORMERR", {.name = "www.example.org."}, Twist::kCut},
      {"SERVFAIL", {.name = "servfail.example.org."}},
      {"YXDOMAIN, and the DNAME", {.name = far_name()}},
      {"NOTAUTH, TSIG", {.name = "www.example.org."}, Twist::kSigned},
      {"an address of several, weighted", {.name = "routed.example.org."}},
      {"ANY of these, HINFO", {.name = "routed.example.org.", .type = Type::kAny}},
      {"NOTIMP", {.name = "www.example.org.", .flags = 0x2000}},
      {"BADVERS", {.name = "www.example.org.", .edns_version = 1}},
      {"CH, version.bind", {.name = "version.bind.", .type = Type::kTxt, .klass = Class::kCh}},
      {"A, asked with NSID", {.name = "www.example.org.", .options = {0, 3, 0, 0}}},
      {"A, asked with a client's cookie",
       {.name = "www.example.org.", .options = {0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}}},
      {"a client's cookie and no question",
       {.name = ".", .options = {0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}},
       Twist::kNoName},
      {"A, asked with NSID, which has 128 octets",
       {.name = "www.example.org.", .options = {0, 3, 0, 0}},
       Twist::kNone,
       true},
      {"CH, a version of 255 octets",
       {.name = "version.bind.", .type = Type::kTxt, .klass = Class::kCh},
       Twist::kNone,
       true},
  };
}

View make_view(const Identity& identity) {
  CheckSpec check;
  check.id = "dead";
  check.address = "192.0.2.1";
  World world(link({zone_of(zone_text(), groups(), {check})}));
  world.set_healthy("dead", false);
  View view = world.view();
  view.options.cookie_secrets = {.keys = {SipKey{1}}, .count = 1};
  view.options.identity = std::make_shared<const Identity>(identity);
  return view;
}

std::vector<std::uint8_t> message_of(const Kind& kind, const Ask& ask) {
  constexpr std::size_t kHeader = 12;
  constexpr std::size_t kRootQuestion = 5;
  std::vector<std::uint8_t> message = testing::message_of(ask);
  switch (kind.twist) {
    case Twist::kNone:
      break;
    case Twist::kCut:
      message.pop_back();
      break;
    case Twist::kNoName:
      message.erase(message.begin() + kHeader, message.begin() + kHeader + kRootQuestion);
      message[5] = 0;
      break;
    case Twist::kSigned: {
      const Octets signature = tsig({});
      message.insert(message.end(), signature.begin(), signature.end());
      ++message[11];
    }
  }
  return message;
}

struct Sizes {
  std::size_t asked = 0;
  std::size_t replied = 0;
  double limited = 0;  // octets out for an octet in, at the flood
};

Sizes measure(const View& view, const Kind& kind, bool edns, const Flood& flood) {
  Ask ask = kind.ask;
  ask.edns = edns;
  ask.from = ip("192.0.2.1");
  const std::vector<std::uint8_t> message = message_of(kind, ask);
  Query query;
  parse({.message = message, .source = ask.from}, query);
  std::vector<std::uint8_t> out(kMaxUdpSize);
  const RateLimits limits{.responses_per_second = flood.limit,
                          .slip = static_cast<std::uint8_t>(flood.slip)};
  Log log(LogLevel::kError, LogFormat::kText);
  RateLimiter limiter(1, log);
  Sizes sizes{.asked = message.size(), .replied = answer(view, query, out).length};
  std::size_t octets_out = 0;
  for (unsigned i = 0; i < flood.rate * (kSeconds + 1); ++i) {
    const std::uint64_t now_ns = kNsInSecond * i / flood.rate;
    const Outcome outcome = answer(view, query, out);
    const RateLimitAction action = limiter.judge(view, limits, query, outcome, now_ns);
    if (now_ns < kNsInSecond) continue;
    if (action == RateLimitAction::kSend) octets_out += outcome.length;
    if (action == RateLimitAction::kSendTc)
      octets_out += answer_with_tc(view, query, outcome, out).length;
  }
  const std::size_t octets_in = message.size() * flood.rate * kSeconds;
  sizes.limited = static_cast<double>(octets_out) / static_cast<double>(octets_in);
  return sizes;
}

void print(const Sizes& sizes) {
  std::printf(" %zu | %zu | %.1f | %.2f |", sizes.asked, sizes.replied,
              static_cast<double>(sizes.replied) / static_cast<double>(sizes.asked), sizes.limited);
}

// What only OPT can carry is not asked without.
bool needs_edns(const Kind& kind) { return kind.ask.edns_version > 0 || !kind.ask.options.empty(); }

void print_table(const Flood& flood) {
  const View usual =
      make_view({.nsid = "ns1.example.org", .server = "ns1.example.org", .version = "rhumb"});
  const View longest = make_view({.nsid = std::string(kMaxNsidSize, 'n'),
                                  .server = std::string(kMaxIdentitySize, 's'),
                                  .version = std::string(kMaxIdentitySize, 'v')});
  std::printf(
      "| answer | asked, without EDNS | replied | factor | limited | asked, with EDNS | replied | "
      "factor | limited |\n|---|---|---|---|---|---|---|---|---|\n");
  for (const Kind& kind : kinds()) {
    const View& view = kind.of_long_identity ? longest : usual;
    std::printf("| %s |", kind.what);
    if (needs_edns(kind)) {
      std::printf(" | | | |");
    } else {
      print(measure(view, kind, false, flood));
    }
    print(measure(view, kind, true, flood));
    std::printf("\n");
  }
}

bool read_number(const char* text, unsigned least, unsigned most, unsigned& number) {
  const char* const end = text + std::strlen(text);
  return std::from_chars(text, end, number).ptr == end && number >= least && number <= most;
}

}  // namespace
}  // namespace rhumb::testing

int main(int argc, char** argv) {
  rhumb::testing::Flood flood;
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  const bool is_good =
      (argc < 2 ||
       rhumb::testing::read_number(arguments[1], 1, rhumb::kMaxResponsesPerSecond, flood.limit)) &&
      (argc < 3 || rhumb::testing::read_number(arguments[2], 1, 1'000'000, flood.rate)) &&
      (argc < 4 || rhumb::testing::read_number(arguments[3], 0, rhumb::kMaxSlip, flood.slip)) &&
      argc <= 4;
  if (!is_good) {
    std::fprintf(stderr, "usage: amplification_bench [LIMIT [RATE [SLIP]]]\n");
    return 2;
  }
  rhumb::testing::print_table(flood);
  return 0;
}
