// Which pool a connection that is kept belongs to.
#include "server/connection_pools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace rhumb {
namespace {

using testing::Each;
using testing::Le;
using testing::Pair;
using testing::SizeIs;

TransferRequest request_to(const std::string& address, Scheme scheme = Scheme::kHttp) {
  TransferRequest request;
  request.scheme = scheme;
  request.address = *IpAddress::parse(address);
  request.reuse = true;
  return request;
}

TEST(ConnectionPools, AreOneForAFew) {
  ConnectionPools pools;
  pools.keep(100);
  EXPECT_EQ(pools.pool_of(request_to("192.0.2.1")), 0U);
  EXPECT_EQ(pools.pool_of(request_to("192.0.2.2")), 0U);
  EXPECT_EQ(pools.size_of(0), 100U);
}

TEST(ConnectionPools, HoldAShareOfManyTargetsEach) {
  ConnectionPools pools;
  pools.keep(10'000);
  std::map<std::size_t, std::size_t> counts;
  for (int i = 0; i < 10'000; ++i) {
    const std::string address = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    ++counts[pools.pool_of(request_to(address))];
  }
  EXPECT_THAT(counts, SizeIs(kMaxPools));
  EXPECT_THAT(counts, Each(Pair(testing::_, Le(pools.size_of(0)))));
}

TEST(ConnectionPools, HoldNotMuchMoreThanIsKept) {
  for (const std::size_t count : {128U, 512U, 1'000U, 10'000U, 65'536U}) {
    ConnectionPools pools;
    pools.keep(count);
    EXPECT_LE(pools.size_of(0) * std::min(kMaxPools, count / kConnectionsPerPool),
              count * 3 / 2 + kConnectionsPerPool)
        << count;
  }
}

TEST(ConnectionPools, KeepOneTargetInOnePool) {
  ConnectionPools pools;
  pools.keep(10'000);
  TransferRequest other = request_to("192.0.2.1");
  other.path = "/other";
  EXPECT_EQ(pools.pool_of(request_to("192.0.2.1")), pools.pool_of(other));
}

// Each has its own copy of the CAs.
TEST(ConnectionPools, AreFewAndApartOverTls) {
  ConnectionPools pools;
  pools.keep(10'000);
  std::map<std::size_t, std::size_t> counts;
  for (int i = 0; i < 250; ++i) {
    ++counts[pools.pool_of(request_to("192.0.2." + std::to_string(i), Scheme::kHttps))];
  }
  EXPECT_THAT(counts, SizeIs(kMaxTlsPools));
  EXPECT_GE(counts.begin()->first, kMaxPools);
  EXPECT_GT(pools.size_of(kMaxPools) * kMaxTlsPools, 10'000U);
}

TEST(ConnectionPools, NeverBecomeFewer) {
  ConnectionPools pools;
  pools.keep(10'000);
  const std::size_t before = pools.pool_of(request_to("192.0.2.1"));
  pools.keep(10);
  EXPECT_EQ(pools.pool_of(request_to("192.0.2.1")), before);
}

TEST(ConnectionPools, LeaveWhatIsNotKeptInTheFirst) {
  ConnectionPools pools;
  pools.keep(10'000);
  TransferRequest request = request_to("192.0.2.1", Scheme::kHttps);
  request.reuse = false;
  EXPECT_EQ(pools.pool_of(request), 0U);
}

}  // namespace
}  // namespace rhumb
