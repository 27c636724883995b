// Any octets as the options of a query's OPT, to a server that heeds all of them: the reply carries
// none that was not asked for, each but once, and of the right length. The first two octets choose
// the question, transport, EDNS version and time.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "answer/answer.h"
#include "tests/answer/reply_check.h"
#include "tests/answer/rich_places.h"

namespace {

constexpr std::size_t kMaxOptions = 4000;
constexpr std::uint32_t kNow = 0x5CF79F11;  // of the cookies in the corpus

void check(bool holds, std::string_view why) {
  if (holds) return;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
  std::abort();
}

rhumb::View heeding() {
  rhumb::View view = rhumb::testing::rich_view();
  view.options.cookie_secrets.keys[0] = {0xE5, 0xE9, 0x73, 0xE5, 0xA6, 0xB2, 0xA4, 0x3F,
                                         0x48, 0xE7, 0xDC, 0x84, 0x9E, 0x37, 0xBF, 0xCF};
  view.options.cookie_secrets.count = 2;
  view.options.identity = std::make_shared<const rhumb::Identity>(rhumb::Identity{
      .nsid = std::string(rhumb::kMaxNsidSize, 'n'), .server = "s", .version = "v"});
  return view;
}

std::vector<std::uint8_t> message_with(std::span<const std::uint8_t> options, std::uint8_t how) {
  static constexpr std::array<std::string_view, 4> kNames = {
      std::string_view("\3geo\7example\3org\0", 17), std::string_view("\7example\3com\0", 13),
      std::string_view("\7version\4bind\0", 14), std::string_view("\3www\7example\3org\0", 17)};
  const bool has_question = (how & 4U) == 0;
  std::vector<std::uint8_t> message = {
      0, 1, 0, 0, 0, static_cast<std::uint8_t>(has_question ? 1 : 0), 0, 0, 0, 0, 0, 1};
  if (has_question) {
    const std::string_view name = kNames[how & 3U];
    message.insert(message.end(), name.begin(), name.end());
    const bool is_chaos = (how & 3U) == 2;
    message.insert(message.end(), {0, static_cast<std::uint8_t>(is_chaos ? 16 : 1), 0,
                                   static_cast<std::uint8_t>(is_chaos ? 3 : 1)});
  }
  message.insert(message.end(), {0, 0, 41, 4, 208, 0, static_cast<std::uint8_t>(how >> 7U), 0, 0,
                                 static_cast<std::uint8_t>(options.size() >> 8U),
                                 static_cast<std::uint8_t>(options.size())});
  message.insert(message.end(), options.begin(), options.end());
  return message;
}

// The codes in a reply's options; each must be there but once.
std::set<int> codes_of(std::span<const std::uint8_t> options) {
  std::set<int> codes;
  while (!options.empty()) {
    check(options.size() >= 4, "an option's head is cut off");
    const std::size_t size = 4 + (options[2] * std::size_t{256} + options[3]);
    check(size <= options.size(), "an option is cut off");
    const int code = options[0] << 8 | options[1];
    check(codes.insert(code).second, "an option stands twice");
    check(code != 10 || size == 28, "a cookie of the wrong size");
    check(code != 11 || size == 6, "a keepalive of the wrong size");
    check(code != 15 || size == 6, "an extended error of the wrong size");
    options = options.subspan(size);
  }
  return codes;
}

// OPT ends the reply: its options are found by looking for its head.
std::span<const std::uint8_t> options_of(std::span<const std::uint8_t> reply) {
  for (std::size_t at = 12; at + 11 <= reply.size(); ++at) {
    const bool is_head = reply[at] == 0 && reply[at + 1] == 0 && reply[at + 2] == 41 &&
                         reply[at + 3] == 4 && reply[at + 4] == 208;
    const std::size_t left = reply.size() - at - 11;
    if (is_head && (reply[at + 9] << 8 | reply[at + 10]) == static_cast<int>(left)) {
      return reply.subspan(at + 11);
    }
  }
  return {};
}

void check_codes(const rhumb::Query& query, const std::set<int>& codes) {
  for (const int code : codes) {
    switch (code) {
      case 3:
        check(query.edns.nsid, "NSID was not asked for");
        break;
      case 8:
        check(query.edns.client_subnet.present, "no subnet was told");
        break;
      case 10:
        check(query.edns.cookie.present(), "no cookie was sent");
        break;
      case 11:
        check(query.edns.keepalive && query.transport == rhumb::Transport::kTcp,
              "keepalive was not asked for");
        break;
      default:
        check(code == 15, "an option that nobody knows");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rhumb::View kView = heeding();
  if (size < 2 || size > kMaxOptions) return 0;
  const auto message = message_with({data + 2, size - 2}, data[0]);
  const rhumb::Request request{
      .message = message,
      .source = *rhumb::IpAddress::parse((data[1] & 1) != 0 ? "2001:db8::1" : "198.51.100.100"),
      .transport = (data[1] & 2) != 0 ? rhumb::Transport::kTcp : rhumb::Transport::kUdp,
      .now_s = kNow + (data[1] >> 2U) * 64U,
      .idle_timeout_ms = 10'000};
  rhumb::Query query;
  rhumb::parse(request, query);
  const auto out = std::make_unique<std::array<std::uint8_t, rhumb::kMaxMessageSize>>();
  const rhumb::Outcome outcome = rhumb::answer(kView, query, *out);
  const auto reply = std::span<const std::uint8_t>(*out).first(outcome.length);
  const std::string_view wrong =
      rhumb::testing::ReplyCheck(request, kView.options.udp_size, reply).run();
  check(wrong.empty(), wrong);
  check_codes(query, codes_of(options_of(reply)));
  return 0;
}
