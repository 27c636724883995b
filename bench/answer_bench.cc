// What parse() and answer() cost in process, a query, by kind of answer; memory is warm save for
// the 100,000 names.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "answer/answer.h"
#include "answer/rate_limit.h"
#include "base/hash.h"
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

// Groups as large as they may be: 256 sets of 15 addresses, all answered or drawn by lot or client.
const View& crowded() {
  static const View kView = [] {
    std::vector<GroupSpec> groups;
    for (const std::string_view name : {"all", "lots", "sticky"}) {
      const int addresses = name == "all" ? 15 : 1;
      std::vector<GroupSpec::Set> sets;
      for (int i = 0; i < kMaxSetsPerGroup; ++i) {
        std::vector<std::vector<std::uint8_t>> rdata;
        rdata.reserve(static_cast<std::size_t>(addresses));
        for (int j = 0; j < addresses; ++j) {
          rdata.push_back({10, 0, static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(j)});
        }
        sets.push_back(set_of(std::to_string(i), 1, 1, std::move(rdata)));
      }
      groups.push_back(group_of(std::string(name) + ".crowded.example.", Type::kA,
                                Policy::kWeighted, std::move(sets)));
      groups.back().max_answers = name == "all" ? 256 : 255;
      groups.back().sticky = name == "sticky";
    }
    return view_of(link(
        {zone_of("$ORIGIN crowded.example.\n$TTL 300\n@ SOA a b 1 2 3 4 5\n@ NS ns.example.net.\n",
                 std::move(groups))}));
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
    for (const Query& query : queries) take(query, answer(view, query, out));
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

void kind(benchmark::State& state, const char* name, Type type) {
  answer_batches(state, rich_world(), {.name = name, .type = type, .from = ip("81.2.4.5")}, drop);
}

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

void with_subnet(benchmark::State& state, const char* name, const char* subnet) {
  answer_batches(state, rich_world(), {.name = name, .from = ip("81.2.4.5"), .ecs = net(subnet)},
                 drop);
}
void crowd(benchmark::State& state, const char* name, Transport transport) {
  const Ask question{.name = name, .transport = transport, .from = ip("81.2.4.5")};
  answer_batches(state, crowded(), question, drop);
}
BENCHMARK_CAPTURE(kind, static_exact, "www.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, static_mx, "mx.example.org.", Type::kMx);
BENCHMARK_CAPTURE(kind, routed_weighted, "weighted.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, routed_failover, "failover.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, routed_merged, "many.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, routed_wildcard, "x.routed.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, geolocation, "geo.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, geoproximity, "near.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, latency, "fast.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, cidr, "net.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, multivalue, "multi.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, sticky, "sticky.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, alias_of_plain, "to-child.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, alias_tree, "tree.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, alias_merged, "wide.example.org.", Type::kA);
BENCHMARK_CAPTURE(counted, static_exact, "www.example.org.", Type::kA);
BENCHMARK_CAPTURE(counted, routed_failover, "failover.example.org.", Type::kA);
BENCHMARK_CAPTURE(counted, geolocation, "geo.example.org.", Type::kA);
BENCHMARK_CAPTURE(limited, under_it, "www.example.org.", kMaxResponsesPerSecond);
BENCHMARK_CAPTURE(limited, over_it, "www.example.org.", 1);
BENCHMARK(limited_apart);
BENCHMARK_CAPTURE(with_subnet, static_exact, "www.example.org.", "91.1.2.0/24");
BENCHMARK_CAPTURE(with_subnet, geolocation, "geo.example.org.", "91.1.2.0/24");
BENCHMARK_CAPTURE(with_subnet, geolocation_v6, "geo.example.org.", "2a01:200:1::/48");
BENCHMARK_CAPTURE(with_subnet, sticky, "sticky.example.org.", "91.1.2.0/24");
BENCHMARK_CAPTURE(with_subnet, alias_tree, "tree.example.org.", "91.1.2.0/24");
BENCHMARK_CAPTURE(kind, no_data, "www.example.org.", Type::kMx);
BENCHMARK_CAPTURE(kind, nx_domain, "nothing.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, wildcard, "x.wild.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, referral, "www.sub.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, cname_chain, "alias2.example.org.", Type::kA);
BENCHMARK_CAPTURE(kind, dname, "x.dname.example.org.", Type::kA);
BENCHMARK_CAPTURE(crowd, all_over_tcp, "all.crowded.example.", Transport::kTcp);
BENCHMARK_CAPTURE(crowd, all_over_udp, "all.crowded.example.", Transport::kUdp);
BENCHMARK_CAPTURE(crowd, lots_over_udp, "lots.crowded.example.", Transport::kUdp);
BENCHMARK_CAPTURE(crowd, sticky_over_udp, "sticky.crowded.example.", Transport::kUdp);
BENCHMARK_CAPTURE(kind, refused, "www.example.com.", Type::kA);

// Every name in turn, so that lookups miss the caches; with the prefetches of a batch of 16, as the
// server has them, or one by one.
void large_zone(benchmark::State& state) {
  const bool prefetches = state.range(0) != 0;
  const View& view = large();
  std::vector<std::vector<std::uint8_t>> messages;
  std::vector<std::string> names(kNames);
  std::uint64_t random = 1;
  for (std::string& name : names) {
    random = mix(random, kNames);
    name = "host-" + std::to_string(random % kNames) + ".large.example.";
    messages.push_back(message_of({.name = name}));
  }
  std::vector<std::uint8_t> out(1232);
  std::array<Query, kBatch> queries;
  std::size_t at = 0;
  for (auto _ : state) {
    for (Query& query : queries) {
      parse({.message = messages[at], .source = {}}, query);
      at = at + 1 == messages.size() ? 0 : at + 1;
    }
    if (prefetches) prefetch(view, queries);
    for (const Query& query : queries) benchmark::DoNotOptimize(answer(view, query, out));
  }
  count_answers(state);
}
BENCHMARK(large_zone)->ArgName("prefetch")->Arg(0)->Arg(1);

}  // namespace
}  // namespace rhumb::testing

BENCHMARK_MAIN();
