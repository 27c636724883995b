// Counts what the core takes from the heap: nothing.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <new>

#include "answer/rate_limit.h"
#include "tests/answer/ask.h"
#include "tests/answer/rich_places.h"

namespace {

thread_local std::size_t allocations = 0;

void* count_and_allocate(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;  // NOLINT: this is new
  std::abort();
}

}  // namespace

void* operator new(std::size_t size) { return count_and_allocate(size); }
void* operator new[](std::size_t size) { return count_and_allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return count_and_allocate(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }                 // NOLINT
void operator delete[](void* memory) noexcept { std::free(memory); }               // NOLINT
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }    // NOLINT
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }  // NOLINT

namespace rhumb::testing {
namespace {

constexpr std::array<std::string_view, 45> kNames = {
    "www.example.org.",      "WWW.EXAMPLE.org.",
    "mx.example.org.",       "nothing.example.org.",
    "ent.example.org.",      "x.wild.example.org.",
    "x.wildc.example.org.",  "x.wildloop.example.org.",
    "alias2.example.org.",   "alias-mx.example.org.",
    "loop1.example.org.",    "self.example.org.",
    "missing.example.org.",  "none.example.org.",
    "away.example.org.",     "www.sub.example.org.",
    "sub.example.org.",      "in-sub.example.org.",
    "dname.example.org.",    "x.dname.example.org.",
    "c.dname.example.org.",  "x.deep.example.org.",
    "x.out.example.org.",    "failover.example.org.",
    "weighted.example.org.", "many.example.org.",
    "x.routed.example.org.", "hop.example.org.",
    "child.example.org.",    "www.child.example.org.",
    "example.com.",          ".",
    "geo.example.org.",      "strict.example.org.",
    "near.example.org.",     "fast.example.org.",
    "net.example.org.",      "multi.example.org.",
    "sticky.example.org.",   "tree.example.org.",
    "wide.example.org.",     "to-mx.example.org.",
    "to-child.example.org.", "hops.example.org.",
    "away.example.org."};
constexpr std::array<Type, 9> kTypes = {Type::kA,     Type::kAaaa,  Type::kMx,
                                        Type::kTxt,   Type::kNs,    Type::kDs,
                                        Type::kCname, Type::kDname, Type::kAny};

// Who asks: no one in particular, a client subnet, and one that is nobody's.
std::vector<Ask> ways_to_ask(std::string_view name, Type type) {
  const Ask plain{.name = name, .type = type, .from = ip("81.0.0.1")};
  Ask subnet = plain;
  subnet.ecs = net("91.1.2.0/24");
  Ask special = plain;
  special.ecs = net("10.1.2.0/24");
  Ask malformed = plain;
  malformed.options = {0, 8, 0, 1, 9};
  Ask options = plain;  // NSID, keepalive and a cookie
  options.options = {0, 3, 0, 0, 0, 11, 0, 0, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8};
  Ask chaos = plain;
  chaos.klass = Class::kCh;
  chaos.type = Type::kTxt;
  chaos.name = "version.bind.";
  return {plain, subnet, special, malformed, options, chaos};
}

TEST(Allocation, NothingIsTakenFromTheHeapToParseAnswerExplainAndLimit) {
  View view = rich_view();
  view.options.cookie_secrets.count = 1;
  view.options.identity = std::make_shared<const Identity>(
      Identity{.nsid = "a name for which more than a few octets are needed",
               .version = "a version for which more than a few octets are needed"});
  std::vector<std::uint8_t> out(kMaxMessageSize);
  const auto explain = std::make_unique<Explain>();
  const RateLimits limits{.exempt = {net("192.0.2.0/24")}};
  Account account;
  for (const std::string_view name : kNames) {
    for (const Type type : kTypes) {
      for (const Ask& question : ways_to_ask(name, type)) {
        const auto message = message_of(question);
        Query query;
        *explain = Explain{};
        const std::size_t before = allocations;
        parse({.message = message, .source = question.from, .entropy = 1}, query);
        const auto positions = locate(view, std::span(&query, 1));
        const Outcome outcome = answer(view, query, positions[0], out);
        EXPECT_EQ(answer(view, query, out, explain.get()).length, outcome.length);
        EXPECT_GT(answer_with_tc(view, query, outcome, out).length, 0);
        account.tag = static_cast<std::uint32_t>(account_of(query, outcome, 1));
        account = charge(account, to_ticks(1), limits.of_account, limits.slip).account;
        EXPECT_EQ(allocations, before) << name << " " << to_string(type);
        EXPECT_GT(outcome.length, 0);
      }
    }
  }
}

TEST(Allocation, IsCounted) {
  const std::size_t before = allocations;
  const std::vector<int> some(10);
  EXPECT_GT(allocations, before);
}

}  // namespace
}  // namespace rhumb::testing
