// How soon answers follow what happens to a site. The real rhumb answers at half of what it can, on
// a core of its own, and every answer of that load is watched.
//   failover_bench [FLIPS=1000] [KILLS=10] [LOAD_PERCENT=50]
// Verdict to answer: one reply of its target decides a check, and the target, here, replies 200 and
// 503 in turn. Time runs from before that reply is sent, so that its way and what libcurl does with
// it count too. The same is measured, in turn, of an echo server that follows such a target: what
// is left then is the machine's. Kill to answer: a site of its own process is killed, and comes
// back.
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/echo.h"
#include "bench/generator.h"
#include "bench/target.h"
#include "server/listeners.h"

namespace rhumb::bench {
namespace {

constexpr const char* kListen = "127.0.54.1:5300";
constexpr int kServerCore = 0;
constexpr int kOwnCore = 1;
constexpr double kPatienceS = 600;  // for either part
constexpr int kPollMs = 100;
constexpr long kFlipRounds = 10;
constexpr double kBarUs = 1'000;
constexpr std::size_t kAddressRecordSize = 16;  // of one A record, its name a pointer

struct Options {
  long flips = 1'000;
  long kills = 10;
  long load_percent = 50;
};

// The last octet of their addresses.
enum class Site : std::uint8_t { kLondon = kSiteIsWell, kFrankfurt = kSiteIsUnwell };

// What answers are to turn to, and how long it takes until the first one has. One thread expects,
// the load's observes.
class Watch {
 public:
  void expect(Site site) { expected_ = now_ns() << 8U | static_cast<std::uint64_t>(site); }
  void observe(std::span<const std::uint8_t> reply, std::uint64_t at_ns) {
    const std::uint64_t expected = expected_;
    if (expected == 0 || reply.back() != (expected & 0xFFU)) return;
    took_us_.push_back(static_cast<double>(at_ns - (expected >> 8U)) / 1000);
    expected_ = 0;
  }
  [[nodiscard]] bool waits() const { return expected_ != 0; }
  void forget() { expected_ = 0; }
  void await() const {
    while (waits()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // Of the load's thread, or when it has ended.
  [[nodiscard]] const std::vector<double>& took_us() const { return took_us_; }

 private:
  std::atomic<std::uint64_t> expected_ = 0;  // since when, and which; 0: the answers have turned
  std::vector<double> took_us_;
};

// The site of a check that one reply decides: each reply differs from the one before as soon as
// answers have followed that one.
class FlippingSite {
 public:
  explicit FlippingSite(Watch& watch) : watch_(watch), listener_(listen_anywhere(port_)) {
    thread_ = std::thread([this] { run(); });
  }
  FlippingSite(const FlippingSite&) = delete;
  FlippingSite& operator=(const FlippingSite&) = delete;
  ~FlippingSite() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  void flip(bool on) { flips_ = on; }

 private:
  void run() {
    while (!stop_) {
      pollfd ready{listener_.get(), POLLIN, 0};
      if (poll(&ready, 1, kPollMs) <= 0) continue;
      const Fd peer(accept(listener_.get(), nullptr, nullptr));
      if (peer.valid()) reply(peer.get());
    }
  }

  void reply(int peer) {
    std::array<char, 4096> request{};
    if (recv(peer, request.data(), request.size(), 0) <= 0) return;
    const bool turns = flips_ && !watch_.waits();
    is_well_ = turns ? !is_well_ : is_well_;
    constexpr std::string_view kWell = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    constexpr std::string_view kUnwell = "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n";
    const std::string_view message = is_well_ ? kWell : kUnwell;
    if (turns) watch_.expect(is_well_ ? Site::kLondon : Site::kFrankfurt);
    send(peer, message.data(), message.size(), MSG_NOSIGNAL);
  }

  Watch& watch_;
  std::uint16_t port_ = 0;
  Fd listener_;
  bool is_well_ = true;
  std::atomic<bool> flips_ = false;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// A site that is a process of its own.
class MortalSite {
 public:
  MortalSite() {
    close(listen_anywhere(port_));  // for the port
    start();
  }
  MortalSite(const MortalSite&) = delete;
  MortalSite& operator=(const MortalSite&) = delete;
  ~MortalSite() { end(); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  void start() {
    pid_ = fork();
    if (pid_ == 0) serve_checks(listen_anywhere(port_));
  }
  void end() const {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

std::string failover_pair(const std::string& name) {
  const std::string begin = "- {name: " + name + ", type: A, setIdentifier: ";
  return begin + "london, failover: PRIMARY, healthCheckId: " + name + ", values: [192.0.2.1]}\n" +
         begin + "frankfurt, failover: SECONDARY, values: [192.0.2.2]}\n";
}

void write_config(const std::string& folder, std::uint16_t flipping, std::uint16_t mortal) {
  std::ofstream(folder + "/rhumb.yaml")
      << "listen: [\"" << kListen << "\"]\ncontrolSocket: " << folder
      << "/control.sock\nworkers: 1\nlog: {level: error}\nzones: [zone.yaml]\n"
      << "healthCheckDefaults: {type: HTTP, holdDown: 0s}\nhealthChecks:\n"
      << "- {id: flips, address: 127.0.54.2, port: " << flipping
      << ", interval: 100ms, recheckInterval: 100ms, timeout: 100ms, failureThreshold: 1, "
         "successThreshold: 1}\n"
      << "- {id: dies, address: 127.0.54.3, port: " << mortal
      << ", interval: 1s, recheckInterval: 250ms, timeout: 500ms, failureThreshold: 3}\n";
  std::ofstream(folder + "/zone.yaml")
      << "zone: example.com\nsoa: {mname: ns1, rname: hostmaster}\nrecords:\n"
      << "- {name: \"@\", type: NS, values: [ns1]}\n"
      << "- {name: ns1, type: A, values: [192.0.2.53]}\n"
      << failover_pair("flips") << failover_pair("dies");
}

pid_t start_server(const std::string& folder) {
  const pid_t server = fork();
  if (server != 0) return server;
  bench::pin_to_core(kServerCore);
  const std::string config = folder + "/rhumb.yaml";
  execl(RHUMB_BINARY, RHUMB_BINARY, "serve", "-c", config.c_str(), nullptr);
  _exit(127);
}

// Questions a second that it answers at most: the best of a few rounds. 0: it does not answer.
double capacity(LoadPlan plan, const Questions& questions) {
  constexpr int kTries = 100;
  constexpr int kRounds = 3;
  plan.seconds = 0.1;
  for (int i = 0; i < kTries && run_load(plan, questions).answered == 0; ++i) {
  }
  double best = 0;
  plan.seconds = 1;
  for (int i = 0; i < kRounds; ++i) best = std::max(best, run_load(plan, questions).rate());
  return best;
}

// Runs the load until so many changes are seen.
LoadResult load_until(LoadPlan plan, const std::string& name, Watch& watch, std::size_t changes) {
  plan.seconds = kPatienceS;
  plan.on_reply = [&](std::span<const std::uint8_t> reply, std::uint64_t at_ns) {
    if (watch.took_us().size() < changes) watch.observe(reply, at_ns);
    return watch.took_us().size() < changes;
  };
  return run_load(plan, {make_question(name, "A", WithEdns::kNo)});
}

// The last bound is open.
void print_histogram(const std::vector<double>& sorted_us) {
  constexpr std::array<double, 12> kBoundsUs = {50,  75,   100,  150,  200,    300,
                                                500, 1000, 2000, 5000, 10'000, 1e12};
  constexpr std::size_t kWidth = 60;
  std::size_t before = 0;
  for (const double bound_us : kBoundsUs) {
    const auto end = std::ranges::lower_bound(sorted_us, bound_us);
    const auto below = static_cast<std::size_t>(end - sorted_us.begin());
    const std::size_t count = below - before;
    before = below;
    const std::string bar((count * kWidth + sorted_us.size() - 1) / sorted_us.size(), '#');
    if (bound_us < 1e12) std::printf("  < %6.0f µs", bound_us);
    if (bound_us >= 1e12) std::printf("      more   ");
    std::printf(" %6zu %s\n", count, bar.c_str());
  }
}

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void print_load(const LoadResult& load) {
  const std::uint64_t asked = load.answered + load.lost;
  std::printf("  at %.0f questions a second, %llu of %llu lost\n", load.rate(),
              static_cast<unsigned long long>(load.lost), static_cast<unsigned long long>(asked));
}

// A server whose answers follow a flipping site.
struct Follower {
  const char* name = "";
  LoadPlan plan;
  FlippingSite& site;
  Watch& watch;
  LoadResult load = {};  // of all rounds
};

// Until so many flips are seen in all.
void flip_until(Follower& follower, std::size_t flips) {
  follower.watch.forget();  // one that came when no one looked any more
  follower.site.flip(true);
  const LoadResult load = load_until(follower.plan, "flips.example.com", follower.watch, flips);
  follower.site.flip(false);
  follower.load.seconds += load.seconds;
  follower.load.answered += load.answered;
  follower.load.lost += load.lost;
}

void print_flips(const Follower& follower) {
  std::vector<double> took_us = follower.watch.took_us();
  if (took_us.empty()) return;
  std::ranges::sort(took_us);
  std::printf("%s: verdict to first changed answer, %zu flips\n", follower.name, took_us.size());
  print_histogram(took_us);
  const auto over = took_us.end() - std::ranges::upper_bound(took_us, kBarUs);
  std::printf("  p50 %.0f µs  p90 %.0f µs  p99 %.0f µs  max %.0f µs, %.2f %% above %.0f µs\n",
              quantile(took_us, 0.5), quantile(took_us, 0.9), quantile(took_us, 0.99),
              took_us.back(), 100 * static_cast<double>(over) / static_cast<double>(took_us.size()),
              kBarUs);
  print_load(follower.load);
}

// In turn, so that what else the machine does falls on both.
void measure_flips(Follower rhumb, long flips) {
  Watch watch;
  FlippingSite site(watch);
  const std::size_t question_size = make_question("flips.example.com", "A", WithEdns::kNo).size();
  const EchoServer echo(question_size + kAddressRecordSize, kServerCore, site.port());
  Follower bare{"echo", rhumb.plan, site, watch};
  bare.plan.server = echo.endpoint();
  for (long round = 1; round <= kFlipRounds; ++round) {
    const auto seen = static_cast<std::size_t>(flips * round / kFlipRounds);
    flip_until(bare, seen);
    flip_until(rhumb, seen);
  }
  print_flips(bare);
  print_flips(rhumb);
}

// Kills it and starts it again, at another time within the interval in each round.
void kill_in_turn(MortalSite& site, Watch& watch, long kills) {
  constexpr long kPhaseMs = 370;
  for (long i = 0; i < kills; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1000 + i * kPhaseMs % 1000));
    watch.expect(Site::kFrankfurt);
    site.end();
    watch.await();
    watch.expect(Site::kLondon);
    site.start();
    watch.await();
  }
}

void print_times(const char* what, std::vector<double> took_us) {
  std::ranges::sort(took_us);
  std::printf("%s, %zu times: shortest %.0f ms  median %.0f ms  longest %.0f ms\n", what,
              took_us.size(), took_us.front() / 1000, quantile(took_us, 0.5) / 1000,
              took_us.back() / 1000);
}

void measure_kills(const LoadPlan& plan, long kills, MortalSite& site) {
  Watch watch;
  std::thread killer([&] { kill_in_turn(site, watch, kills); });
  const LoadResult load = load_until(plan, "dies.example.com", watch, 2 * std::size_t(kills));
  killer.join();
  std::array<std::vector<double>, 2> took_us;  // of kills, of returns
  for (std::size_t i = 0; i < watch.took_us().size(); ++i) {
    took_us[i % 2].push_back(watch.took_us()[i]);
  }
  print_times("kill to first changed answer", took_us[0]);
  print_times("return to first changed answer", took_us[1]);
  print_load(load);
}

int run(const Options& options) {
  std::string folder = (std::filesystem::temp_directory_path() / "rhumb-failover-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  bench::pin_to_core(kOwnCore);
  Watch watch;
  MortalSite mortal;
  FlippingSite flipping(watch);
  write_config(folder, flipping.port(), mortal.port());
  const pid_t server = start_server(folder);
  LoadPlan plan{.server = *Endpoint::parse(kListen), .core = kOwnCore};
  const double most = capacity(plan, {make_question("flips.example.com", "A", WithEdns::kNo)});
  std::printf("%.0f questions a second at most\n", most);
  plan.questions_a_second = most * static_cast<double>(options.load_percent) / 100;
  if (most > 0 && options.flips > 0) measure_flips({"rhumb", plan, flipping, watch}, options.flips);
  if (most > 0 && options.kills > 0) measure_kills(plan, options.kills, mortal);
  kill(server, SIGTERM);
  int status = 0;
  waitpid(server, &status, 0);
  std::filesystem::remove_all(folder);
  return most > 0 && status == 0 ? 0 : 1;
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
  rhumb::bench::Options options;
  std::array<long*, 3> numbers = {&options.flips, &options.kills, &options.load_percent};
  for (int i = 1; i < argc && i <= 3; ++i) {
    *numbers[static_cast<std::size_t>(i) - 1] = std::strtol(argv[i], nullptr, 10);
  }
  return rhumb::bench::run(options);
}
