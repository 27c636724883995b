// How flat answers stay while what they are made from changes: a rhumb with one worker, all of its
// threads and children on core 0, is asked at half of what it can answer, from core 1, and its
// latencies are compared, in turn, with nothing going on; with a reload each second of a file that
// changed; with a check that flips each 10 ms; with client maps compiled anew all the while; with
// all of these; and with those of a bare echo server at the same rate: what the machine adds.
//   flat_bench [--runs 5] [--seconds 8] [--load 50] [--others 5] [--only NAME...] [--rhumb BINARY]
// What happened is read from the server itself: its metrics, status and log.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "bench/cpu_time.h"
#include "bench/echo.h"
#include "bench/every.h"
#include "bench/flat_server.h"
#include "bench/generator.h"
#include "bench/kernel_drops.h"
#include "bench/options.h"
#include "tests/support/process.h"

namespace rhumb::bench {
namespace {

constexpr int kServerCore = 0;
constexpr int kOwnCore = 1;
constexpr int kWindow = 64;  // a server that stops for 10 ms still finds all questions waiting
constexpr auto kBetweenReloads = std::chrono::seconds(1);
constexpr auto kBetweenLooks = std::chrono::milliseconds(250);
constexpr int kPatienceMs = 120'000;
constexpr int kTries = 5;
constexpr std::size_t kEchoSize = 64;      // octets, as most replies have
constexpr std::size_t kLastWords = 2'000;  // octets of the server's log
struct Options {
  int runs = 5;
  double seconds = 8;
  double load_percent = 50;
  double others_percent = 5;  // of a core; a run in which others took more is repeated
  std::vector<std::string> only;
  std::string binary;  // empty: the one that this program was built with
};

// What goes on beside the questions.
struct Scenario {
  const char* name = "";
  bool reloads = false;
  bool flips = false;
  bool maps = false;
  bool echo = false;  // and it is not the server that is asked
};

constexpr std::array<Scenario, 6> kScenarios = {
    {{.name = "quiet"},
     {.name = "reloads", .reloads = true},
     {.name = "flips", .flips = true},
     {.name = "maps", .maps = true},
     {.name = "all", .reloads = true, .flips = true, .maps = true},
     {.name = "echo", .echo = true}}};

// What is asked, in turn.
struct Servers {
  FlatServer& rhumb;
  const EchoServer& echo;

  // Of all but these and this process.
  [[nodiscard]] double cpu_of_others_s() const {
    return cores_cpu_s() - own_cpu_s() - rhumb.cpu_s() - processes_cpu_s({echo.pid()});
  }
};

struct Run {
  LoadResult load;
  std::uint64_t overflowed = 0;  // of the server's socket
  FlatCounts counts;
  double others = 0;     // of a core, what other processes and the machine's host took
  double compiling = 0;  // of the time, in which maps were being made
};

FlatCounts operator-(const FlatCounts& a, const FlatCounts& b) {
  return {a.reloads - b.reloads, a.flips - b.flips, a.maps - b.maps, a.views - b.views};
}

// Begins what is to go on, lets it end when it goes out of scope.
class Changes {
 public:
  Changes(FlatServer& server, FlatSite& site, const Scenario& scenario)
      : server_(server), site_(site) {
    site_.flip(scenario.flips);
    if (scenario.reloads) reloads_.emplace(kBetweenReloads, [this] { server_.reload(); });
    if (!scenario.maps) return;
    server_.change_database();
    maps_.emplace(kBetweenLooks, [this] { look_at_maps(); });
  }
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;
  ~Changes() { site_.flip(false); }

  // How often it was looked whether maps are being made, and found so.
  struct Looks {
    int all = 0;
    int compiling = 0;
  };
  [[nodiscard]] Looks looks() const { return {looks_, compiling_}; }

 private:
  // Changes the database again as soon as it is in use.
  void look_at_maps() {
    ++looks_;
    if (server_.is_compiling()) ++compiling_;
    if (server_.is_settled()) server_.change_database();
  }

  FlatServer& server_;
  FlatSite& site_;
  std::atomic<int> looks_ = 0;
  std::atomic<int> compiling_ = 0;
  std::optional<Every> reloads_;
  std::optional<Every> maps_;
};

double share_compiling(const Changes::Looks& before, const Changes::Looks& after) {
  const int all = after.all - before.all;
  return all == 0 ? 0 : static_cast<double>(after.compiling - before.compiling) / all;
}

// One run; nothing if the server did not do what it was to do.
std::optional<Run> run_once(const Servers& servers, FlatSite& site, const Scenario& scenario,
                            LoadPlan plan, const Questions& asked) {
  FlatServer& server = servers.rhumb;
  plan.server = scenario.echo ? servers.echo.endpoint() : server.endpoint();
  const auto wait_settled = [&] {
    return test::wait_until([&] { return server.is_settled(); }, kPatienceMs);
  };
  if (!server.set_probing(scenario.flips) || !wait_settled()) return std::nullopt;
  Run run;
  const FlatCounts before = server.counts();
  {
    const Changes changes(server, site, scenario);
    const auto is_begun = [&] { return server.is_compiling(); };
    if (scenario.maps && !test::wait_until(is_begun, kPatienceMs)) return std::nullopt;
    const std::uint64_t dropped = kernel_drops(plan.server);
    const Changes::Looks looks = changes.looks();
    const double others_s = servers.cpu_of_others_s();
    run.load = run_load(plan, asked);
    run.others = (servers.cpu_of_others_s() - others_s) / run.load.seconds;
    run.overflowed = kernel_drops(plan.server) - dropped;
    run.compiling = share_compiling(looks, changes.looks());
  }
  // The compile that was under way counts too, as soon as its maps are told to be in use.
  const auto is_renewed = [&] { return server.counts().maps > before.maps; };
  if (!wait_settled()) return std::nullopt;
  if (scenario.maps && !test::wait_until(is_renewed)) return std::nullopt;
  run.counts = server.counts() - before;
  return run;
}

void print_run(const Scenario& scenario, const Run& run) {
  const auto whole = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  const Latencies& took = run.load.latencies;
  std::printf(
      "%-8s p50 %4.0f p95 %5.0f p99 %5.0f p99.9 %5.0f µs, lost %llu of %llu (no room: server %llu, "
      "generator %llu), reloads %llu, flips %llu, maps %llu (%.0f %% of the time), views %llu, "
      "others %.0f %%\n",
      scenario.name, took.percentile_us(0.5), took.percentile_us(0.95), took.percentile_us(0.99),
      took.percentile_us(0.999), whole(run.load.sent - run.load.answered), whole(run.load.sent),
      whole(run.overflowed), whole(run.load.overflowed), whole(run.counts.reloads),
      whole(run.counts.flips), whole(run.counts.maps), 100 * run.compiling, whole(run.counts.views),
      100 * run.others);
  std::fflush(stdout);
}

// The same until nobody else has taken much of the processor meanwhile.
std::optional<Run> run_undisturbed(const Servers& servers, FlatSite& site, const Scenario& scenario,
                                   const LoadPlan& plan, const Questions& asked,
                                   double others_percent) {
  std::optional<Run> run;
  for (int i = 0; i < kTries; ++i) {
    run = run_once(servers, site, scenario, plan, asked);
    if (!run || 100 * run->others <= others_percent) return run;
    print_run(scenario, *run);
    std::puts("         disturbed; again");
  }
  return run;
}

// The best of a few rounds.
double capacity(LoadPlan plan, const Questions& asked) {
  constexpr int kRounds = 3;
  plan.questions_a_second = 0;
  plan.window = 16;
  plan.seconds = 1;
  double best = 0;
  for (int i = 0; i < kRounds; ++i) best = std::max(best, run_load(plan, asked).rate());
  return best;
}

// The runs of a scenario.
struct Series {
  const Scenario* scenario = nullptr;
  std::vector<Run> runs;

  [[nodiscard]] std::vector<double> sorted_us(double share) const {
    std::vector<double> all;
    for (const Run& run : runs) all.push_back(run.load.latencies.percentile_us(share));
    std::ranges::sort(all);
    return all;
  }
  [[nodiscard]] double median_us(double share) const {
    const std::vector<double> all = sorted_us(share);
    return all.empty() ? 0 : all[all.size() / 2];
  }
};

void print_table(const std::vector<Series>& all) {
  std::puts(
      "\n| | p50 | p95 | of quiet | p99 | of quiet | p99 of the runs | p99.9 | of quiet | lost |");
  std::puts("|---|---|---|---|---|---|---|---|---|---|");
  for (const Series& series : all) {
    if (series.runs.empty()) continue;
    const auto ratio = [&](double share) {
      return series.median_us(share) / all.front().median_us(share);
    };
    const std::vector<double> p99 = series.sorted_us(0.99);
    std::uint64_t lost = 0;
    for (const Run& run : series.runs) lost += run.load.sent - run.load.answered;
    std::printf(
        "| %s | %.0f µs | %.0f µs | %.2f | %.0f µs | %.2f | %.0f…%.0f µs | %.0f µs | %.2f | %llu "
        "|\n",
        series.scenario->name, series.median_us(0.5), series.median_us(0.95), ratio(0.95),
        series.median_us(0.99), ratio(0.99), p99.front(), p99.back(), series.median_us(0.999),
        ratio(0.999), static_cast<unsigned long long>(lost));
  }
}

std::vector<Series> wanted_series(const Options& options) {
  std::vector<Series> all;
  for (const Scenario& scenario : kScenarios) {
    const bool is_named = std::ranges::find(options.only, scenario.name) != options.only.end();
    if (options.only.empty() || is_named) all.push_back({&scenario, {}});
  }
  return all;
}

int run(const Options& options) {
  pin_to_core(kOwnCore);
  FlatSite site;
  FlatServer server(site, std::to_string(kServerCore), options.binary);
  if (!server.wait_serving()) {
    std::puts(server.log().c_str());
    return 1;
  }
  const EchoServer echo(kEchoSize, kServerCore);
  const Servers servers{server, echo};
  const Questions asked = FlatServer::questions();
  LoadPlan plan{.server = server.endpoint(), .window = kWindow, .core = kOwnCore};
  const double most = capacity(plan, asked);
  plan.seconds = options.seconds;
  plan.questions_a_second = most * options.load_percent / 100;
  std::printf("%.0f questions a second at most, %.0f asked\n", most, plan.questions_a_second);
  std::vector<Series> all = wanted_series(options);
  for (int i = 0; i < options.runs; ++i) {
    for (Series& series : all) {
      std::optional<Run> run =
          run_undisturbed(servers, site, *series.scenario, plan, asked, options.others_percent);
      if (!run) {
        const std::string log = server.log();
        std::printf("the server did not follow\n%s\n",
                    log.c_str() + (log.size() > kLastWords ? log.size() - kLastWords : 0));
        return 1;
      }
      print_run(*series.scenario, *run);
      series.runs.push_back(*run);
    }
  }
  print_table(all);
  return 0;
}

}  // namespace
}  // namespace rhumb::bench

// NOLINTNEXTLINE(bugprone-exception-escape): a tool that runs out of memory may end
int main(int argc, char** argv) {
  rhumb::bench::Options options;
  rhumb::bench::CommandLine line(
      "compares the latencies of a server of its own with and without change");
  line.add("--runs", options.runs, "of each kind");
  line.add("--seconds", options.seconds, "length of a run");
  line.add("--load", options.load_percent, "percent of its capacity that is asked");
  line.add("--others", options.others_percent,
           "percent of a core that others may take in a run, or it is repeated, up to 4 times");
  line.add("--only", options.only, "quiet, reloads, flips, maps, all, echo");
  line.add("--rhumb", options.binary, "the server");
  if (const auto code = line.parse(argc, argv)) return *code;
  return rhumb::bench::run(options);
}
