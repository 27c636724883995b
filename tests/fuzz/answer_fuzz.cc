// Any octets, to parse() and answer() over zones that hold a bit of everything: the reply must be
// sound. The first octet chooses transport, health and the draw.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "answer/answer.h"
#include "base/hash.h"
#include "tests/answer/reply_check.h"
#include "tests/answer/rich_zones.h"

namespace {

using rhumb::View;

View view_with(const View& healthy, std::uint8_t seed) {
  View view = healthy;
  if ((seed & 0x7E) == 0) return view;
  for (std::uint64_t& word : view.alive) word &= rhumb::mix(seed, word);
  return view;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const View kHealthy = rhumb::testing::view_of(rhumb::testing::rich_zones());
  if (size == 0) return 0;
  const View view = view_with(kHealthy, data[0]);
  const rhumb::Request request{
      .message = {data + 1, size - 1},
      .source = {},
      .transport = (data[0] & 1) != 0 ? rhumb::Transport::kTcp : rhumb::Transport::kUdp,
      .entropy = rhumb::mix(data[0], size)};
  rhumb::Query query;
  rhumb::parse(request, query);
  rhumb::prefetch(view, std::span(&query, 1));
  std::array<std::uint8_t, rhumb::kMaxMessageSize> out;
  const rhumb::Outcome outcome = rhumb::answer(view, query, out);
  const std::string_view wrong = rhumb::testing::ReplyCheck(request, view.options.udp_size,
                                                            std::span(out).first(outcome.length))
                                     .run();
  if (wrong.empty()) return 0;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(wrong.size()), wrong.data());
  std::abort();
}
