#include "server/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>

#include "tests/server/fake_dns.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class ResolverTest : public testing::Test {
 protected:
  ResolverTest() { uv_loop_init(&loop_); }
  ~ResolverTest() override {
    resolver_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "handles were left open";
  }

  void open(ResolverOptions options) { resolver_.emplace(&loop_, std::move(options)); }

  Result<Resolver::Addresses> resolve(const std::string& name,
                                      CheckFamily family = CheckFamily::kAny,
                                      std::int64_t timeout_ms = 5'000) {
    if (!resolver_) open({{dns_.endpoint()}, "/nonexistent/resolv.conf"});
    std::optional<Result<Resolver::Addresses>> outcome;
    resolver_->resolve(name, family, timeout_ms, [&](const auto& found) { outcome = found; });
    EXPECT_FALSE(outcome) << "called back from within resolve()";
    while (!outcome) uv_run(&loop_, UV_RUN_ONCE);
    return *outcome;
  }

  std::string error_of(const std::string& name, CheckFamily family = CheckFamily::kAny,
                       std::int64_t timeout_ms = 5'000) {
    const auto outcome = resolve(name, family, timeout_ms);
    return outcome.ok() ? "" : outcome.error();
  }

  uv_loop_t loop_{};
  FakeDns dns_;
  std::optional<Resolver> resolver_;
};

TEST_F(ResolverTest, GivesTheAddressesOfAName) {
  dns_.set("www.example.com", {0, {ip("192.0.2.1"), ip("192.0.2.2")}});
  const auto found = resolve("www.example.com", CheckFamily::kV4);
  ASSERT_TRUE(found.ok()) << found.error();
  EXPECT_THAT(found.value(), UnorderedElementsAre(ip("192.0.2.1"), ip("192.0.2.2")));
}

TEST_F(ResolverTest, GivesBothFamiliesUnlessOneIsAsked) {
  dns_.set("www.example.com", {0, {ip("192.0.2.1"), ip("2001:db8::1")}});
  EXPECT_THAT(resolve("www.example.com").value(),
              UnorderedElementsAre(ip("192.0.2.1"), ip("2001:db8::1")));
  EXPECT_THAT(resolve("www.example.com", CheckFamily::kV4).value(), ElementsAre(ip("192.0.2.1")));
  EXPECT_THAT(resolve("www.example.com", CheckFamily::kV6).value(), ElementsAre(ip("2001:db8::1")));
}

TEST_F(ResolverTest, ReadsEtcHosts) {
  EXPECT_THAT(resolve("localhost", CheckFamily::kV4).value(), ElementsAre(ip("127.0.0.1")));
}

TEST_F(ResolverTest, SaysThatANameDoesNotExist) {
  EXPECT_EQ(error_of("gone.example.com"), "no such name");
}

TEST_F(ResolverTest, SaysThatTheFamilyHasNoAddress) {
  dns_.set("www.example.com", {0, {ip("192.0.2.1")}});
  EXPECT_EQ(error_of("www.example.com", CheckFamily::kV6),
            "the name has no address of this family");
}

TEST_F(ResolverTest, SaysThatTheServerFailed) {
  dns_.set("www.example.com", {FakeDns::kServfail, {}});
  EXPECT_EQ(error_of("www.example.com"), "no DNS server gave an answer");
}

TEST_F(ResolverTest, GivesUpAtItsDeadlineWhenTheServerIsSilent) {
  dns_.set("www.example.com", {0, {}, true});
  const std::uint64_t begun = uv_hrtime();
  EXPECT_EQ(error_of("www.example.com", CheckFamily::kAny, 100),
            "the DNS servers did not answer in time");
  EXPECT_LT(uv_hrtime() - begun, 450'000'000U);  // before c-ares' first try ends
}

TEST_F(ResolverTest, AsksAgainWhenAReplyIsLost) {
  dns_.set("www.example.com", {0, {}, true});
  std::optional<Result<Resolver::Addresses>> outcome;
  open({{dns_.endpoint()}, "/nonexistent/resolv.conf"});
  resolver_->resolve("www.example.com", CheckFamily::kV4, 5'000,
                     [&](const auto& found) { outcome = found; });
  while (dns_.queries() == 0) uv_run(&loop_, UV_RUN_ONCE);
  dns_.set("www.example.com", {0, {ip("192.0.2.1")}});
  while (!outcome) uv_run(&loop_, UV_RUN_ONCE);
  ASSERT_TRUE(outcome->ok()) << outcome->error();
  EXPECT_GE(dns_.queries(), 2);
}

TEST_F(ResolverTest, LooksUpManyNamesAtOnce) {
  open({{dns_.endpoint()}, "/nonexistent/resolv.conf"});
  int found_count = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "host" + std::to_string(i) + ".example.com";
    const IpAddress address = ip("192.0.2." + std::to_string(i));
    dns_.set(name, {0, {address}});
    resolver_->resolve(name, CheckFamily::kV4, 5'000, [&, address](const auto& found) {
      EXPECT_TRUE(found.ok());
      if (found.ok()) {
        EXPECT_THAT(found.value(), ElementsAre(address));
      }
      ++found_count;
    });
  }
  while (found_count < 200) uv_run(&loop_, UV_RUN_ONCE);
}

TEST_F(ResolverTest, CallsNobodyBackAfterItsEnd) {
  dns_.set("silent.example.com", {0, {}, true});
  open({{dns_.endpoint()}, "/nonexistent/resolv.conf"});
  bool called = false;
  resolver_->resolve("silent.example.com", CheckFamily::kAny, 50,
                     [&](const auto&) { called = true; });
  resolver_->resolve("localhost", CheckFamily::kAny, 50, [&](const auto&) { called = true; });
  uv_run(&loop_, UV_RUN_NOWAIT);
  const bool before = called;  // localhost may have been answered
  called = false;
  resolver_.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);
  EXPECT_FALSE(called) << before;
}

TEST_F(ResolverTest, FollowsAChangedResolvConf) {
  std::string path = testing::TempDir() + "rhumb-resolv-XXXXXX";
  const int fd = mkstemp(path.data());
  ASSERT_GE(fd, 0);
  close(fd);
  std::ofstream(path) << "nameserver 127.0.0.1\nsearch first.example\n";
  dns_.set("www.first.example", {0, {ip("192.0.2.1")}});
  dns_.set("www.second.example", {0, {ip("192.0.2.2")}});
  open({{dns_.endpoint()}, path});
  EXPECT_THAT(resolve("www", CheckFamily::kV4).value(), ElementsAre(ip("192.0.2.1")));
  std::ofstream(path) << "nameserver 127.0.0.1\nsearch second.example\n# longer\n";
  EXPECT_THAT(resolve("www", CheckFamily::kV4).value(), ElementsAre(ip("192.0.2.2")));
  unlink(path.c_str());
}

// With a dead server and steady lookups there is never a moment without one.
TEST_F(ResolverTest, FollowsAChangedResolvConfWhileALookupIsUnderWay) {
  std::string path = testing::TempDir() + "rhumb-resolv-XXXXXX";
  const int fd = mkstemp(path.data());
  ASSERT_GE(fd, 0);
  close(fd);
  std::ofstream(path) << "nameserver 127.0.0.1\nsearch first.example\n";
  dns_.set("slow.first.example", {0, {}, true});
  dns_.set("www.second.example", {0, {ip("192.0.2.2")}});
  open({{dns_.endpoint()}, path});
  std::optional<Result<Resolver::Addresses>> slow;
  resolver_->resolve("slow", CheckFamily::kV4, 10'000, [&](const auto& found) { slow = found; });
  std::ofstream(path) << "nameserver 127.0.0.1\nsearch second.example\n# longer\n";
  EXPECT_THAT(resolve("www", CheckFamily::kV4).value(), ElementsAre(ip("192.0.2.2")));
  EXPECT_FALSE(slow);
  dns_.set("slow.first.example", {0, {ip("192.0.2.1")}});
  while (!slow) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_THAT(slow->value(), ElementsAre(ip("192.0.2.1")));
  EXPECT_THAT(resolve("www", CheckFamily::kV4).value(), ElementsAre(ip("192.0.2.2")));
  unlink(path.c_str());
}

TEST_F(ResolverTest, KeepsABoundedNumberOfOldStatesOfResolvConf) {
  std::string path = testing::TempDir() + "rhumb-resolv-XXXXXX";
  const int fd = mkstemp(path.data());
  ASSERT_GE(fd, 0);
  close(fd);
  dns_.set("silent.example.com", {0, {}, true});
  open({{dns_.endpoint()}, path});
  std::size_t ended = 0;
  constexpr std::size_t kChanges = 3 * kMaxDrainingChannels;
  for (std::size_t i = 0; i < kChanges; ++i) {
    std::ofstream(path) << "# " << std::string(i, 'x') << "\n";
    resolver_->resolve("silent.example.com.", CheckFamily::kV4, 200, [&](const auto&) { ++ended; });
  }
  while (ended < kChanges) uv_run(&loop_, UV_RUN_ONCE);
  dns_.set("www.example.com", {0, {ip("192.0.2.1")}});
  EXPECT_TRUE(resolve("www.example.com").ok());
  unlink(path.c_str());
}

}  // namespace
}  // namespace rhumb
