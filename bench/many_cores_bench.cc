// What workers cost each other, part by part, and from that a model of 1 to 64 of them. The parts
// are measured on two cores, with what a worker does but for its system calls; what these cost is
// given, as `load --pid` has it.
//   many_cores_bench [--kernel-us 1.9] [--flips 100] [--seconds 1]
#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "answer/answer.h"
#include "answer/rate_limit.h"
#include "base/published.h"
#include "bench/generator.h"
#include "bench/options.h"
#include "server/counters.h"
#include "server/rate_limiter.h"
#include "tests/answer/ask.h"
#include "tests/answer/rich_places.h"

namespace rhumb::bench {
namespace {

constexpr int kRounds = 5;
constexpr std::size_t kGates = 120'000;  // 20,000 checks and what hangs on them
constexpr std::uint64_t kBetweenPublishesNs =
    10'000;  // far more often than flips, to be seen at all
constexpr std::uint32_t kZoneSlots = 1'000;

struct Options {
  double kernel_us = 1.9;
  double flips = 100;
  double seconds = 1;
};

// Of the calling thread, so that what else runs counts only by the caches it takes.
double thread_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double median_of_rounds(const std::function<double()>& measure) {
  std::vector<double> values(kRounds);
  std::ranges::generate(values, measure);
  return median(std::move(values));
}

// As a flip makes it: the same zones, and as many bits as a large server has.
std::unique_ptr<const View> next_view() {
  auto view = std::make_unique<View>(testing::rich_world());
  view->alive.resize(std::max(view->alive.size(), kGates / 64), ~std::uint64_t{0});
  return view;
}

std::vector<std::vector<std::uint8_t>> messages() {
  std::vector<std::vector<std::uint8_t>> all;
  for (const char* name :
       {"www.example.org.", "failover.example.org.", "geo.example.org.", "nothing.example.org."}) {
    all.push_back(testing::message_of({.name = name}));
  }
  return all;
}

// What a worker has, and what it does with a batch, but for its system calls.
class Worker {
 public:
  Worker(Published<View>& views, Counters& counters)
      : reader_(views.reader()), counters_(counters.add(Transport::kUdp)) {}

  void answer_batch() {
    const auto view = reader_->pin();
    for (Query& query : queries_) {
      const std::vector<std::uint8_t>& message = messages_[next_++ % messages_.size()];
      parse({.message = message, .source = source_, .entropy = next_}, query);
    }
    const auto positions = locate(*view, queries_);
    for (std::size_t i = 0; i < kMaxBatch; ++i) {
      counters_.count(*view, queries_[i], answer(*view, queries_[i], positions[i], reply_));
    }
    counters_.took(1000, kMaxBatch);
  }
  void pin() { (void)reader_->pin(); }

 private:
  const std::unique_ptr<Published<View>::Reader> reader_;
  WorkerCounters& counters_;
  const std::vector<std::vector<std::uint8_t>> messages_ = messages();
  const IpAddress source_ = testing::ip("81.2.4.5");
  std::array<Query, kMaxBatch> queries_;
  std::array<std::uint8_t, kMaxUdpSize> reply_{};
  std::size_t next_ = 0;
};

// Does it on a core until the others have, too; nanoseconds of its own each time took.
class Busy {
 public:
  Busy(int core, const std::atomic<bool>& over, std::function<void()> what)
      : thread_([this, core, &over, what = std::move(what)] {
          pin_to_core(core);
          const double begun_ns = thread_ns();
          for (; !over; ++times_) what();
          took_ns_ = (thread_ns() - begun_ns) / times_;
        }) {}
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    if (thread_.joinable()) thread_.join();
  }
  double end() {
    thread_.join();
    return took_ns_;
  }

 private:
  double times_ = 0;
  double took_ns_ = 0;
  std::thread thread_;
};

// Each on a core of its own. What the first took.
double measure(double seconds, std::vector<std::function<void()>> all) {
  std::atomic<bool> over = false;
  std::vector<std::unique_ptr<Busy>> busy;
  for (std::size_t i = 0; i < all.size(); ++i) {
    busy.push_back(std::make_unique<Busy>(static_cast<int>(1 - i), over, std::move(all[i])));
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  over = true;
  for (std::size_t i = 1; i < busy.size(); ++i) busy[i]->end();
  return busy.front()->end();
}

class Parts {
 public:
  explicit Parts(double seconds) : seconds_(seconds) { views_.publish(next_view()); }

  // Of a question, by one worker and while another does the same.
  double question_ns(int workers);
  // To pin and to unpin.
  double pin_ns();
  // Of one publish, for a worker on another core.
  double publish_for_worker_ns();
  // For the publisher, with so many workers that pin all the while.
  double publish_ns(int workers);
  // Of one scrape.
  static double sum_us(int workers);
  // Of one reply, alone, and while another worker charges the same accounts or others.
  double limit_ns(int workers, bool same);

 private:
  enum class Publishing : std::uint8_t { kNo, kYes };
  struct Batches {
    double took_ns = 0;
    double a_publish = 0;  // so many between two
  };
  Batches answer_batches(Publishing publishing);

  const double seconds_;
  Published<View> views_;
};

double Parts::question_ns(int workers) {
  return median_of_rounds([&] {
    Counters counters(kZoneSlots);
    std::vector<std::unique_ptr<Worker>> all;
    std::vector<std::function<void()>> does;
    does.reserve(static_cast<std::size_t>(workers));
    for (int i = 0; i < workers; ++i) {
      Worker& worker = *all.emplace_back(std::make_unique<Worker>(views_, counters));
      does.emplace_back([&worker] { worker.answer_batch(); });
    }
    return measure(seconds_, std::move(does)) / kMaxBatch;
  });
}

double Parts::pin_ns() {
  return median_of_rounds([&] {
    Counters counters(0);
    Worker worker(views_, counters);
    constexpr int kPins = 1'000;
    return measure(seconds_, {[&worker] {
                     for (int i = 0; i < kPins; ++i) worker.pin();
                   }}) /
           kPins;
  });
}

Parts::Batches Parts::answer_batches(Publishing publishing) {
  Counters counters(kZoneSlots);
  Worker worker(views_, counters);
  double batches = 0;
  double publishes = 0;
  std::uint64_t next_ns = now_ns();
  const auto answer = [&] {
    worker.answer_batch();
    ++batches;
  };
  const auto publish = [&] {
    if (publishing == Publishing::kNo || now_ns() < next_ns) return;
    next_ns = now_ns() + kBetweenPublishesNs;
    views_.publish(next_view());
    ++publishes;
  };
  const double took_ns = measure(seconds_, {answer, publish});
  return {.took_ns = took_ns, .a_publish = publishes == 0 ? 0 : batches / publishes};
}

double Parts::publish_for_worker_ns() {
  return median_of_rounds([&] {
    const Batches quiet = answer_batches(Publishing::kNo);
    const Batches busy = answer_batches(Publishing::kYes);
    return (busy.took_ns - quiet.took_ns) * std::max(busy.a_publish, 1.0);
  });
}

double Parts::publish_ns(int workers) {
  return median_of_rounds([&] {
    Counters counters(0);
    std::vector<std::unique_ptr<Worker>> all;
    all.reserve(static_cast<std::size_t>(workers));
    for (int i = 0; i < workers; ++i) all.push_back(std::make_unique<Worker>(views_, counters));
    const auto pin_all = [&all] {
      for (const auto& worker : all) worker->pin();
    };
    return measure(seconds_, {[this] { views_.publish(next_view()); }, pin_all});
  });
}

double Parts::sum_us(int workers) {
  Counters counters(kZoneSlots);
  for (int i = 0; i < workers; ++i) (void)counters.add(Transport::kUdp);
  (void)counters.sum();
  return median_of_rounds([&] {
    const double begun_ns = thread_ns();
    (void)counters.sum();
    return (thread_ns() - begun_ns) / 1000;
  });
}

double Parts::limit_ns(int workers, bool same) {
  Log log(LogLevel::kError, LogFormat::kText);
  RateLimiter limiter(1, log);
  const RateLimits limits{.responses_per_second = kMaxResponsesPerSecond};
  const View& view = testing::rich_world();
  const auto message = testing::message_of({.name = "www.example.org."});
  constexpr int kReplies = 100;
  const auto charge = [&](int worker) {
    Query query;
    parse(
        {.message = message, .source = testing::ip(same || worker == 0 ? "81.2.4.5" : "82.2.4.5")},
        query);
    std::array<std::uint8_t, 512> reply{};
    const Outcome outcome = answer(view, query, reply);
    return [&, query, outcome] {
      for (int i = 0; i < kReplies; ++i) {
        (void)limiter.judge(view, limits, query, outcome, now_ns());
      }
    };
  };
  return median_of_rounds([&] {
    std::vector<std::function<void()>> does;
    does.reserve(static_cast<std::size_t>(workers));
    for (int i = 0; i < workers; ++i) does.emplace_back(charge(i));
    return measure(seconds_, std::move(does)) / kReplies;
  });
}

int run(const Options& options) {
  Parts parts(options.seconds);
  const double one_ns = parts.question_ns(1);
  const double two_ns = parts.question_ns(2);
  const double pin_ns = parts.pin_ns();
  const double publish_ns = parts.publish_for_worker_ns();
  const double limit_ns = parts.limit_ns(1, true);
  const double apart_ns = parts.limit_ns(2, false);
  const double same_ns = parts.limit_ns(2, true);
  std::printf("a question, one worker: %.1f ns; two at once, each: %.1f ns\n", one_ns, two_ns);
  std::printf("to pin and unpin, once a batch: %.1f ns\n", pin_ns);
  std::printf("a publish, for each worker: %.0f ns\n", publish_ns);
  std::printf(
      "limited, one worker: %.0f ns; two with accounts of their own: %.0f ns; with the same: "
      "%.0f ns\n",
      limit_ns, apart_ns, same_ns);
  std::puts(
      "\n| workers | publish | of a core | scrape | questions a second | of n times one | "
      "limited |\n|---|---|---|---|---|---|---|");
  const auto rate = [&](double question_ns) {
    return (1 - options.flips * std::max(publish_ns, 0.0) * 1e-9) * 1e9 /
           (options.kernel_us * 1000 + question_ns);
  };
  for (const int workers : {1, 2, 4, 8, 16, 32, 64}) {
    const double publisher_ns = parts.publish_ns(workers);
    const double n = workers;
    const double limited_ns = limit_ns + (same_ns - limit_ns) * (1 - 1 / n);
    const double each = rate(workers == 1 ? one_ns : std::max(one_ns, two_ns));
    std::printf("| %d | %.1f µs | %.2f %% | %.0f µs | %.2f M | %.3f | %.2f M |\n", workers,
                publisher_ns / 1000, publisher_ns * options.flips * 1e-7, Parts::sum_us(workers),
                n * each * 1e-6, each / rate(one_ns),
                n * rate(std::max(one_ns, two_ns) + limited_ns) * 1e-6);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace rhumb::bench

// NOLINTNEXTLINE(bugprone-exception-escape): a tool that runs out of memory may end
int main(int argc, char** argv) {
  rhumb::bench::Options options;
  rhumb::bench::CommandLine line("measures what workers cost each other, and models many of them");
  line.add("--kernel-us", options.kernel_us, "CPU time of a question's system calls");
  line.add("--flips", options.flips, "publishes a second");
  line.add("--seconds", options.seconds, "length of a round");
  if (const auto code = line.parse(argc, argv)) return *code;
  return rhumb::bench::run(options);
}
