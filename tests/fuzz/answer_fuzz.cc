// Any octets, to parse() and answer() over zones that hold a bit of everything or are made at
// random: the reply must be sound, and the same when it is explained. The first octet chooses
// transport, health, the draw, where the query comes from, and whether the server has cookies and a
// name.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "answer/answer.h"
#include "answer/explain.h"
#include "base/hash.h"
#include "tests/answer/random_world.h"
#include "tests/answer/reply_check.h"
#include "tests/answer/rich_places.h"
#include "tests/answer/world.h"

namespace {

using rhumb::View;

// Zones, maps and health made at random, the same each time.
const View& generated(std::uint8_t seed) {
  constexpr std::size_t kWorlds = 16;
  static const std::vector<View> kViews = [] {
    std::vector<View> views;
    rhumb::testing::RandomWorlds worlds(53);
    for (std::size_t i = 0; i < kWorlds; ++i) {
      const rhumb::testing::ModelWorld model = worlds.world();
      views.push_back(rhumb::testing::World(rhumb::testing::zones_of(model), model.atlas).view());
    }
    return views;
  }();
  return kViews[seed / 2 % kWorlds];
}

View view_with(const View& healthy, std::uint8_t seed) {
  View view = healthy;
  if ((seed & 0x40) != 0) {
    view.options.cookie_secrets = {.keys = {rhumb::SipKey{1}}, .count = 1};
    view.options.identity = std::make_shared<const rhumb::Identity>(rhumb::Identity{
        .nsid = std::string(rhumb::kMaxNsidSize, 'n'), .server = "s", .version = "v"});
  }
  if ((seed & 0x7E) == 0) return view;
  for (std::uint64_t& word : view.alive) word &= rhumb::mix(seed, word);
  return view;
}

rhumb::IpAddress source_of(std::uint8_t seed) {
  static constexpr std::array<std::string_view, 4> kSources = {"81.2.3.4", "91.0.0.1",
                                                               "2a01:200::1", "192.0.2.1"};
  return *rhumb::IpAddress::parse(kSources[seed / 2 % kSources.size()]);
}

void fail(std::string_view why) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
  std::abort();
}

using Reply = std::array<std::uint8_t, rhumb::kMaxMessageSize>;

// What the rate limiter would send instead: no reply is longer for it.
void check_with_tc(const View& view, const rhumb::Request& request, const rhumb::Query& query,
                   const rhumb::Outcome& full) {
  if (full.length == 0) return;
  const auto out = std::make_unique<Reply>();
  const rhumb::Outcome outcome = rhumb::answer_with_tc(view, query, full, *out);
  const auto reply = std::span<const std::uint8_t>(*out).first(outcome.length);
  const std::string_view wrong =
      rhumb::testing::ReplyCheck(request, view.options.udp_size, reply).run();
  if (!wrong.empty()) fail(wrong);
  if (outcome.length > full.length) fail("with TC, it is longer");
}

// Asks once more, and why.
void check_explained(const View& view, const rhumb::Query& query,
                     std::span<const std::uint8_t> reply) {
  const auto explain = std::make_unique<rhumb::Explain>();
  const auto out = std::make_unique<Reply>();
  const rhumb::Outcome outcome = rhumb::answer(view, query, *out, explain.get());
  if (!std::ranges::equal(std::span(*out).first(outcome.length), reply)) {
    fail("explained, it is another reply");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const View kHealthy = rhumb::testing::rich_view();
  if (size == 0) return 0;
  const bool is_generated = (data[0] & 0x80) != 0;
  const View view = is_generated ? generated(data[0]) : view_with(kHealthy, data[0]);
  const rhumb::Request request{
      .message = {data + 1, size - 1},
      .source = source_of(data[0]),
      .transport = (data[0] & 1) != 0 ? rhumb::Transport::kTcp : rhumb::Transport::kUdp,
      .entropy = rhumb::mix(data[0], size)};
  rhumb::Query query;
  rhumb::parse(request, query);
  const auto positions = rhumb::locate(view, std::span(&query, 1));
  const auto out = std::make_unique<Reply>();
  const rhumb::Outcome outcome = rhumb::answer(view, query, positions[0], *out);
  const auto reply = std::span<const std::uint8_t>(*out).first(outcome.length);
  const std::string_view wrong =
      rhumb::testing::ReplyCheck(request, view.options.udp_size, reply).run();
  if (!wrong.empty()) fail(wrong);
  check_explained(view, query, reply);
  check_with_tc(view, request, query, outcome);
  return 0;
}
