// What a worker pays for dnstap and the query log: the copy into its ring, taken out again by the
// same thread so that there is always room.
#include <benchmark/benchmark.h>

#include <array>

#include "answer/answer.h"
#include "server/tap_port.h"
#include "tests/answer/ask.h"
#include "tests/answer/rich_places.h"

namespace rhumb::testing {
namespace {

// Arguments: TapPort::Wanted.
void hand_over(benchmark::State& state) {
  const View view = rich_view();
  const auto message = message_of({.name = "www.example.org."});
  std::array<std::uint8_t, 1232> reply;
  Query query;
  parse({.message = message, .source = {}}, query);
  const Outcome outcome = answer(view, query, reply);
  TapPort port;
  if (state.range(0) != 0) port.open(static_cast<unsigned>(state.range(0)));
  const TapMessages messages{.client = {{}, 5353},
                             .server = {{}, 53},
                             .asked_ns = 1,
                             .question = message,
                             .reply = std::span(reply).first(outcome.length)};
  for (auto _ : state) {
    if (port.is_open()) {
      port.take(view, query, outcome, messages);
      if (!port.ring()->front().empty()) port.ring()->pop();
    }
    benchmark::ClobberMemory();
  }
}
BENCHMARK(hand_over)->Arg(TapPort::kNothing)->Arg(TapPort::kSamples)->Arg(TapPort::kAll);

}  // namespace
}  // namespace rhumb::testing

BENCHMARK_MAIN();
