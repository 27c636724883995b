#include "server/inherited.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

#include "server/control_socket.h"
#include "server/socket_address.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// As a service manager makes it.
Fd bound(const Endpoint& endpoint, int type) {
  Fd fd(socket(endpoint.address.is_v4() ? AF_INET : AF_INET6, type, 0));
  const SocketAddress address = to_socket_address(endpoint);
  EXPECT_EQ(bind(fd.get(), address.get(), address.size), 0);
  if (type == SOCK_STREAM) {
    EXPECT_EQ(listen(fd.get(), 5), 0);
  }
  return fd;
}

std::vector<Fd> list_of(Fd one) {
  std::vector<Fd> list;
  list.push_back(std::move(one));
  return list;
}

Config listening_on(const Endpoint& endpoint) {
  Config config;
  config.listen = {endpoint};
  return config;
}

TEST(Inherited, IsCountedAsTheVariablesSay) {
  EXPECT_EQ(inherited_count("2", "7", 7).value(), 2);
  EXPECT_EQ(inherited_count("2", "8", 7).value(), 0) << "meant for another process";
  EXPECT_EQ(inherited_count("1025", "8", 7).value(), 0) << "whatever it says";
  EXPECT_EQ(inherited_count(nullptr, "7", 7).value(), 0);
  EXPECT_EQ(inherited_count("2", nullptr, 7).value(), 0);
  for (const char* const wrong : {"-1", "1025", "99999999999999999999", "two"}) {
    EXPECT_FALSE(inherited_count(wrong, "7", 7).ok()) << wrong;
  }
}

TEST(Inherited, SocketsAreKnownByAddressAndTransport) {
  const Endpoint endpoint = test::free_endpoint();
  std::vector<Fd> fds = list_of(bound(endpoint, SOCK_DGRAM));
  fds.push_back(bound(endpoint, SOCK_STREAM));
  const Inherited sorted = sort_inherited(std::move(fds), listening_on(endpoint));
  EXPECT_THAT(sorted.warnings, IsEmpty());
  ASSERT_THAT(sorted.sockets.dns, SizeIs(2));
  EXPECT_EQ(sorted.sockets.dns[0].endpoint, endpoint);
  EXPECT_EQ(sorted.sockets.dns[0].transport, Transport::kUdp);
  EXPECT_EQ(sorted.sockets.dns[1].endpoint, endpoint);
  EXPECT_EQ(sorted.sockets.dns[1].transport, Transport::kTcp);
}

TEST(Inherited, ASocketThatListenDoesNotHaveIsServedWithAWarning) {
  const Endpoint endpoint = test::free_endpoint();
  const Endpoint other = test::free_endpoint();
  const Inherited sorted =
      sort_inherited(list_of(bound(other, SOCK_DGRAM)), listening_on(endpoint));
  EXPECT_THAT(sorted.sockets.dns, SizeIs(1));
  ASSERT_THAT(sorted.warnings, SizeIs(1));
  EXPECT_EQ(sorted.warnings[0],
            "a socket for " + to_string(other) +
                " (UDP) is inherited that \"listen\" does not have; it is served");
}

TEST(Inherited, TheApisSocketIsKnownByItsAddress) {
  const Endpoint endpoint = test::free_endpoint();
  Config config;
  config.http.emplace().listen = endpoint;
  const Inherited sorted = sort_inherited(list_of(bound(endpoint, SOCK_STREAM)), config);
  EXPECT_TRUE(sorted.sockets.http.valid());
  EXPECT_EQ(sorted.sockets.http_endpoint, endpoint);
  EXPECT_THAT(sorted.sockets.dns, IsEmpty());
}

TEST(Inherited, TheControlSocketIsKnownByItsFile) {
  const test::TempDir folder;
  Config config;
  config.control_socket = folder.path() + "/./control.sock";
  auto socket = bind_control_socket(folder.path() + "/control.sock");
  ASSERT_TRUE(socket.ok());
  const Inherited sorted = sort_inherited(list_of(std::move(socket).value()), config);
  EXPECT_TRUE(sorted.sockets.control.valid());
  EXPECT_THAT(sorted.warnings, IsEmpty());
  auto other = bind_control_socket(folder.path() + "/other.sock");
  ASSERT_TRUE(other.ok());
  EXPECT_THAT(sort_inherited(list_of(std::move(other).value()), config).warnings,
              ElementsAre(HasSubstr("/other.sock\" is not \"controlSocket\", and is closed")));
}

TEST(Inherited, WhatIsOfNoUseIsClosedWithAWarning) {
  EXPECT_THAT(sort_inherited(list_of(Fd(open("/dev/null", O_RDONLY | O_CLOEXEC))), {}).warnings,
              ElementsAre(HasSubstr(" is no socket, and is closed")));
  EXPECT_THAT(
      sort_inherited(list_of(Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))), {}).warnings,
      ElementsAre(HasSubstr(" is a TCP connection, and is closed")));
  EXPECT_THAT(
      sort_inherited(list_of(Fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))), {}).warnings,
      ElementsAre(HasSubstr(" is of no use here, and is closed")));
}

TEST(Inherited, AnIpv6SocketThatTakesIpv4TooIsWarnedOf) {
  const Endpoint any{IpAddress::v6(std::array<std::uint8_t, 16>{}), test::free_port("127.0.0.1")};
  Fd fd(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int off = 0;
  setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  const SocketAddress address = to_socket_address(any);
  if (!fd.valid() || bind(fd.get(), address.get(), address.size) != 0) GTEST_SKIP() << "no IPv6";
  EXPECT_THAT(sort_inherited(list_of(std::move(fd)), {}).warnings,
              ElementsAre(HasSubstr("takes IPv4 clients too")));
}

}  // namespace
}  // namespace rhumb
