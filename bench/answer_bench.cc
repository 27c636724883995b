// What parse() and answer() cost in process, a query, by kind of answer; memory is warm save for
// the 100,000 names.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "answer/answer.h"
#include "answer/rate_limit.h"
#include "base/hash.h"
#include "bench/answer_kinds.h"
#include "server/counters.h"
#include "server/rate_limiter.h"
#include "tests/answer/ask.h"
#include "tests/answer/rich_places.h"

namespace rhumb::testing {
namespace {

constexpr int kNames = 100'000;
constexpr int kBatch = 16;

void count_answers(benchmark::State& state) {
  state.counters["per_answer"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kBatch,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

const View& large() {
  static const View kView = [] {
    std::string text =
        "$ORIGIN large.example.\n$TTL 300\n@ SOA a b 1 2 3 4 5\n@ NS ns.example.net.\n";
    for (int i = 0; i < kNames; ++i) text += "host-" + std::to_string(i) + " A 192.0.2.1\n";
    return view_of(link({zone_of(text)}));
  }();
  return kView;
}

// As the server does it: a batch is parsed, then answered. Another way, the second half waits for
// what the first has just stored.
template <typename Take>
void answer_batches(benchmark::State& state, const View& view, const Ask& question, Take take) {
  const auto message = message_of(question);
  Request request{.message = message, .source = question.from, .transport = question.transport};
  std::vector<std::uint8_t> out(question.transport == Transport::kTcp ? kMaxMessageSize : 1232);
  std::array<Query, kBatch> queries;
  for (auto _ : state) {
    for (Query& query : queries) {
      request.entropy += 0x9E3779B97F4A7C15U;
      parse(request, query);
    }
    const auto positions = locate(view, queries);
    for (std::size_t i = 0; i < kBatch; ++i)
      take(queries[i], answer(view, queries[i], positions[i], out));
  }
  count_answers(state);
}

void drop(const Query& /*query*/, const Outcome& outcome) { benchmark::DoNotOptimize(outcome); }

void parse_alone(benchmark::State& state) {
  const auto message = message_of({.name = "www.example.org."});
  const Request request{.message = message, .source = {}};
  std::array<Query, kBatch> queries;
  for (auto _ : state) {
    for (Query& query : queries) {
      parse(request, query);
      benchmark::DoNotOptimize(query);
    }
  }
  count_answers(state);
}
BENCHMARK(parse_alone);

// The same, and counted as a worker does.
void counted(benchmark::State& state, const char* name, Type type) {
  Counters counters(0);
  WorkerCounters& worker = counters.add(Transport::kUdp);
  const View& view = rich_world();
  answer_batches(
      state, view, {.name = name, .type = type, .from = ip("81.2.4.5")},
      [&](const Query& query, const Outcome& outcome) { worker.count(view, query, outcome); });
}

// The same, and limited as a worker does it: beneath the highest limit, or over another.
void limited(benchmark::State& state, const char* name, std::uint32_t limit) {
  Log log(LogLevel::kError, LogFormat::kText);
  RateLimiter limiter(1, log);
  const RateLimits limits{.responses_per_second = limit, .slip = 2};
  const View& view = rich_world();
  std::vector<std::uint8_t> out(1232);
  const std::uint64_t step_ns = limit == kMaxResponsesPerSecond ? 200'000 : 1'000;
  std::uint64_t now_ns = 0;
  answer_batches(state, view, {.name = name, .from = ip("81.2.4.5")},
                 [&](const Query& query, const Outcome& outcome) {
                   now_ns += step_ns;
                   const RateLimitAction action =
                       limiter.judge(view, limits, query, outcome, now_ns);
                   if (action == RateLimitAction::kSendTc)
                     answer_with_tc(view, query, outcome, out);
                   benchmark::DoNotOptimize(action);
                 });
}

// The same with an account of its own for each question, so that the table is met cold.
void limited_apart(benchmark::State& state) {
  Log log(LogLevel::kError, LogFormat::kText);
  RateLimiter limiter(1, log);
  const RateLimits limits{.responses_per_second = 20, .slip = 2};
  const View& view = rich_world();
  const auto message = message_of({.name = "www.example.org."});
  Query query;
  parse({.message = message, .source = {}}, query);
  std::vector<std::uint8_t> out(1232);
  const Outcome outcome = answer(view, query, out);
  std::uint64_t number = 0;
  for (auto _ : state) {
    for (int i = 0; i < kBatch; ++i) {
      query.name.hash[0] = ++number;
      benchmark::DoNotOptimize(limiter.judge(view, limits, query, outcome, number << 10U));
    }
  }
  count_answers(state);
}

BENCHMARK_CAPTURE(counted, static_exact, "www.example.org.", Type::kA);
BENCHMARK_CAPTURE(counted, routed_failover, "failover.example.org.", Type::kA);
BENCHMARK_CAPTURE(counted, geolocation, "geo.example.org.", Type::kA);
BENCHMARK_CAPTURE(limited, under_it, "www.example.org.", kMaxResponsesPerSecond);
BENCHMARK_CAPTURE(limited, over_it, "www.example.org.", 1);
BENCHMARK(limited_apart);

// These in turn, so that look-ups miss the caches; with the prefetches of a batch of 16, as the
// server has them, or one by one.
void answer_in_turn(benchmark::State& state, const View& view,
                    const std::vector<std::vector<std::uint8_t>>& messages) {
  const bool prefetches = state.range(0) != 0;
  std::vector<std::uint8_t> out(1232);
  std::array<Query, kBatch> queries;
  std::size_t at = 0;
  for (auto _ : state) {
    for (Query& query : queries) {
      parse({.message = messages[at], .source = {}}, query);
      at = at + 1 == messages.size() ? 0 : at + 1;
    }
    if (prefetches) {
      const auto positions = locate(view, queries);
      for (std::size_t i = 0; i < kBatch; ++i) {
        benchmark::DoNotOptimize(answer(view, queries[i], positions[i], out));
      }
    } else {
      for (const Query& query : queries) benchmark::DoNotOptimize(answer(view, query, out));
    }
  }
  count_answers(state);
}

// Every name of a zone.
void large_zone(benchmark::State& state) {
  std::vector<std::vector<std::uint8_t>> messages;
  std::vector<std::string> names(kNames);
  std::uint64_t random = 1;
  for (std::string& name : names) {
    random = mix(random, kNames);
    name = "host-" + std::to_string(random % kNames) + ".large.example.";
    messages.push_back(message_of({.name = name}));
  }
  answer_in_turn(state, large(), messages);
}
BENCHMARK(large_zone)->ArgName("prefetch")->Arg(0)->Arg(1);

constexpr std::uint32_t kNetworks = 200'000;

// A group by place over a map of many networks, every other of which is of another country.
const View& wide_map() {
  static const View kView = [] {
    Atlas atlas;
    for (std::uint32_t i = 0; i < kNetworks; ++i) {
      const std::string network = std::to_string(1 + i / 65'536) + "." +
                                  std::to_string(i / 256 % 256) + "." + std::to_string(i % 256) +
                                  ".0/24";
      atlas.overrides.push_back(override_of(network, "EU", i % 2 == 0 ? "GB" : "DE"));
    }
    std::vector<GroupSpec> groups;
    groups.push_back(
        group_of("geo.wide.example.", Type::kA, Policy::kGeolocation,
                 {located("gb", Area{.country = Code("GB")}, 1), located("default", Area{}, 2)}));
    View view = view_of(link(
        {zone_of("$ORIGIN wide.example.\n$TTL 300\n@ SOA a b 1 2 3 4 5\n@ NS ns.example.net.\n",
                 std::move(groups))},
        atlas));
    view.maps = maps_of(*view.zones, atlas);
    return view;
  }();
  return kView;
}

// Clients of everywhere in it.
void large_map(benchmark::State& state) {
  std::vector<std::vector<std::uint8_t>> messages;
  std::uint64_t random = 1;
  for (int i = 0; i < kNames; ++i) {
    random = mix(random, kNames);
    const std::uint64_t number = random % kNetworks;
    const std::string subnet = std::to_string(1 + number / 65'536) + "." +
                               std::to_string(number / 256 % 256) + "." +
                               std::to_string(number % 256) + ".0/24";
    messages.push_back(message_of({.name = "geo.wide.example.", .ecs = net(subnet)}));
  }
  answer_in_turn(state, wide_map(), messages);
}
BENCHMARK(large_map)->ArgName("prefetch")->Arg(0)->Arg(1);

// kind/NAME for each of the kinds.
void register_kinds() {
  for (const bench::AnswerKind& kind : bench::answer_kinds()) {
    benchmark::RegisterBenchmark(("kind/" + kind.name).c_str(), [kind](benchmark::State& state) {
      answer_batches(state, *kind.view, kind.question, drop);
    });
  }
}

}  // namespace
}  // namespace rhumb::testing

int main(int argc, char** argv) {
  rhumb::testing::register_kinds();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
