#include "server/counters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/server/loaded.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

constexpr const char* kRecords =
    "- {name: fo, type: A, setIdentifier: a, failover: PRIMARY, healthCheckId: up, values: "
    "[192.0.2.1]}\n"
    "- {name: fo, type: A, setIdentifier: b, failover: SECONDARY, values: [192.0.2.2]}\n";

// One zone with a slot, and one that shares.
class CountersTest : public ::testing::Test {
 protected:
  CountersTest() {
    const test::TempDir folder;
    folder.write("a.yaml",
                 "zone: a.example\nsoa: {mname: ns1, rname: hostmaster}\nhealthChecks:\n"
                 "- {id: up, type: TCP, address: 127.0.0.1, port: 9, disabled: true}\nrecords:\n"
                 "- {name: \"@\", type: NS, values: [ns1]}\n"
                 "- {name: ns1, type: A, values: [192.0.2.53]}\n" +
                     std::string(kRecords));
    folder.write("b.zone", test::small_zone("b.example"));
    const std::string path =
        folder.write("rhumb.yaml", "zones: [a.yaml, b.zone]\nmetrics: {maxZones: 1}\n");
    Diagnostics diagnostics;
    loaded_ = load(path, nullptr, diagnostics);
    if (loaded_ == nullptr) throw std::runtime_error(to_string(diagnostics.all().at(0)));
    view_.zones = loaded_->zones;
    const auto alive = loaded_->zones->gates().alive();
    view_.alive.assign(alive.begin(), alive.end());
  }

  void ask(WorkerCounters& worker, const test::Bytes& message, const char* from = "192.0.2.9") {
    Query query;
    parse({.message = message, .source = *IpAddress::parse(from)}, query);
    std::array<std::uint8_t, 1232> out{};
    worker.count(view_, query, answer(view_, query, out));
  }
  void ask(WorkerCounters& worker, const std::string& name, const std::string& type = "A",
           const char* from = "192.0.2.9") {
    ask(worker, test::encode({.name = name, .type = type}), from);
  }

  [[nodiscard]] std::size_t type(std::string_view name) const {
    const auto names = counted_types();
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  }

  std::shared_ptr<const Loaded> loaded_;
  View view_;
  Counters counters_{1};
};

TEST_F(CountersTest, RequestsAreCountedByTransportFamilyAndType) {
  WorkerCounters& udp = counters_.add(Transport::kUdp);
  WorkerCounters& tcp = counters_.add(Transport::kTcp);
  ask(udp, "www.a.example.");
  ask(udp, "www.a.example.", "AAAA", "2001:db8::9");
  ask(tcp, "www.a.example.", "CAA");
  ask(tcp, "www.a.example.", "TYPE65280");
  const DnsCounts sum = counters_.sum();
  EXPECT_EQ(sum.requests[0][0][type("A")], 1U);
  EXPECT_EQ(sum.requests[0][1][type("AAAA")], 1U);
  EXPECT_EQ(sum.requests[1][0][type("CAA")], 1U);
  EXPECT_EQ(sum.requests[1][0][type("other")], 1U);
}

TEST_F(CountersTest, AQuestionThatCannotBeReadIsOfAnotherType) {
  WorkerCounters& udp = counters_.add(Transport::kUdp);
  test::Bytes message = test::encode({.name = "www.a.example."});
  message[5] = 2;  // QDCOUNT
  ask(udp, message);
  EXPECT_EQ(counters_.sum().requests[0][0][type("other")], 1U);
  EXPECT_EQ(counters_.sum().zones[0].responses[1], 1U) << "FORMERR, of no zone";
}

TEST_F(CountersTest, ResponsesAreCountedByZone) {
  WorkerCounters& udp = counters_.add(Transport::kUdp);
  ask(udp, "ns1.a.example.");
  ask(udp, "nothing.a.example.");
  ask(udp, "ns1.b.example.");
  ask(udp, "www.c.example.");
  const DnsCounts sum = counters_.sum();
  ASSERT_EQ(sum.zones.size(), 3U);
  EXPECT_EQ(sum.zones[2].responses[0], 1U) << "NOERROR of a.example";
  EXPECT_EQ(sum.zones[2].responses[3], 1U) << "NXDOMAIN of a.example";
  EXPECT_EQ(sum.zones[1].responses[0], 1U) << "NOERROR of those that share";
  EXPECT_EQ(sum.zones[0].responses[5], 1U) << "REFUSED, of no zone";
}

TEST_F(CountersTest, AnswersAreCountedByPolicyAndHowTheyWereChosen) {
  WorkerCounters& udp = counters_.add(Transport::kUdp);
  constexpr auto kFailover = static_cast<std::size_t>(Policy::kFailover);
  ask(udp, "ns1.a.example.");
  EXPECT_EQ(counters_.sum().zones[2].answers[kFailover][0], 0U);
  ask(udp, "fo.a.example.");
  EXPECT_EQ(counters_.sum().zones[2].answers[kFailover][0], 1U) << "ok";
  const ZoneRef& zone = view_.zones->refs()[0];
  const std::size_t first = zone.gate_base + zone.zone->groups()[0].first_gate;
  view_.alive[first / 64] &= ~(std::uint64_t{1} << first % 64);
  ask(udp, "fo.a.example.");
  EXPECT_EQ(counters_.sum().zones[2].answers[kFailover][1], 1U) << "degraded";
  std::ranges::fill(view_.alive, 0);
  ask(udp, "fo.a.example.");
  EXPECT_EQ(counters_.sum().zones[2].answers[kFailover][2], 1U) << "last resort";
}

TEST_F(CountersTest, DropsAndDurationsOfAllThreadsAddUp) {
  WorkerCounters& one = counters_.add(Transport::kUdp);
  WorkerCounters& other = counters_.add(Transport::kTcp);
  one.drop(Drop::kShort);
  other.drop(Drop::kShort);
  one.took(7'000, 16);
  other.took(7'000, 1);
  const DnsCounts sum = counters_.sum();
  EXPECT_EQ(sum.dropped[0], 2U);
  EXPECT_EQ(sum.durations.counts[1], 17U);
  EXPECT_EQ(sum.durations.sum_ns, 119'000U);
}

class CountersThreads : public CountersTest {};

TEST_F(CountersThreads, NothingIsLostWhileOthersSum) {
  constexpr int kThreads = 3;
  constexpr std::uint64_t kEach = 20'000;
  std::atomic<int> running = kThreads;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    WorkerCounters& worker = counters_.add(Transport::kUdp);
    threads.emplace_back([this, &worker, &running] {
      for (std::uint64_t n = 0; n < kEach; ++n) {
        ask(worker, "fo.a.example.");
        worker.took(n, 1);
      }
      --running;
    });
  }
  std::uint64_t last = 0;
  while (running > 0) {
    const std::uint64_t now = counters_.sum().requests[0][0][type("A")];
    EXPECT_GE(now, last);
    last = now;
  }
  for (std::thread& thread : threads) thread.join();
  const DnsCounts sum = counters_.sum();
  EXPECT_EQ(sum.requests[0][0][type("A")], kThreads * kEach);
  EXPECT_EQ(sum.zones[2].responses[0], kThreads * kEach);
}

}  // namespace
}  // namespace rhumb
