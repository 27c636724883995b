#include "server/listeners.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "server/socket_address.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  getsockopt(fd, level, name, &value, &size);
  return value;
}

TEST(Listeners, BindsUdpAndTcpForEveryWorker) {
  const Endpoint endpoint = test::free_endpoint();
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
  const Endpoint endpoint = test::free_endpoint();
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
                                           test::free_endpoint(),
                                           {*IpAddress::parse("198.51.100.2"), 53535}};
  const auto bound = bind_listeners(endpoints, 1, false);
  ASSERT_THAT(bound.errors, SizeIs(2));
  EXPECT_THAT(bound.errors[0], HasSubstr("203.0.113.1:53535"));
  EXPECT_THAT(bound.errors[1], HasSubstr("198.51.100.2:53535"));
  EXPECT_THAT(bound.listeners, IsEmpty());
}

TEST(Listeners, PassesOverAnAddressOnlyWhenToldTo) {
  const std::vector<Endpoint> endpoints = {test::free_endpoint(),
                                           {*IpAddress::parse("203.0.113.1"), 53535}};
  const auto bound = bind_listeners(endpoints, 1, true);
  ASSERT_THAT(bound.errors, IsEmpty());
  EXPECT_EQ(bound.listeners.size(), 2U);
  ASSERT_EQ(bound.warnings.size(), 1U);
  EXPECT_THAT(bound.warnings[0], StartsWith("cannot listen on 203.0.113.1:53535 (UDP)"));
}

TEST(Listeners, MakesAtMost64UdpSocketsForManyWorkers) {
  const Endpoint endpoint = test::free_endpoint();
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
       {test::free_endpoint(), Endpoint{*IpAddress::parse("::1"), test::free_port("127.0.0.1")}}) {
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

// A connection that came in at the listener.
Fd accept_one(const Listener& listener) {
  const Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketAddress to = to_socket_address(listener.endpoint);
  EXPECT_EQ(connect(client.get(), to.get(), to.size), 0);
  return Fd(accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

TEST(Listeners, TcpConnectionsSendAtOnceAndHaveSmallBuffersAsTheirListenersSay) {
  const Endpoint endpoint = test::free_endpoint();
  const auto bound = bind_listeners(std::span(&endpoint, 1), 1, false);
  ASSERT_THAT(bound.errors, IsEmpty());
  ASSERT_EQ(bound.listeners[1].transport, Transport::kTcp);
  const Fd connection = accept_one(bound.listeners[1]);
  ASSERT_TRUE(connection.valid());
  EXPECT_EQ(option(connection.get(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(connection.get(), SOL_SOCKET, SO_SNDBUF), 2 * (64 << 10));
}

// Sockets as another server would hand them over: `workers` for UDP and as many for TCP.
std::vector<Listener> given(const Endpoint& endpoint, int workers) {
  auto bound = bind_listeners(std::span(&endpoint, 1), workers, false);
  EXPECT_THAT(bound.errors, IsEmpty());
  return std::move(bound.listeners);
}

std::vector<int> workers_of(const std::vector<Listener>& listeners, Transport transport) {
  std::vector<int> workers;
  for (const Listener& listener : listeners) {
    if (listener.transport == transport) workers.push_back(listener.worker);
  }
  return workers;
}

TEST(Listeners, EachGivenSocketIsReadByFewerWorkersToo) {
  const Endpoint endpoint = test::free_endpoint();
  const auto bound = bind_listeners(std::span(&endpoint, 1), 2, false, given(endpoint, 3));
  ASSERT_THAT(bound.errors, IsEmpty());
  EXPECT_EQ(workers_of(bound.listeners, Transport::kUdp), (std::vector{0, 1, 0}));
  EXPECT_EQ(workers_of(bound.listeners, Transport::kTcp), (std::vector{0, 1, 0}));
  for (const Listener& listener : bound.listeners) EXPECT_FALSE(listener.is_copy);
}

TEST(Listeners, MoreWorkersShareTheGivenSockets) {
  const Endpoint endpoint = test::free_endpoint();
  const auto bound = bind_listeners(std::span(&endpoint, 1), 3, false, given(endpoint, 1));
  ASSERT_THAT(bound.errors, IsEmpty());
  EXPECT_EQ(workers_of(bound.listeners, Transport::kUdp), (std::vector{0, 1, 2}));
  EXPECT_EQ(workers_of(bound.listeners, Transport::kTcp), (std::vector{0, 1, 2}));
  int copies = 0;
  for (const Listener& listener : bound.listeners) copies += listener.is_copy ? 1 : 0;
  EXPECT_EQ(copies, 4);
}

TEST(Listeners, WhatIsGivenIsSetUpAsIfItHadBeenBoundHere) {
  const Endpoint endpoint = test::free_endpoint();
  std::vector<Listener> sockets = given(endpoint, 1);
  for (const Listener& socket : sockets) {
    const bool is_udp = socket.transport == Transport::kUdp;
    const int flags = fcntl(socket.fd.get(), F_GETFL) & ~O_NONBLOCK;
    fcntl(socket.fd.get(), F_SETFL, is_udp ? flags | O_NONBLOCK : flags);
  }
  const auto bound = bind_listeners(std::span(&endpoint, 1), 1, false, std::move(sockets));
  ASSERT_THAT(bound.listeners, SizeIs(2));
  for (const Listener& listener : bound.listeners) {
    const bool blocks = (fcntl(listener.fd.get(), F_GETFL) & O_NONBLOCK) == 0;
    EXPECT_EQ(blocks, listener.transport == Transport::kUdp);
  }
}

TEST(Listeners, BindsWhatIsNotGivenAndLeavesWhatIsNotWanted) {
  const Endpoint kept = test::free_endpoint();
  const Endpoint fresh = test::free_endpoint();
  const Endpoint gone = test::free_endpoint();
  std::vector<Listener> sockets = given(kept, 1);
  for (Listener& socket : given(gone, 1)) sockets.push_back(std::move(socket));
  const std::vector<Endpoint> wanted = {fresh, kept};
  const auto bound = bind_listeners(wanted, 1, false, std::move(sockets));
  ASSERT_THAT(bound.errors, IsEmpty());
  ASSERT_THAT(bound.listeners, SizeIs(4));
  EXPECT_EQ(bound.listeners[0].endpoint, fresh);
  EXPECT_EQ(bound.listeners[2].endpoint, kept);
  ASSERT_THAT(bound.unused, SizeIs(2));
  EXPECT_EQ(bound.unused[0].endpoint, gone);
}

TEST(Listeners, RefusesMoreGivenSocketsThanCanBeRead) {
  const Endpoint endpoint = test::free_endpoint();
  std::vector<Listener> sockets = given(endpoint, 1);
  const Fd udp = copy_of(sockets[0].fd);
  for (int i = 0; i < kMaxGivenUdpSockets; ++i) {
    sockets.push_back({endpoint, Transport::kUdp, i, copy_of(udp), false});
  }
  const auto bound = bind_listeners(std::span(&endpoint, 1), 1, false, std::move(sockets));
  ASSERT_THAT(bound.errors, SizeIs(1));
  EXPECT_THAT(bound.errors[0], StartsWith("there are 129 UDP sockets to read, and 128 at most"));
  EXPECT_THAT(bound.listeners, IsEmpty());
}

TEST(SocketAddress, SurvivesTheRoundTrip) {
  for (const char* text : {"192.0.2.7:53", "[2001:db8::7]:5353"}) {
    const Endpoint endpoint = Endpoint::parse(text).value();
    EXPECT_EQ(to_endpoint(to_socket_address(endpoint).get()), endpoint);
  }
}

}  // namespace
}  // namespace rhumb
