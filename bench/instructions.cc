// What scripts/instructions has valgrind count: a fixed number of answers of each kind, each kind
// in one call of measure(). Prints the kinds in that order, and how many answers a call makes.
#include <array>
#include <cstdio>
#include <vector>

#include "answer/answer.h"
#include "bench/answer_kinds.h"

namespace rhumb::bench {

constexpr std::size_t kBatches = 64;
constexpr std::uint64_t kEntropyStep = 0x9E3779B97F4A7C15U;

struct Measured {
  const View& view;
  Request request;
  std::vector<std::uint8_t> out;
  std::array<Query, kMaxBatch> queries;
};

// By this name valgrind knows where to count.
[[gnu::noinline]] void measure(Measured& kind) {
  for (std::size_t i = 0; i < kBatches; ++i) {
    for (Query& query : kind.queries) {
      kind.request.entropy += kEntropyStep;
      parse(kind.request, query);
    }
    const auto positions = locate(kind.view, kind.queries);
    for (std::size_t j = 0; j < kMaxBatch; ++j) {
      answer(kind.view, kind.queries[j], positions[j], kind.out);
    }
  }
}

void run(const AnswerKind& kind) {
  const auto message = testing::message_of(kind.question);
  const bool over_tcp = kind.question.transport == Transport::kTcp;
  Measured measured{.view = *kind.view,
                    .request = {.message = message,
                                .source = kind.question.from,
                                .transport = kind.question.transport},
                    .out = std::vector<std::uint8_t>(over_tcp ? kMaxMessageSize : 1232),
                    .queries = {}};
  measure(measured);
  std::printf("%s %zu\n", kind.name.c_str(), kBatches * kMaxBatch);
}

}  // namespace rhumb::bench

// NOLINTNEXTLINE(bugprone-exception-escape): a tool that runs out of memory may end
int main() {
  for (const rhumb::bench::AnswerKind& kind : rhumb::bench::answer_kinds()) {
    rhumb::bench::run(kind);
  }
}
