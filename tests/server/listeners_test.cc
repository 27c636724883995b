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
using ::testing::IsEmpty;
using ::testing::SizeIs;
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
  ASSERT_THAT(bound.errors, IsEmpty());
  std::vector<std::pair<Transport, int>> kinds;
  for (const Listener& listener : bound.listeners) {
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
  ASSERT_THAT(first.errors, IsEmpty());
  const auto second = bind_listeners(std::span(&endpoint, 1), 2, false);
  ASSERT_THAT(second.errors, SizeIs(1));
  EXPECT_THAT(second.listeners, IsEmpty());
  EXPECT_THAT(second.errors[0], StartsWith("cannot listen on " + to_string(endpoint) + " (UDP): "));
  EXPECT_THAT(second.errors[0], HasSubstr("another server has this port"));
}

TEST(Listeners, SaysThatAnAddressIsNotOfThisMachine) {
  const Endpoint endpoint{*IpAddress::parse("203.0.113.1"), 53535};
  const auto bound = bind_listeners(std::span(&endpoint, 1), 1, false);
  ASSERT_THAT(bound.errors, SizeIs(1));
  EXPECT_THAT(bound.errors[0], HasSubstr("no interface of this machine has this address"));
}

TEST(Listeners, NamesEveryAddressThatCannotBeHad) {
  const std::vector<Endpoint> endpoints = {{*IpAddress::parse("203.0.113.1"), 53535},
                                           free_endpoint(),
                                           {*IpAddress::parse("198.51.100.2"), 53535}};
  const auto bound = bind_listeners(endpoints, 1, false);
  ASSERT_THAT(bound.errors, SizeIs(2));
  EXPECT_THAT(bound.errors[0], HasSubstr("203.0.113.1:53535"));
  EXPECT_THAT(bound.errors[1], HasSubstr("198.51.100.2:53535"));
  EXPECT_THAT(bound.listeners, IsEmpty());
}

TEST(Listeners, PassesOverAnAddressOnlyWhenToldTo) {
  const std::vector<Endpoint> endpoints = {free_endpoint(),
                                           {*IpAddress::parse("203.0.113.1"), 53535}};
  const auto bound = bind_listeners(endpoints, 1, true);
  ASSERT_THAT(bound.errors, IsEmpty());
  EXPECT_EQ(bound.listeners.size(), 2U);
  ASSERT_EQ(bound.warnings.size(), 1U);
  EXPECT_THAT(bound.warnings[0], StartsWith("cannot listen on 203.0.113.1:53535 (UDP)"));
}

TEST(Listeners, MakesAtMost64UdpSocketsForManyWorkers) {
  const Endpoint endpoint = free_endpoint();
  const auto bound = bind_listeners(std::span(&endpoint, 1), 70, false);
  ASSERT_THAT(bound.errors, IsEmpty());
  int udp = 0;
  for (const Listener& listener : bound.listeners)
    udp += listener.transport == Transport::kUdp ? 1 : 0;
  EXPECT_EQ(udp, kMaxUdpThreads);
}

TEST(Listeners, KeepsIpv6SocketsToIpv6) {
  const Endpoint endpoint{*IpAddress::parse("::1"), test::free_port("127.0.0.1")};
  const auto bound = bind_listeners(std::span(&endpoint, 1), 1, false);
  if (!bound.errors.empty()) GTEST_SKIP() << "no IPv6 here: " << bound.errors[0];
  for (const Listener& listener : bound.listeners) {
    EXPECT_EQ(option(listener.fd.get(), IPPROTO_IPV6, IPV6_V6ONLY), 1);
  }
}

TEST(Listeners, UdpSocketsBelieveNoWordOnThePathsMtu) {
  for (const Endpoint& endpoint :
       {free_endpoint(), Endpoint{*IpAddress::parse("::1"), test::free_port("127.0.0.1")}}) {
    const bool is_v4 = endpoint.address.is_v4();
    const auto bound = bind_listeners(std::span(&endpoint, 1), 1, false);
    if (!is_v4 && !bound.errors.empty()) GTEST_SKIP() << "no IPv6 here: " << bound.errors[0];
    ASSERT_THAT(bound.errors, IsEmpty());
    const int fd = bound.listeners[0].fd.get();
    ASSERT_EQ(bound.listeners[0].transport, Transport::kUdp);
    EXPECT_EQ(is_v4 ? option(fd, IPPROTO_IP, IP_MTU_DISCOVER)
                    : option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER),
              is_v4 ? IP_PMTUDISC_OMIT : IPV6_PMTUDISC_OMIT);
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
