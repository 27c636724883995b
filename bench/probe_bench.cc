// What probing costs: N HTTP checks at an interval through the real schedule and Prober on one
// thread, against a small server in a process of its own. Prints the thread's share of a core, the
// time a probe and the peak resident memory.
//   probe_bench [CHECKS=20000] [INTERVAL_S=10] [SECONDS=30] [PERCENT_DEAD=0]
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "bench/target.h"
#include "health/schedule.h"
#include "server/prober.h"
#include "server/uv_handle.h"

namespace rhumb {
namespace {

constexpr std::int64_t kWarmUpMs = 12'000;  // the first round at once, and the step into the rhythm

double thread_cpu_s() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Bench {
 public:
  Bench(std::size_t checks, std::int64_t interval_ms, std::size_t percent_dead, std::uint16_t port)
      : prober_(&loop_) {
    for (std::size_t i = 0; i < checks; ++i) {
      CheckSpec spec;
      spec.id = "check-" + std::to_string(i);
      spec.address =
          "127.0." + std::to_string(1 + i / 200 % 250) + "." + std::to_string(1 + i % 200);
      spec.host = "www.example.com";
      spec.port = port;
      spec.path = i % 100 < percent_dead ? "/dead" : "/healthz";
      spec.interval_ms = interval_ms;
      specs_.push_back(std::make_shared<CheckSpec>(std::move(spec)));
      schedule_.set(static_cast<CheckNumber>(i), now_ms());
    }
    wake();
  }

  void run(std::int64_t seconds) {
    run_until(now_ms() + kWarmUpMs);
    const double first_round_ms = static_cast<double>(first_round_ms_);
    probes_ = failures_ = most_in_line_ = 0;
    const double cpu_begun_s = thread_cpu_s();
    const std::int64_t begun_ms = now_ms();
    run_until(begun_ms + seconds * 1000);
    const double cpu_s = thread_cpu_s() - cpu_begun_s;
    const double wall_s = static_cast<double>(now_ms() - begun_ms) / 1000;
    const auto probes = static_cast<double>(probes_);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf(
        "checks %zu  probes %zu (%.0f/s)  failed %zu  first round %.1f s  most in line %zu\n",
        specs_.size(), probes_, probes / wall_s, failures_, first_round_ms / 1000, most_in_line_);
    std::printf("cpu %.1f %% of a core  %.1f us a probe  peak memory %.1f MB\n",
                100 * cpu_s / wall_s, 1e6 * cpu_s / probes,
                static_cast<double>(usage.ru_maxrss) / 1024);
  }

 private:
  static std::int64_t now_ms() { return static_cast<std::int64_t>(uv_hrtime() / 1'000'000); }

  void run_until(std::int64_t end_ms) {
    const UvTimer end = make_timer(&loop_, nullptr);
    const auto stop = [](uv_timer_t* timer) { uv_stop(timer->loop); };
    uv_timer_start(end.get(), stop, static_cast<std::uint64_t>(end_ms - now_ms()), 0);
    uv_run(&loop_, UV_RUN_DEFAULT);
  }

  void wake() {
    while (const auto check = schedule_.take_due(now_ms())) probe(*check);
    most_in_line_ = std::max(most_in_line_, prober_.in_line());
    const std::int64_t due_ms = schedule_.next_due_ms().value_or(now_ms() + 1000);
    const auto on_due = [](uv_timer_t* timer) { static_cast<Bench*>(timer->data)->wake(); };
    const auto wait_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(due_ms - now_ms(), 1));
    uv_timer_start(timer_.get(), on_due, wait_ms, 0);
  }

  void probe(CheckNumber check) {
    prober_.start(specs_[check], [this, check](const ProbeResult& result) {
      ++probes_;
      if (!result.ok) ++failures_;
      if (++all_probes_ == specs_.size()) first_round_ms_ = now_ms() - begun_ms_;
      const CheckSpec& spec = *specs_[check];
      const std::int64_t interval_ms = spec.interval_ms;
      schedule_.set(check, next_due(now_ms(), interval_ms, interval_ms, phase_of(spec.id)));
    });
  }

  uv_loop_t& loop_ = *uv_default_loop();
  UvTimer timer_ = make_timer(&loop_, this);
  Prober prober_;
  Schedule schedule_;
  std::vector<std::shared_ptr<const CheckSpec>> specs_;
  std::int64_t begun_ms_ = now_ms();
  std::int64_t first_round_ms_ = 0;
  std::size_t all_probes_ = 0;
  std::size_t probes_ = 0;
  std::size_t failures_ = 0;
  std::size_t most_in_line_ = 0;
};

int run(const std::array<long, 4>& numbers) {
  std::uint16_t port = 0;
  const int listener = listen_anywhere(port);
  if (listener < 0) {
    std::perror("listen");
    return 1;
  }
  const pid_t server = fork();
  if (server == 0) {
    pin_to_core(0);
    serve_checks(listener);
  }
  pin_to_core(1);
  close(listener);
  Bench bench(static_cast<std::size_t>(numbers[0]), numbers[1] * 1000,
              static_cast<std::size_t>(numbers[3]), port);
  bench.run(numbers[2]);
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
  return 0;
}

}  // namespace
}  // namespace rhumb

int main(int argc, char** argv) {
  std::array<long, 4> numbers = {20'000, 10, 30, 0};
  for (int i = 1; i < argc && i <= 4; ++i) {
    numbers[static_cast<std::size_t>(i) - 1] = std::strtol(argv[i], nullptr, 10);
  }
  return rhumb::run(numbers);
}
