// The draw of weighted answers over UDP, judged by a chi-square test.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/server/hostile_server.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

constexpr int kQueries = test::kSanitized ? 5'000 : 20'000;
// An even draw gives more than this once in ten million tests, by degrees of freedom.
const std::map<std::size_t, double> kMostChiSquare = {{2, 32.3}, {3, 35.6}};

using Weights = std::map<std::string, double>;  // address → weight

std::map<std::string, int> count_answers(const test::Rhumb& rhumb) {
  std::map<std::string, int> counts;
  for (int i = 0; i < kQueries; ++i) {
    for (const std::string& address : rhumb.addresses("www.w.test")) ++counts[address];
  }
  return counts;
}

// Each query has one answer, out of `weights` and in proportion to them.
void expect_in_proportion(const std::map<std::string, int>& counts, const Weights& weights) {
  double all_weights = 0;
  for (const auto& [address, weight] : weights) all_weights += weight;
  double chi_square = 0;
  int answers = 0;
  for (const auto& [address, weight] : weights) {
    const int got = counts.count(address) != 0 ? counts.at(address) : 0;
    const double expected = kQueries * weight / all_weights;
    chi_square += (got - expected) * (got - expected) / expected;
    answers += got;
    std::printf("%s: %d of %.0f\n", address.c_str(), got, expected);
  }
  EXPECT_EQ(answers, kQueries);
  EXPECT_EQ(counts.size(), weights.size());
  EXPECT_LE(chi_square, kMostChiSquare.at(weights.size() - 1));
}

TEST(Weighted, AnswersPassAChiSquareTestAlsoAfterOneSetDies) {
  auto site = std::make_unique<HostileServer>(reply_with("HTTP/1.1 200 OK\r\n\r\n"));
  const std::string how =
      "type: HTTP, interval: 100ms, failureThreshold: 2, recheckInterval: 100ms, holdDown: 0s";
  const test::TempDir folder;
  folder.write("zones/w.yaml",
               test::yaml_zone(
                   "w.test",
                   "- {id: d, address: 127.0.0.1, port: " + std::to_string(site->port()) + ", " +
                       how + "}\n",
                   "- {name: www, type: A, setIdentifier: a, weight: 10, values: [192.0.2.1]}\n"
                   "- {name: www, type: A, setIdentifier: b, weight: 20, values: [192.0.2.2]}\n"
                   "- {name: www, type: A, setIdentifier: c, weight: 70, values: [192.0.2.3]}\n"
                   "- {name: www, type: A, setIdentifier: d, weight: 100, values: [192.0.2.4], "
                   "healthCheckId: d}\n"
                   "- {name: www, type: A, setIdentifier: e, weight: 0, values: [192.0.2.5]}\n"));
  test::Rhumb rhumb(folder, "zones: [\"zones/*.yaml\"]\n");
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving()) << rhumb.process().output();
  Weights weights = {{"192.0.2.1", 10}, {"192.0.2.2", 20}, {"192.0.2.3", 70}, {"192.0.2.4", 100}};
  expect_in_proportion(count_answers(rhumb), weights);

  site.reset();
  ASSERT_TRUE(test::wait_until([&] {
    return rhumb.json({"health", "d"})["state"].text() == "unhealthy";
  }));
  weights.erase("192.0.2.4");
  expect_in_proportion(count_answers(rhumb), weights);
}

}  // namespace
}  // namespace rhumb
