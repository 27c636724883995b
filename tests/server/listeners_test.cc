#include "server/listeners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "server/socket_address.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Endpoint free_endpoint() {
  const std::string address = test::own_address();
  return {*IpAddress::parse(address), test::free_port(address)};
}

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  getsockopt(fd, level, name, &value, &size);
  return value;
}

TEST(Listeners, BindsUdpAndTcpForEveryWorker) {
  const Endpoint endpoint = free_endpoint();
  const auto bound = bind_listeners(std::span(&endpoint, 1), 2, false);
  ASSERT_TRUE(bound.ok()) << bound.error();
  std::vector<std::pair<Transport, int>> kinds;
  for (const Listener& listener : bound.value().listeners) {
    EXPECT_EQ(listener.endpoint, endpoint);
    EXPECT_TRUE(listener.fd.valid());
    kinds.emplace_back(listener.transport, listener.worker);
  }
  const std::vector<std::pair<Transport, int>> expected = {
      {Transport::kUdp, 0}, {Transport::kUdp, 1}, {Transport::kTcp, 0}, {Transport::kTcp, 1}};
  EXPECT_EQ(kinds, expected);
}

TEST(Listeners, RefusesAPortInUseByAServerThatSharesIt) {
  const Endpoint endpoint = free_endpoint();
  const auto first = bind_listeners(std::span(&endpoint, 1), 2, false);
  ASSERT_TRUE(first.ok()) << first.error();
  const auto second = bind_listeners(std::span(&endpoint, 1), 2, false);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error(), StartsWith("cannot listen on " + to_string(endpoint) + " (UDP): "));
  EXPECT_THAT(second.error(), HasSubstr("another server has this port"));
}

TEST(Listeners, SaysThatAnAddressIsNotOfThisMachine) {
  const Endpoint endpoint{*IpAddress::parse("192.0.2.1"), 53535};
  const auto bound = bind_listeners(std::span(&endpoint, 1), 1, false);
  ASSERT_FALSE(bound.ok());
  EXPECT_THAT(bound.error(), HasSubstr("no interface of this machine has this address"));
}

TEST(Listeners, PassesOverAnAddressOnlyWhenToldTo) {
  const std::vector<Endpoint> endpoints = {free_endpoint(),
                                           {*IpAddress::parse("192.0.2.1"), 53535}};
  const auto bound = bind_listeners(endpoints, 1, true);
  ASSERT_TRUE(bound.ok()) << bound.error();
  EXPECT_EQ(bound.value().listeners.size(), 2U);
  ASSERT_EQ(bound.value().warnings.size(), 1U);
  EXPECT_THAT(bound.value().warnings[0], StartsWith("cannot listen on 192.0.2.1:53535 (UDP)"));
}

TEST(Listeners, MakesAtMost64UdpSocketsForManyWorkers) {
  const Endpoint endpoint = free_endpoint();
  const auto bound = bind_listeners(std::span(&endpoint, 1), 70, false);
  ASSERT_TRUE(bound.ok()) << bound.error();
  int udp = 0;
  for (const Listener& listener : bound.value().listeners)
    udp += listener.transport == Transport::kUdp ? 1 : 0;
  EXPECT_EQ(udp, kMaxUdpThreads);
}

TEST(Listeners, KeepsIpv6SocketsToIpv6) {
  const Endpoint endpoint{*IpAddress::parse("::1"), test::free_port("127.0.0.1")};
  const auto bound = bind_listeners(std::span(&endpoint, 1), 1, false);
  if (!bound.ok()) GTEST_SKIP() << "no IPv6 here: " << bound.error();
  for (const Listener& listener : bound.value().listeners) {
    EXPECT_EQ(option(listener.fd.get(), IPPROTO_IPV6, IPV6_V6ONLY), 1);
  }
}

TEST(SocketAddress, SurvivesTheRoundTrip) {
  for (const char* text : {"192.0.2.7:53", "[2001:db8::7]:5353"}) {
    const Endpoint endpoint = Endpoint::parse(text).value();
    EXPECT_EQ(to_endpoint(to_socket_address(endpoint).get()), endpoint);
  }
}

}  // namespace
}  // namespace rhumb
