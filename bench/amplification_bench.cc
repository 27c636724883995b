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
#include <vector>

#include "answer/answer.h"
#include "answer/rate_limit.h"
#include "server/rate_limiter.h"
#include "tests/answer/ask.h"

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
  return text;
}

struct Kind {
  const char* what;
  Ask ask;
  bool cut = false;  // by its last octet, so that it cannot be read
};

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
      {"FORMERR", {.name = "www.example.org."}, true},
      {"NOTIMP", {.name = "www.example.org.", .flags = 0x2000}},
      {"BADVERS", {.name = "www.example.org.", .edns_version = 1}},
      {"CH, version.bind", {.name = "version.bind.", .type = Type::kTxt, .klass = Class::kCh}},
      {"A, asked with NSID", {.name = "www.example.org.", .options = {0, 3, 0, 0}}},
      {"A, asked with a client's cookie",
       {.name = "www.example.org.", .options = {0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}}},
  };
}

View make_view() {
  View view = view_of(link({zone_of(zone_text())}));
  view.options.cookie_secrets = {.keys = {SipKey{1}}, .count = 1};
  view.options.identity = std::make_shared<const Identity>(
      Identity{.nsid = "ns1.example.org", .server = "ns1.example.org", .version = "rhumb"});
  return view;
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
  std::vector<std::uint8_t> message = message_of(ask);
  if (kind.cut) message.pop_back();
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
  const View view = make_view();
  std::printf(
      "| answer | asked, without EDNS | replied | factor | limited | asked, with EDNS | replied | "
      "factor | limited |\n|---|---|---|---|---|---|---|---|---|\n");
  for (const Kind& kind : kinds()) {
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
