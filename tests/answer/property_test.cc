// Any octets at all: silence, or a reply that two decoders read and that answers what was asked.
#include <gtest/gtest.h>

#include <random>

#include "tests/answer/ask.h"
#include "tests/answer/decode.h"
#include "tests/answer/reply_check.h"
#include "tests/answer/rich_places.h"
#include "tests/support/sanitized.h"

namespace rhumb::testing {
namespace {

constexpr int kRounds = test::kSanitized ? 10'000 : 30'000;

class PropertyTest : public ::testing::Test {
 protected:
  void expect_sound(const std::vector<std::uint8_t>& message) {
    const auto transport = pick(4) == 0 ? Transport::kTcp : Transport::kUdp;
    const Request request{.message = message,
                          .source = random_address(),
                          .transport = transport,
                          .entropy = random_()};
    const Answered answered = ask_octets(view_, request);
    const std::string_view wrong =
        ReplyCheck(request, view_.options.udp_size, answered.reply).run();
    EXPECT_EQ(wrong, "") << ::testing::PrintToString(message);
    if (answered.reply.empty()) return;
    EXPECT_TRUE(decode(answered.reply)) << ::testing::PrintToString(answered.reply);
  }

  // Labels that occur in the zones, in any order, and some that do not.
  std::string random_name() {
    static constexpr std::array<std::string_view, 34> kLabels = {
        "www",    "*",     "sub",    "dname", "x",        "wild",     "wildc",  "alias2", "ns",
        "ent",    "b",     "hop",    "many",  "failover", "weighted", "routed", "mx",     "deep",
        "target", "loop1", "self",   "child", "c",        "nothing",  "geo",    "near",   "fast",
        "net",    "multi", "sticky", "tree",  "wide",     "to-mx",    "hops"};
    std::string name;
    for (std::size_t labels = pick(4); labels > 0; --labels) {
      name += std::string(kLabels[pick(kLabels.size())]) + ".";
    }
    const std::size_t zone = pick(8);
    if (zone == 0) return name.empty() ? "." : name;
    return name + (zone == 1 ? "child.example.org." : "example.org.");
  }

  Ask random_ask(const std::string& name) {
    static constexpr std::array kTypes = {1,  2,  5,  6,  12,  13,  14, 15, 16,   28,
                                          33, 39, 43, 41, 252, 255, 0,  46, 65280};
    return {.name = name,
            .type = Type{static_cast<std::uint16_t>(kTypes[pick(kTypes.size())])},
            .edns = pick(2) == 0,
            .dnssec_ok = pick(2) == 0,
            .udp_size = static_cast<std::uint16_t>(pick(2000)),
            .id = static_cast<std::uint16_t>(random_()),
            .flags = static_cast<std::uint16_t>(pick(8) == 0 ? random_() : 0x0100),
            .ecs = random_subnet()};
  }

  IpAddress random_address() {
    static constexpr std::array<std::string_view, 8> kAddresses = {
        "81.2.3.4", "91.0.0.1", "52.1.2.3",    "10.0.0.1",
        "::1",      "2600::",   "2a01:100::1", "::ffff:81.2.3.4"};
    return ip(kAddresses[pick(kAddresses.size())]);
  }

  std::optional<IpPrefix> random_subnet() {
    if (pick(2) == 0) return std::nullopt;
    return IpPrefix::of(random_address(), static_cast<std::uint8_t>(pick(129)));
  }

  std::size_t pick(std::size_t count) { return random_() % count; }

  std::mt19937_64 random_{20240607};  // NOLINT: the same questions every time
  View view_ = rich_view();
};

TEST_F(PropertyTest, HoldsForQueries) {
  for (int i = 0; i < kRounds; ++i) expect_sound(message_of(random_ask(random_name())));
}

TEST_F(PropertyTest, HoldsForBrokenQueries) {
  for (int i = 0; i < kRounds; ++i) {
    auto message = message_of(random_ask(random_name()));
    for (std::size_t changes = 1 + pick(4); changes > 0 && !message.empty(); --changes) {
      const std::size_t at = pick(message.size());
      switch (pick(3)) {
        case 0:
          message[at] = static_cast<std::uint8_t>(random_());
          break;
        case 1:
          message.resize(at);
          break;
        default:
          message.insert(message.begin() + static_cast<std::ptrdiff_t>(at),
                         static_cast<std::uint8_t>(random_()));
      }
    }
    expect_sound(message);
  }
}

TEST_F(PropertyTest, HoldsForNoise) {
  for (int i = 0; i < kRounds; ++i) {
    std::vector<std::uint8_t> message(pick(80));
    for (std::uint8_t& octet : message) octet = static_cast<std::uint8_t>(random_() & random_());
    expect_sound(message);
  }
}

TEST_F(PropertyTest, HoldsWhateverIsAlive) {
  for (int i = 0; i < kRounds; ++i) {
    for (std::uint64_t& word : view_.alive) word = random_() & random_();
    expect_sound(message_of(random_ask(random_name())));
  }
}

}  // namespace
}  // namespace rhumb::testing
