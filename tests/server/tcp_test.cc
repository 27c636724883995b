#include "server/tcp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/socket_address.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/view.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;

constexpr const char* kZone =
    "$ORIGIN example.com.\n$TTL 60\n"
    "@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\nns A 192.0.2.53\nwww A 192.0.2.80\n";

test::Bytes framed(const test::Bytes& message) {
  test::Bytes out = {static_cast<std::uint8_t>(message.size() >> 8U),
                     static_cast<std::uint8_t>(message.size())};
  out.insert(out.end(), message.begin(), message.end());
  return out;
}

class TcpThreads : public ::testing::Test {
 protected:
  TcpThreads() { views_.publish(test::view_of({kZone})); }

  void start(TcpLimits limits, int idle_timeout_ms = 60'000) {
    census_ = std::make_unique<TcpCensus>(limits);
    auto bound = bind_listeners(std::span(&endpoint_, 1), 1, false);
    ASSERT_TRUE(bound.errors.empty()) << bound.errors[0];
    std::vector<Listener> listeners;
    for (Listener& listener : bound.listeners) {
      if (listener.transport == Transport::kTcp) listeners.push_back(std::move(listener));
    }
    worker_ = std::make_unique<TcpWorker>(std::move(listeners), *census_, views_,
                                          counters_.add(Transport::kTcp), log_, idle_timeout_ms);
  }

  // A connected socket that gives up reading after five seconds.
  [[nodiscard]] Fd connect_one() const {
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{5, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const SocketAddress to = to_socket_address(endpoint_);
    EXPECT_EQ(connect(fd.get(), to.get(), to.size), 0);
    return fd;
  }

  // One framed reply; empty when the peer closed or was silent.
  static test::Bytes read_reply(const Fd& fd) {
    test::Bytes length = read_octets(fd, 2);
    if (length.empty()) return {};
    return read_octets(fd, static_cast<std::size_t>(length[0]) << 8U | length[1]);
  }

  static test::Bytes read_octets(const Fd& fd, std::size_t size) {
    test::Bytes bytes(size);
    const ssize_t got = recv(fd.get(), bytes.data(), size, MSG_WAITALL);
    return got == static_cast<ssize_t>(size) ? bytes : test::Bytes{};
  }

  static void send_octets(const Fd& fd, const test::Bytes& bytes) {
    ASSERT_EQ(send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  Published<View> views_;
  Counters counters_{0};
  Log log_{LogLevel::kError, LogFormat::kText};
  std::string address_ = test::own_address();
  Endpoint endpoint_{*IpAddress::parse(address_), test::free_port(address_)};
  std::unique_ptr<TcpCensus> census_;
  std::unique_ptr<TcpWorker> worker_;
};

TEST_F(TcpThreads, AnswersAQuestion) {
  start({});
  const auto reply = test::ask(endpoint_, {.name = "www.example.com.", .tcp = true});
  ASSERT_TRUE(reply.has_value());
  EXPECT_THAT(reply->answer, ElementsAre("www.example.com. 60 A 192.0.2.80"));
}

TEST_F(TcpThreads, TellsThoseWhoAskHowLongAConnectionMayBeIdle) {
  start({}, 25'000);
  const Fd fd = connect_one();
  test::Bytes asked = test::encode({.name = "www.example.com.", .edns_size = 1232});
  asked[asked.size() - 1] = 4;
  asked.insert(asked.end(), {0, 11, 0, 0});
  send_octets(fd, framed(asked));
  const test::Bytes reply = read_reply(fd);
  ASSERT_GE(reply.size(), 6U);
  EXPECT_EQ(test::Bytes(reply.end() - 6, reply.end()), (test::Bytes{0, 11, 0, 2, 0, 250}));
}

TEST_F(TcpThreads, AnswersPipelinedQuestionsInOneConnection) {
  start({});
  const Fd fd = connect_one();
  test::Bytes all;
  for (std::uint16_t id = 0; id < 1000; ++id) {
    const test::Bytes one = framed(test::encode({.name = "www.example.com.", .id = id}));
    all.insert(all.end(), one.begin(), one.end());
  }
  send_octets(fd, all);
  for (std::uint16_t id = 0; id < 1000; ++id) {
    const auto reply = test::decode(read_reply(fd));
    ASSERT_TRUE(reply.has_value()) << id;
    EXPECT_EQ(reply->id, id);
  }
}

TEST_F(TcpThreads, CountsWhatItAnswersAndWhatItDrops) {
  start({});
  const Fd fd = connect_one();
  test::Bytes response = test::encode({.name = "www.example.com."});
  response[2] |= 0x80U;
  send_octets(fd, framed(response));
  send_octets(fd, framed(test::Bytes(11)));
  send_octets(fd, framed(test::encode({.name = "www.example.com."})));
  EXPECT_FALSE(read_reply(fd).empty());
  const DnsCounts sum = counters_.sum();
  EXPECT_EQ(sum.dropped[static_cast<std::size_t>(Drop::kResponse)], 1U);
  EXPECT_EQ(sum.dropped[static_cast<std::size_t>(Drop::kShort)], 1U);
  EXPECT_EQ(sum.zones[1].responses[0], 1U);
  EXPECT_TRUE(test::wait_until([this] { return counters_.sum().durations.sum_ns > 0; }));
}

TEST_F(TcpThreads, TakesAQuestionOctetByOctet) {
  start({});
  const Fd fd = connect_one();
  for (const std::uint8_t octet : framed(test::encode({.name = "www.example.com."})))
    send_octets(fd, {octet});
  EXPECT_TRUE(test::decode(read_reply(fd)).has_value());
}

TEST_F(TcpThreads, AnswersWhatWasAskedBeforeThePeerClosedItsHalf) {
  start({});
  const Fd fd = connect_one();
  send_octets(fd, framed(test::encode({.name = "www.example.com."})));
  shutdown(fd.get(), SHUT_WR);
  EXPECT_TRUE(test::decode(read_reply(fd)).has_value());
  EXPECT_TRUE(read_reply(fd).empty());
}

TEST_F(TcpThreads, ClosesAnIdleConnection) {
  start({}, 100);
  const Fd fd = connect_one();
  std::uint8_t octet = 0;
  EXPECT_EQ(recv(fd.get(), &octet, 1, 0), 0);
}

TEST_F(TcpThreads, RefusesConnectionsPastTheLimitOfAClientAndCountsThemOut) {
  start({.connections = 100, .connections_a_client = 2});
  Fd first = connect_one();
  const Fd second = connect_one();
  send_octets(first, framed(test::encode({.name = "www.example.com."})));
  send_octets(second, framed(test::encode({.name = "www.example.com."})));
  EXPECT_FALSE(read_reply(first).empty());
  EXPECT_FALSE(read_reply(second).empty());
  const Fd third = connect_one();
  std::uint8_t octet = 0;
  EXPECT_LE(recv(third.get(), &octet, 1, 0), 0);
  EXPECT_EQ(counters_.sum().dropped[static_cast<std::size_t>(Drop::kConnectionLimit)], 1U);
  first = Fd{};
  EXPECT_TRUE(test::wait_until([this] {
    return test::ask(endpoint_, {.name = "www.example.com.", .tcp = true}, 1000).has_value();
  }));
}

TEST_F(TcpThreads, GoesOnWhenAPeerNeverReads) {
  start({});
  const Fd stalled = connect_one();
  const int small = 4096;
  setsockopt(stalled.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  const test::Bytes question = framed(test::encode({.name = "www.example.com."}));
  test::Bytes many;
  for (int i = 0; i < 1000; ++i) many.insert(many.end(), question.begin(), question.end());
  // Until the server stops reading because its own replies are not taken.
  ssize_t sent = 1;
  while (sent > 0)
    sent = send(stalled.get(), many.data(), many.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  EXPECT_TRUE(test::ask(endpoint_, {.name = "www.example.com.", .tcp = true}).has_value());
}

TEST_F(TcpThreads, StopsWithConnectionsOpen) {
  start({});
  const Fd fd = connect_one();
  send_octets(fd, framed(test::encode({.name = "www.example.com."})));
  EXPECT_FALSE(read_reply(fd).empty());
  worker_.reset();
  std::uint8_t octet = 0;
  EXPECT_LE(recv(fd.get(), &octet, 1, 0), 0);
}

TEST(TcpCensus, CountsAnIpv6ClientByItsSlash56) {
  TcpCensus census({.connections = 3, .connections_a_client = 1});
  EXPECT_TRUE(census.enter(*IpAddress::parse("2001:db8:0:1::1")));
  EXPECT_FALSE(census.enter(*IpAddress::parse("2001:db8:0:2::1")));
  EXPECT_TRUE(census.enter(*IpAddress::parse("2001:db8:0:100::1")));
  census.leave(*IpAddress::parse("2001:db8:0:1::1"));
  EXPECT_TRUE(census.enter(*IpAddress::parse("2001:db8:0:2::1")));
}

TEST(TcpCensus, CountsAllClientsTogether) {
  TcpCensus census({.connections = 2, .connections_a_client = 2});
  EXPECT_TRUE(census.enter(*IpAddress::parse("192.0.2.1")));
  EXPECT_TRUE(census.enter(*IpAddress::parse("192.0.2.2")));
  EXPECT_FALSE(census.enter(*IpAddress::parse("192.0.2.3")));
}

}  // namespace
}  // namespace rhumb
