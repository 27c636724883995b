// Whether restarts lose a query: a rhumb on the loopback is asked at a steady rate, half of what it
// can answer unless told otherwise, while others take its place again and again (`serve
// --replace`), and then while it reloads as often.
//   restarts [--times 100] [--share 0.5] [--workers 1] [--rhumb BINARY]
// Ends with 1 if a question was lost or refused, a check changed its state by it, or an old process
// did not end. What no socket had room for is counted apart, the server's and the generator's.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "bench/generator.h"
#include "bench/kernel_drops.h"
#include "bench/options.h"
#include "bench/target.h"
#include "server/clock.h"
#include "server/listeners.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb::bench {
namespace {

constexpr int kNames = 10'000;
constexpr int kChecks = 8;
constexpr int kCapacityRounds = 3;
constexpr double kCapacitySeconds = 2;
constexpr double kForEver = 86'400;
constexpr double kPatienceS = 10;
constexpr int kPauseUs = 100;

struct Options {
  int times = 100;
  double share = 0.5;
  int workers = 1;
  std::string binary;  // empty: the one that this program was built with
};

// Answers the checks in a process of its own; but for those of /dead.
class Site {
 public:
  Site() : listener_(listen_anywhere(port_)), child_(fork()) {
    if (child_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve_checks(listener_.get());
  }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  ~Site() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  Fd listener_;
  pid_t child_ = -1;
};

std::string static_zone() {
  std::string zone =
      "$ORIGIN static.test.\n$TTL 60\n@ SOA ns1 hostmaster 1 3600 900 604800 60\n"
      "@ NS ns1\nns1 A 192.0.2.53\n";
  for (int i = 0; i < kNames; ++i) zone += "h" + std::to_string(i) + " A 192.0.2.1\n";
  return zone;
}

std::string steered_zone(std::uint16_t port) {
  std::string checks;
  std::string records;
  for (int i = 0; i < kChecks; ++i) {
    const std::string id = "c" + std::to_string(i);
    checks += "- {id: " + id + ", type: HTTP, path: " + (i % 2 == 0 ? "/" : "/dead") +
              ", address: 127.0.0.1, port: " + std::to_string(port) +
              ", interval: 500ms, recheckInterval: 500ms, timeout: 500ms, failureThreshold: 2}\n";
    const std::string begin = "- {name: f" + std::to_string(i) + ", type: A, setIdentifier: ";
    records += begin + "a, failover: PRIMARY, healthCheckId: " + id + ", values: [192.0.2.1]}\n" +
               begin + "b, failover: SECONDARY, values: [192.0.2.2]}\n";
  }
  return test::yaml_zone("steered.test", checks, records);
}

Questions questions() {
  Questions all;
  for (const char* name : {"h1.static.test", "h9999.static.test", "f0.steered.test",
                           "f1.steered.test", "f2.steered.test"}) {
    all.push_back(make_question(name, "A", WithEdns::kNo));
    all.push_back(make_question(name, "A", WithEdns::kYes));
  }
  return all;
}

double capacity(const Endpoint& server) {
  double best = 0;
  for (int i = 0; i < kCapacityRounds; ++i) {
    best = std::max(best,
                    run_load({.server = server, .seconds = kCapacitySeconds}, questions()).rate());
  }
  return best;
}

struct Phase {
  LoadResult load;
  std::uint64_t overflowed = 0;  // of the server's sockets
  int done = 0;
  std::vector<double> took_ms;
};

// Does `what` so often under load; it says whether it went well.
Phase run_phase(const Endpoint& server, double rate, int times, const std::function<bool()>& what) {
  Phase phase;
  std::atomic<bool> over = false;
  const std::uint64_t before = kernel_drops(server);
  std::thread asking([&] {
    const LoadPlan plan{.server = server,
                        .seconds = kForEver,
                        .questions_a_second = rate,
                        .patience_s = kPatienceS,
                        .pause_us = kPauseUs,
                        .on_reply = [&](auto, auto) { return !over; }};
    phase.load = run_load(plan, questions());
  });
  for (int i = 0; i < times; ++i) {
    const double begun_ms = test::now_ms();
    if (!what()) break;
    phase.took_ms.push_back(test::now_ms() - begun_ms);
    ++phase.done;
  }
  over = true;
  asking.join();
  phase.overflowed = kernel_drops(server) - before;
  std::ranges::sort(phase.took_ms);
  return phase;
}

int health_events(const test::Rhumb& rhumb) {
  const JsonValue events = rhumb.json({"events"});
  return static_cast<int>(std::ranges::count_if(
      events.items(), [](const JsonValue& event) { return event["kind"].text() == "health"; }));
}

struct Verdict {
  std::string state;
  std::int64_t since_ms = 0;
};
using Verdicts = std::map<std::string, Verdict>;  // by the check's id

Verdicts verdicts(const test::Rhumb& rhumb) {
  Verdicts all;
  const JsonValue checks = rhumb.json({"health"});
  for (const JsonValue& check : checks.items()) {
    all[std::string(check["id"].text())] = {std::string(check["state"].text()),
                                            parse_rfc3339(check["since"].text()).value_or(0)};
  }
  return all;
}

// Each server has a clock of its own, which it sets by the system's when it starts.
bool is_same(const Verdict& a, const Verdict& b) {
  constexpr std::int64_t kClocksDifferMs = 1'000;
  return a.state == b.state && std::abs(a.since_ms - b.since_ms) <= kClocksDifferMs;
}

int differences(const Verdicts& before, const Verdicts& now) {
  return static_cast<int>(std::ranges::count_if(before, [&now](const auto& each) {
    const auto found = now.find(each.first);
    return found == now.end() || !is_same(found->second, each.second);
  }));
}

// Whether all is as it should be.
bool print(const char* name, const Phase& phase, int times, int turned) {
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  const LoadResult& load = phase.load;
  std::printf("%s %d of %d times in %.1f s", name, phase.done, times, load.seconds);
  if (!phase.took_ms.empty()) {
    std::printf(", each %.0f ms (median; %.0f at most)", phase.took_ms[phase.took_ms.size() / 2],
                phase.took_ms.back());
  }
  std::printf("\n  sent %llu (%.0f a second), answered %llu, lost %llu, not NOERROR %llu\n",
              number(load.sent), static_cast<double>(load.sent) / load.seconds,
              number(load.answered), number(load.sent - load.answered), number(load.not_noerror()));
  std::printf("  latency: p50 %.0f us, p99 %.0f us, p99.9 %.0f us\n",
              load.latencies.percentile_us(0.5), load.latencies.percentile_us(0.99),
              load.latencies.percentile_us(0.999));
  std::printf("  no room in a socket: server %llu, generator %llu; checks that turned: %d\n",
              number(phase.overflowed), number(load.overflowed), turned);
  std::fflush(stdout);
  return phase.done == times && load.sent == load.answered && load.not_noerror() == 0 &&
         turned == 0;
}

int run(const Options& options) {
  const Site site;
  const test::TempDir folder;
  folder.write("zones/static.test.zone", static_zone());
  folder.write("zones/steered.yaml", steered_zone(site.port()));
  test::Rhumb rhumb(folder,
                    "zones: [\"zones/*\"]\nworkers: " + std::to_string(options.workers) + "\n");
  if (!options.binary.empty()) rhumb.use_binary(options.binary);
  rhumb.start();
  const auto is_settled = [&] { return health_events(rhumb) >= kChecks; };
  if (!rhumb.wait_serving() || !test::wait_until(is_settled)) {
    std::puts(rhumb.process().output().c_str());
    return 1;
  }
  const Endpoint& server = rhumb.endpoint();
  const double most = capacity(server);
  std::printf("capacity: %.0f questions a second; asked: %.0f\n", most, most * options.share);
  const Verdicts verdicts_before = verdicts(rhumb);
  if (verdicts_before.size() != kChecks) return 1;
  int turned = 0;
  int told = health_events(rhumb);  // by the server that runs, when it was begun to count
  const Phase replaced = run_phase(server, most * options.share, options.times, [&] {
    turned += health_events(rhumb) - told;
    const bool is_good = rhumb.replace();
    told = 0;
    return is_good;
  });
  turned += health_events(rhumb) - told + differences(verdicts_before, verdicts(rhumb));
  bool is_good = print("replaced", replaced, options.times, turned);
  const int before = health_events(rhumb);
  const Phase reloaded = run_phase(server, most * options.share, options.times,
                                   [&] { return rhumb.reload_by_signal(); });
  const int turned_by_reloads =
      health_events(rhumb) - before + differences(verdicts_before, verdicts(rhumb));
  is_good = print("reloaded", reloaded, options.times, turned_by_reloads) && is_good;
  std::puts(is_good ? "restarts: good" : "restarts: FAULT");
  return is_good ? 0 : 1;
}

}  // namespace
}  // namespace rhumb::bench

// NOLINTNEXTLINE(bugprone-exception-escape): a tool that runs out of memory may end
int main(int argc, char** argv) {
  rhumb::bench::Options options;
  rhumb::bench::CommandLine line(
      "replaces and reloads a server of its own under load, and says what was lost");
  line.add("--times", options.times, "how often each");
  line.add("--share", options.share, "of its capacity that is asked");
  line.add("--workers", options.workers, "of the server");
  line.add("--rhumb", options.binary, "the server");
  if (const auto code = line.parse(argc, argv)) return *code;
  return rhumb::bench::run(options);
}
