// Ten thousand checks that flap at once in the real binary: answers go on, memory stays, events are
// bounded and say what they are not, and the counters miss nothing.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "server/api_request.h"
#include "server/event_log.h"
#include "server/listeners.h"
#include "tests/server/hostile_server.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/sanitized.h"
#include "tests/support/steady_load.h"

namespace rhumb {
namespace {

using Strings = std::vector<std::string>;

constexpr std::uint64_t kChecks = test::kSanitized ? 2'000 : 10'000;
constexpr std::uint64_t kRounds = test::kSanitized ? 4 : 10;
constexpr std::size_t kGrowthOfStormKib = 16'384;
constexpr int kCalmAnswers = 2'000;
// Of the rate in calm. The storm, the operator's commands and the load itself share the cores.
constexpr double kLeastShareOfRate = 0.5;
constexpr int kProbePatienceMs = 50'000;
constexpr char kCalm[] = "192.0.2.1";
constexpr char kStorm[] = "192.0.2.2";

std::string number(std::uint64_t i) { return std::to_string(i); }

// A failover pair for each check: what is answered is kCalm while its check is healthy.
std::string pairs() {
  std::string records;
  for (std::uint64_t i = 0; i < kChecks; ++i) {
    const std::string begin = "- {name: h" + number(i) + ", type: A, setIdentifier: ";
    records += begin + "a, failover: PRIMARY, healthCheckId: c" + number(i) + ", values: [" +
               kCalm + "]}\n" + begin + "b, failover: SECONDARY, values: [" + kStorm + "]}\n";
  }
  return records;
}

struct Transitions {
  std::uint64_t to_healthy = 0;
  std::uint64_t to_unhealthy = 0;

  friend bool operator==(const Transitions&, const Transitions&) = default;
  friend Transitions operator-(const Transitions& left, const Transitions& right) {
    return {left.to_healthy - right.to_healthy, left.to_unhealthy - right.to_unhealthy};
  }
};

// Of all samples of a metric's text that begin with `family` and have `label`.
std::uint64_t sum(const std::string& text, const std::string& family, const std::string& label) {
  std::uint64_t total = 0;
  for (std::size_t at = text.find("\n" + family); at != std::string::npos;
       at = text.find("\n" + family, at + 1)) {
    const std::size_t end = text.find('\n', at + 1);
    const std::string line = text.substr(at + 1, end - at - 1);
    if (line.find(label) != std::string::npos) total += std::stoull(line.substr(line.rfind(' ')));
  }
  return total;
}

// rhumb with kChecks checks and as many groups, under a load that asks for some of them.
class Storm : public ::testing::Test {
 protected:
  void serve(const std::string& checks) {
    test::limit_sanitizer_memory();
    folder_.write("zones/storm.yaml", test::yaml_zone("storm.test", checks, pairs()));
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }

  [[nodiscard]] std::string get(const std::string& path) const {
    ApiRequest asked;
    asked.url = "http://rhumb" + path;
    asked.unix_socket = folder_.path() + "/control.sock";
    asked.timeout_ms = test::kPatienceMs;
    const ApiReply reply = request(asked);
    EXPECT_EQ(reply.status, 200) << path << ' ' << reply.error;
    return reply.body;
  }
  [[nodiscard]] Transitions transitions() const {
    const std::string text = get("/metrics");
    const std::string family = "rhumb_health_check_transitions_total{";
    return {sum(text, family, "to=\"healthy\""), sum(text, family, "to=\"unhealthy\"")};
  }
  [[nodiscard]] std::uint64_t last_event() const {
    const JsonValue events = events_after(0);
    return events.items().empty() ? 0 : count(events.items().back(), "sequence");
  }
  [[nodiscard]] JsonValue events_after(std::uint64_t last) const {
    auto events = parse_json(get("/api/v1/events?after=" + number(last)));
    EXPECT_TRUE(events.ok());
    return events.ok() ? std::move(events).value() : JsonValue{};
  }
  static std::uint64_t count(const JsonValue& event, const std::string& member) {
    return static_cast<std::uint64_t>(event[member].whole().value_or(0));
  }
  [[nodiscard]] std::size_t resident_kib() { return test::resident_kib(rhumb_.process().pid()); }

  // Every name is answered by one of its sites at any time.
  [[nodiscard]] static std::string judge(const test::Reply& reply) {
    if (reply.rcode != "NOERROR" || reply.answer.size() != 1) return "no answer: " + reply.rcode;
    const std::string& line = reply.answer[0];
    const bool good = line.ends_with(kCalm) || line.ends_with(kStorm);
    return good ? "" : line;
  }
  [[nodiscard]] static Strings names() {
    Strings names;
    for (std::uint64_t i = 0; i < kChecks; i += 500)
      names.push_back("h" + number(i) + ".storm.test");
    return names;
  }
  // Answers a second under the same load while nothing flaps.
  [[nodiscard]] double calm_rate() {
    test::SteadyLoad load(rhumb_.endpoint(), names(), judge);
    EXPECT_TRUE(test::wait_until([&] { return load.answered() >= kCalmAnswers; }));
    load.stop();
    EXPECT_EQ(load.wrong(), Strings{});
    return load.rate();
  }
  // `before`: the rate in calm before the storm. What else the machine does may slow that which is
  // measured after it.
  void expect_all_answered(test::SteadyLoad& load, double before) {
    load.stop();
    EXPECT_EQ(load.wrong(), Strings{});
    EXPECT_EQ(load.lost(), 0);
    const double calm = std::min(before, calm_rate());
    std::printf("%.0f answers a second, %.0f in calm\n", load.rate(), calm);
    EXPECT_GE(load.rate(), kLeastShareOfRate * calm);
  }

  test::TempDir folder_;
  test::Rhumb rhumb_{folder_, "workers: 1\nzones: [\"zones/*.yaml\"]\n"};
};

std::string labelled_switches() {
  std::string checks;
  for (std::uint64_t i = 0; i < kChecks; ++i) {
    checks += "- {id: c" + number(i) + ", type: SWITCH, labels: {all: one}}\n";
  }
  return checks;
}

TEST_F(Storm, OfOneDrainsWordLosesNoAnswerAndNoCount) {
  ASSERT_NO_FATAL_FAILURE(serve(labelled_switches()));
  const std::string last = "h" + number(kChecks - 1) + ".storm.test";
  const auto flap = [this, &last] {
    ASSERT_EQ(rhumb_.command({"drain", "all=one"}).exit_code, 0);
    ASSERT_EQ(rhumb_.addresses(last), Strings{kStorm});
    ASSERT_EQ(rhumb_.command({"restore", "all=one"}).exit_code, 0);
    ASSERT_EQ(rhumb_.addresses(last), Strings{kCalm});
  };
  ASSERT_NO_FATAL_FAILURE(flap());  // from now on memory is used as it will be
  const Transitions before = transitions();
  EXPECT_EQ(before, (Transitions{kChecks, kChecks}));
  const std::uint64_t last_before = last_event();
  const double calm = calm_rate();
  const std::size_t before_kib = resident_kib();
  test::SteadyLoad load(rhumb_.endpoint(), names(), judge);
  for (std::uint64_t i = 0; i < kRounds; ++i) ASSERT_NO_FATAL_FAILURE(flap());
  expect_all_answered(load, calm);
  EXPECT_EQ(transitions() - before, (Transitions{kRounds * kChecks, kRounds * kChecks}));
  // The operator's words are events beside those of the checks.
  const JsonValue events = events_after(last_before);
  constexpr std::size_t kWordsBefore = 2;  // of the first flap: they are kept, and came before
  ASSERT_EQ(events.items().size(), kMaxEvents - kWordsBefore);
  const std::uint64_t came = 2 * kRounds * (kChecks + 1);
  EXPECT_EQ(count(events.items()[0], "missed"), came - events.items().size());
  EXPECT_EQ(count(events.items().back(), "sequence"), last_before + came);
  const std::size_t after_kib = resident_kib();
  std::printf("%d answers; resident %zu KiB before, %zu KiB after\n", load.answered(), before_kib,
              after_kib);
  EXPECT_LE(after_kib, before_kib + kGrowthOfStormKib);
}

// A TCP port of all addresses of the loopback that is open or refuses, and is ours all the time.
class Door {
 public:
  Door() : thread_([this] { run(); }) {
    const int on = 1;  // so that it can be opened while old connections are not forgotten
    setsockopt(socket_.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  ~Door() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return socket_.endpoint().port; }
  void open() {
    ASSERT_EQ(listen(socket_.fd(), 4096), 0);
    is_open_ = true;
  }
  // A socket that listens no more keeps its port if that was asked for by its number.
  void shut() {
    is_open_ = false;
    ASSERT_EQ(shutdown(socket_.fd(), SHUT_RDWR), 0);
  }

 private:
  void run() {
    constexpr int kPaceMs = 5;
    while (!stop_) {
      pollfd wanted{is_open_ ? socket_.fd() : -1, POLLIN, 0};
      if (poll(&wanted, 1, kPaceMs) > 0) {
        const Fd peer(accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      }
    }
  }

  BoundSocket socket_{ip("0.0.0.0"), SOCK_STREAM, test::free_port("0.0.0.0")};
  std::atomic<bool> is_open_ = false;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// Each at an address of its own, so that each is a probe of its own. One result decides, and one
// that is late is none that fails.
std::string tcp_checks(std::uint16_t port) {
  std::string checks;
  for (std::uint64_t i = 0; i < kChecks; ++i) {
    checks += "- {id: c" + number(i) + ", type: TCP, address: 127.99." + number(i / 200) + "." +
              number(1 + i % 200) + ", port: " + number(port) +
              ", interval: 3s, timeout: 3s, recheckInterval: 3s, failureThreshold: 1, "
              "successThreshold: 1, holdDown: 0s}\n";
  }
  return checks;
}

TEST_F(Storm, OfTenThousandTargetsThatGoAndComeLosesNoAnswerAndNoCount) {
  Door door;
  ASSERT_NO_FATAL_FAILURE(door.open());
  ASSERT_NO_FATAL_FAILURE(serve(tcp_checks(door.port())));
  const auto wait_for = [this](const Transitions& wanted) {
    return test::wait_until([&] { return transitions() == wanted; }, kProbePatienceMs);
  };
  ASSERT_TRUE(wait_for({kChecks, 0})) << "all are new, and healthy";
  const double calm = calm_rate();
  const std::size_t before_kib = resident_kib();
  test::SteadyLoad load(rhumb_.endpoint(), names(), judge);
  ASSERT_NO_FATAL_FAILURE(door.shut());
  EXPECT_TRUE(wait_for({kChecks, kChecks}));
  ASSERT_NO_FATAL_FAILURE(door.open());
  EXPECT_TRUE(wait_for({2 * kChecks, kChecks}));
  expect_all_answered(load, calm);
  const std::string status = get("/metrics");
  EXPECT_EQ(sum(status, "rhumb_health_check_up{", ""), kChecks);
  EXPECT_LE(events_after(0).items().size(), kMaxEvents);
  const std::size_t after_kib = resident_kib();
  std::printf("%d answers; resident %zu KiB before, %zu KiB after\n", load.answered(), before_kib,
              after_kib);
  EXPECT_LE(after_kib, before_kib + kGrowthOfStormKib);
}

}  // namespace
}  // namespace rhumb
