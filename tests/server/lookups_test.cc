#include "server/lookups.h"

#include <optional>
#include <string>
#include <vector>

#include "server/clock.h"
#include "tests/server/fake_dns.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kLookUpMs = 10'000;

class LookupsTest : public ::testing::Test {
 protected:
  LookupsTest() {
    uv_loop_init(&loop_);
    LookupOptions options;
    options.resolver = {{dns_.endpoint()}, "/nonexistent/resolv.conf"};
    options.fresh_ms = 0;
    options.on_fault = [this](const std::string& name, const std::string& reason) {
      told_.push_back(name + ": " + reason);
    };
    options.on_end = [this](std::uint64_t failures) { ended_.push_back(failures); };
    lookups_.emplace(&loop_, std::move(options));
    for (const char* const name : {"a.example.com", "b.example.com"}) {
      answer(name);
      lookups_->use(name, name, CheckFamily::kV4);
      EXPECT_TRUE(look_up(name).ok());
    }
  }
  ~LookupsTest() override {
    lookups_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "handles were left open";
  }
  void answer(const std::string& name) { dns_.set(name, {0, {ip("127.0.0.1")}}); }
  void fail(const std::string& name) { dns_.set(name, {FakeDns::kServfail, {}}); }
  Result<Lookups::Addresses> look_up(const std::string& name) {
    std::optional<Result<Lookups::Addresses>> outcome;
    lookups_->resolve(name, CheckFamily::kV4, kLookUpMs,
                      [&](const auto& found) { outcome = found; });
    while (!outcome) uv_run(&loop_, UV_RUN_ONCE);
    return *outcome;
  }
  // For as long as a fault has to be away.
  void look_up_until_quiet(const std::string& name) {
    const std::int64_t until_ms = monotonic_ms() + kFaultQuietMs + 100;
    while (monotonic_ms() < until_ms) EXPECT_TRUE(look_up(name).ok());
  }

  uv_loop_t loop_{};
  FakeDns dns_;
  std::optional<Lookups> lookups_;
  std::vector<std::string> told_;
  std::vector<std::uint64_t> ended_;
};

TEST_F(LookupsTest, AFaultIsToldOnceAndIsOverWhenNoNameFails) {
  fail("a.example.com");
  fail("b.example.com");
  for (const char* const name : {"a.example.com", "b.example.com", "a.example.com"}) {
    EXPECT_TRUE(look_up(name).ok()) << "what is kept serves";
  }
  EXPECT_THAT(told_, ElementsAre("a.example.com: no DNS server gave an answer"));
  answer("a.example.com");
  look_up_until_quiet("a.example.com");
  EXPECT_THAT(ended_, IsEmpty()) << "the other one fails still";
  answer("b.example.com");
  EXPECT_TRUE(look_up("b.example.com").ok());
  EXPECT_THAT(ended_, ElementsAre(3U));
  EXPECT_EQ(told_.size(), 1U);
}

TEST_F(LookupsTest, ANameThatNobodyUsesAnyMoreIsNoFault) {
  fail("a.example.com");
  EXPECT_TRUE(look_up("a.example.com").ok());
  lookups_->forget("a.example.com");
  look_up_until_quiet("b.example.com");
  EXPECT_THAT(ended_, ElementsAre(1U));
}

TEST_F(LookupsTest, WhatHasNothingKeptIsToldByItsProbes) {
  EXPECT_FALSE(look_up("c.example.com").ok());
  EXPECT_THAT(told_, IsEmpty());
}

}  // namespace
}  // namespace rhumb
