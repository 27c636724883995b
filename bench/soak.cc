// Whether a server lasts: good clients ask a rhumb on the loopback while it is fuzzed at half of
// what it can answer, TCP clients stall, dribble and reset, it reloads each second and its checks
// flap; in the end all of that at full rate.
//   soak [--seconds 600] [--rhumb BINARY]
// Ends with 1 if a good question was lost, memory grew, a reload failed, or the server died or had
// a sanitizer report something. A question is lost that was sent and not answered, while no socket
// overflowed: those of the generator are counted apart from the server's. At full rate questions
// may be lost.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "bench/abuse.h"
#include "bench/every.h"
#include "bench/generator.h"
#include "bench/options.h"
#include "bench/soak_server.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/sanitized.h"

namespace rhumb::bench {
namespace {

constexpr std::size_t kMostGrowthKib = 16'384;
constexpr std::size_t kFlatKib = 1'024;  // memory is flat that grows by less from window to window
constexpr double kWindowS = 2;
constexpr double kMostWarmUp = 0.5;  // of the run, whether it is flat then or not
// What only a long run can show.
constexpr double kLongS = 600;
constexpr double kMostKibAMinute = 64;
constexpr double kLeastFuzzed = 0.8;  // of the planned
constexpr double kFullRatePart = 0.2;
// Of the run, its end: all events are there by then, and what the full rate takes once is taken.
constexpr double kJudgedPart = 0.15;
constexpr double kFuzzPart = 0.5;   // of the capacity
constexpr double kGoodPart = 0.05;  // of the capacity
constexpr double kPatienceS = 10;
constexpr double kFullRatePatienceS = 1;
constexpr int kCapacityRounds = 3;
constexpr int kPauseUs = 200;
constexpr auto kBetweenReloads = std::chrono::seconds(1);
constexpr auto kBetweenSamples = std::chrono::milliseconds(100);
constexpr std::uint64_t kSeed = 53;

struct Options {
  double seconds = 600;
  std::string binary = RHUMB_BINARY;
};

// Resident memory over time.
class Memory {
 public:
  void add(std::size_t kib) { samples_.push_back({now_ns() - begun_ns_, kib}); }

  struct Verdict {
    double warm_up_s = 0;
    std::size_t first_kib = 0;  // the largest in the first window after it
    std::size_t last_kib = 0;   // the largest in the last window
    double kib_a_minute = 0;    // the slope of a line through the last kJudgedPart

    [[nodiscard]] std::size_t growth_kib() const {
      return last_kib > first_kib ? last_kib - first_kib : 0;
    }
  };
  [[nodiscard]] Verdict judge() const;
  // The largest in each tenth of the run.
  void print_tenths() const;

 private:
  struct Sample {
    std::uint64_t at_ns = 0;
    std::size_t kib = 0;
  };
  [[nodiscard]] std::size_t largest(double from_s, double to_s) const;
  [[nodiscard]] double slope(double from_s) const;

  std::uint64_t begun_ns_ = now_ns();
  std::vector<Sample> samples_;
};

std::size_t Memory::largest(double from_s, double to_s) const {
  std::size_t most = 0;
  for (const Sample& sample : samples_) {
    const double at_s = static_cast<double>(sample.at_ns) * 1e-9;
    if (at_s >= from_s && at_s < to_s) most = std::max(most, sample.kib);
  }
  return most;
}

// Least squares, KiB a minute.
double Memory::slope(double from_s) const {
  double n = 0;
  double t = 0;
  double m = 0;
  double tt = 0;
  double tm = 0;
  for (const Sample& sample : samples_) {
    const double at_min = static_cast<double>(sample.at_ns) * 1e-9 / 60;
    if (at_min * 60 < from_s) continue;
    const auto kib = static_cast<double>(sample.kib);
    n += 1, t += at_min, m += kib, tt += at_min * at_min, tm += at_min * kib;
  }
  const double spread = n * tt - t * t;
  return spread > 0 ? (n * tm - t * m) / spread : 0;
}

Memory::Verdict Memory::judge() const {
  Verdict verdict;
  if (samples_.empty()) return verdict;
  const double end_s = static_cast<double>(samples_.back().at_ns) * 1e-9;
  double from_s = kWindowS;
  while (from_s < kMostWarmUp * end_s &&
         largest(from_s, from_s + kWindowS) > largest(from_s - kWindowS, from_s) + kFlatKib) {
    from_s += kWindowS;
  }
  verdict.warm_up_s = from_s;
  verdict.first_kib = largest(from_s, from_s + kWindowS);
  verdict.last_kib = largest(end_s - kWindowS, end_s + 1);
  verdict.kib_a_minute = slope(end_s * (1 - kJudgedPart));
  return verdict;
}

void Memory::print_tenths() const {
  constexpr int kParts = 10;
  if (samples_.empty()) return;
  const double part_s = static_cast<double>(samples_.back().at_ns) * 1e-9 / kParts;
  std::printf("memory by tenths of the run, KiB:");
  for (int i = 0; i < kParts; ++i) std::printf(" %zu", largest(i * part_s, (i + 1) * part_s));
  std::printf("\n");
}

struct PhasePlan {
  const char* name = "";
  double seconds = 0;
  double good_a_second = 0;  // 0: as many as are answered
  double fuzz_a_second = 0;  // 0: as many as can be sent
};

// Of the fuzzed packets that were planned, the share that was sent.
double fuzzed_share(const PhasePlan& plan, const FuzzCounts& counts, double seconds) {
  if (plan.fuzz_a_second == 0) return 1;
  return static_cast<double>(counts.sent) / (plan.fuzz_a_second * seconds);
}

// A truncated reply, or none of an address where there is one.
bool is_wrong(std::span<const std::uint8_t> reply) {
  constexpr std::size_t kHeader = 12;
  constexpr std::uint8_t kTc = 2;
  std::size_t end = kHeader;
  while (end < reply.size() && reply[end] != 0) end += 1U + reply[end];
  if (end + 3 > reply.size() || (reply[2] & kTc) != 0) return true;
  const bool asks_for_address = reply[end + 1] == 0 && reply[end + 2] == 1;
  return asks_for_address && reply[6] == 0 && reply[7] == 0;
}

struct PhaseCounts {
  double seconds = 0;       // that all of it went on
  std::uint64_t wrong = 0;  // good answers that are not
  LoadResult good;
  AskCounts tcp;
  FuzzCounts fuzz;
  AbuseCounts abuse;
  ServerCounts server;
  std::uint64_t overflowed = 0;  // at the server

  // Good questions of which no socket's overflow tells.
  [[nodiscard]] std::uint64_t lost() const {
    const std::uint64_t dropped = overflowed + good.overflowed;
    return (good.lost > dropped ? good.lost - dropped : 0) + tcp.sent - tcp.answered;
  }
};

ServerCounts operator-(const ServerCounts& left, const ServerCounts& right) {
  return {.reloads = left.reloads - right.reloads,
          .failed_reloads = left.failed_reloads - right.failed_reloads,
          .transitions = left.transitions - right.transitions};
}

PhaseCounts run_phase(SoakServer& server, const PhasePlan& plan) {
  PhaseCounts counts;
  const Questions questions = SoakServer::good_questions();
  const ServerCounts before = server.counts();
  const std::uint64_t overflowed_before = server.overflowed();
  const std::uint64_t begun_ns = now_ns();
  {
    const Every reloads(kBetweenReloads, [&] { server.turn(); });
    Abusers abusers(server.endpoint(), SoakServer::large_question());
    TcpAsker asker(server.endpoint(), questions);
    Fuzzer fuzzer(server.endpoint(), questions, plan.fuzz_a_second, kSeed);
    const LoadPlan load{.server = server.endpoint(),
                        .seconds = plan.seconds,
                        .questions_a_second = plan.good_a_second,
                        .patience_s = plan.good_a_second > 0 ? kPatienceS : kFullRatePatienceS,
                        .pause_us = kPauseUs,
                        .on_reply = [&](std::span<const std::uint8_t> reply, std::uint64_t) {
                          if (is_wrong(reply)) ++counts.wrong;
                          return true;
                        }};
    counts.good = run_load(load, questions);
    counts.fuzz = fuzzer.stop();
    counts.seconds = static_cast<double>(now_ns() - begun_ns) * 1e-9;
    counts.tcp = asker.stop();
    counts.abuse = abusers.stop();
  }
  counts.overflowed = server.overflowed() - overflowed_before;
  if (server.running()) counts.server = server.counts() - before;
  return counts;
}

unsigned long long number(std::uint64_t value) { return value; }

void print(const PhasePlan& plan, const PhaseCounts& counts) {
  const double seconds = counts.seconds;
  std::printf("%s, %.0f s\n", plan.name, seconds);
  std::printf(
      "  good over UDP: sent %llu, answered %llu (%.0f a second), not NOERROR %llu, wrong %llu\n",
      number(counts.good.sent), number(counts.good.answered), counts.good.rate(),
      number(counts.good.not_noerror()), number(counts.wrong));
  std::printf("  good over TCP: sent %llu, answered %llu\n", number(counts.tcp.sent),
              number(counts.tcp.answered));
  std::printf("  sockets overflowed: server %llu, generator %llu; lost beyond them %llu\n",
              number(counts.overflowed), number(counts.good.overflowed), number(counts.lost()));
  std::printf("  fuzzed: sent %llu (%.0f a second), replies read %llu\n", number(counts.fuzz.sent),
              static_cast<double>(counts.fuzz.sent) / seconds, number(counts.fuzz.replies));
  if (plan.fuzz_a_second > 0) {
    std::printf("  of the %.0f a second that were planned: %.0f %%\n", plan.fuzz_a_second,
                100 * fuzzed_share(plan, counts.fuzz, seconds));
  }
  std::printf("  TCP abusers: connections %llu, reset %llu, closed by the server %llu\n",
              number(counts.abuse.connections), number(counts.abuse.resets),
              number(counts.abuse.closed));
  std::printf("  reloads %llu, failed %llu; transitions of checks %llu\n",
              number(counts.server.reloads), number(counts.server.failed_reloads),
              number(counts.server.transitions));
}

double capacity(const SoakServer& server, double seconds) {
  const LoadPlan plan{.server = server.endpoint(), .seconds = seconds / kCapacityRounds};
  double best = 0;
  for (int i = 0; i < kCapacityRounds; ++i)
    best = std::max(best, run_load(plan, SoakServer::good_questions()).rate());
  return best;
}

// What a phase must not show, each said once.
class Faults {
 public:
  explicit Faults(bool is_long) : is_long_(is_long) {}

  void expect(bool good, const std::string& fault) {
    if (good) return;
    std::printf("FAULT: %s\n", fault.c_str());
    any_ = true;
  }
  void judge(SoakServer& server, const PhasePlan& plan, const PhaseCounts& counts) {
    const std::string in = std::string(" (") + plan.name + ")";
    expect(server.running(), "the server died" + in);
    if (!server.running()) return;
    expect(server.wait_last_turn(), "the last reload is not served" + in);
    expect(counts.good.answered > 0 && counts.tcp.answered > 0, "nothing was answered" + in);
    expect(counts.good.not_noerror() == 0, "good questions were refused" + in);
    expect(counts.wrong == 0, "good questions were answered wrongly" + in);
    expect(counts.server.reloads > 0 && counts.server.failed_reloads == 0, "reloads failed" + in);
    expect(counts.server.transitions > 0, "no check flapped" + in);
    if (plan.good_a_second > 0) expect(counts.lost() == 0, "good questions were lost" + in);
    if (!is_long_) return;
    // Nobody knows whose they were.
    if (plan.good_a_second > 0) expect(counts.overflowed == 0, "sockets overflowed" + in);
    const double share = fuzzed_share(plan, counts.fuzz, counts.seconds);
    expect(share >= kLeastFuzzed, "too little was fuzzed" + in);
  }
  void judge(const Memory::Verdict& memory) {
    expect(memory.first_kib > 0 && memory.growth_kib() <= kMostGrowthKib,
           "memory grew by " + std::to_string(memory.growth_kib()) + " KiB");
    // A sanitizer keeps books that grow, and says at the end what was lost.
    if (is_long_ && !test::kSanitized)
      expect(memory.kib_a_minute <= kMostKibAMinute, "memory grows on");
  }
  [[nodiscard]] bool any() const { return any_; }

 private:
  const bool is_long_;
  bool any_ = false;
};

void judge_end(SoakServer& server, const Memory::Verdict& memory, Faults& faults) {
  std::printf("memory: %zu KiB after %.0f s of warm-up, %zu KiB in the end, %+.0f KiB a minute\n",
              memory.first_kib, memory.warm_up_s, memory.last_kib, memory.kib_a_minute);
  faults.judge(memory);
  faults.expect(server.stop(), "the server did not stop well");
  const std::string output = server.output();
  faults.expect(!test::has_sanitizer_report(output), "a sanitizer has reported something");
  if (!faults.any()) {
    std::puts("soak: good");
    return;
  }
  constexpr std::size_t kLastBytes = 20'000;
  const std::size_t from = output.size() > kLastBytes ? output.size() - kLastBytes : 0;
  std::printf("the server's last words:\n%s\n", output.c_str() + from);
}

int run(const Options& options) {
  test::limit_sanitizer_memory();
  SoakServer server(options.binary);
  Faults faults(options.seconds >= kLongS);
  faults.expect(server.wait_serving(), "the server does not answer");
  if (faults.any()) {
    std::puts(server.output().c_str());
    return 1;
  }
  const double most = capacity(server, std::clamp(options.seconds / 10, 1.0, 6.0));
  std::printf("capacity: %.0f questions a second\n", most);
  const PhasePlan paced{.name = "half of the capacity fuzzed",
                        .seconds = options.seconds * (1 - kFullRatePart),
                        .good_a_second = most * kGoodPart,
                        .fuzz_a_second = most * kFuzzPart};
  const PhasePlan full{.name = "full rate", .seconds = options.seconds * kFullRatePart};
  Memory memory;
  {
    const Every samples(kBetweenSamples, [&] { memory.add(server.resident_kib()); });
    for (const PhasePlan& plan : {paced, full}) {
      const PhaseCounts counts = run_phase(server, plan);
      print(plan, counts);
      faults.judge(server, plan, counts);
      std::fflush(stdout);
      if (!server.running()) break;
    }
  }
  memory.print_tenths();
  judge_end(server, memory.judge(), faults);
  return faults.any() ? 1 : 0;
}

}  // namespace
}  // namespace rhumb::bench

// NOLINTNEXTLINE(bugprone-exception-escape): a tool that runs out of memory may end
int main(int argc, char** argv) {
  rhumb::bench::Options options;
  rhumb::bench::CommandLine line(
      "asks, fuzzes and abuses a server of its own, and says whether it lasts");
  line.add("--seconds", options.seconds, "length of the run");
  line.add("--rhumb", options.binary, "the server");
  if (const auto code = line.parse(argc, argv)) return *code;
  return rhumb::bench::run(options);
}
