#include "server/udp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "server/socket_address.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/view.h"

namespace {

// Of a batch, what the kernel takes in one call; and of which call it takes nothing. 0: never.
std::atomic<unsigned> most_at_once = 1'024;
std::atomic<int> refused_call = 0;

}  // namespace

// In place of the C library's, for this program alone: a kernel that takes part of a batch.
extern "C" int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  const unsigned most = most_at_once;
  if (refused_call > 0 && --refused_call == 0) {
    errno = EPERM;
    return -1;
  }
  return static_cast<int>(syscall(SYS_sendmmsg, fd, messages, std::min(count, most), flags));
}

namespace rhumb {
namespace {

using ::testing::ElementsAre;

constexpr const char* kUdpZone =
    "$ORIGIN example.com.\n$TTL 60\n"
    "@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\nns A 192.0.2.53\nwww A 192.0.2.80\n";

std::vector<std::unique_ptr<UdpWorker>> start_workers(const Endpoint& endpoint,
                                                      Published<View>& views, Counters& counters,
                                                      TapPort& tap, RateLimiter& limiter,
                                                      Log& log) {
  auto bound = bind_listeners(std::span(&endpoint, 1), 1, false);
  EXPECT_TRUE(bound.errors.empty()) << bound.errors[0];
  std::vector<std::unique_ptr<UdpWorker>> workers;
  for (Listener& listener : bound.listeners) {
    if (listener.transport == Transport::kTcp) continue;
    workers.push_back(std::make_unique<UdpWorker>(
        std::move(listener), views, counters.add(Transport::kUdp), tap, limiter, log));
  }
  return workers;
}

class UdpThreads : public ::testing::Test {
 protected:
  UdpThreads() { views_.publish(test::view_of({kUdpZone})); }
  Published<View> views_;
  Counters counters_{0};
  TapPort tap_;
  Log log_{LogLevel::kError, LogFormat::kText};
  RateLimiter limiter_{1, log_};
  std::string address_ = test::own_address();
  Endpoint endpoint_{*IpAddress::parse(address_), test::free_port(address_)};
};

TEST_F(UdpThreads, AnswersAQuestion) {
  const auto workers = start_workers(endpoint_, views_, counters_, tap_, limiter_, log_);
  const auto reply = test::ask(endpoint_, {.name = "WwW.example.com."});
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->rcode, "NOERROR");
  EXPECT_EQ(reply->question, "WwW.example.com. A");
  EXPECT_THAT(reply->answer, ElementsAre("www.example.com. 60 A 192.0.2.80"));
}

// How many of a batch's questions are answered. They wait in the socket before its worker starts.
class UdpBatchThreads : public UdpThreads {
 protected:
  static constexpr int kQuestions = 16;

  ~UdpBatchThreads() override {
    most_at_once = 1'024;
    refused_call = 0;
  }
  int answered() {
    auto bound = bind_listeners(std::span(&endpoint_, 1), 1, false);
    EXPECT_TRUE(bound.errors.empty()) << bound.errors[0];
    const SocketAddress to = to_socket_address(endpoint_);
    const Fd client(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(client.get(), to.get(), to.size), 0);
    const test::Bytes question = test::encode({.name = "www.example.com."});
    for (int i = 0; i < kQuestions; ++i) {
      EXPECT_GT(send(client.get(), question.data(), question.size(), 0), 0);
    }
    std::vector<std::unique_ptr<UdpWorker>> workers;
    for (Listener& listener : bound.listeners) {
      if (listener.transport == Transport::kTcp) continue;
      workers.push_back(std::make_unique<UdpWorker>(
          std::move(listener), views_, counters_.add(Transport::kUdp), tap_, limiter_, log_));
    }
    int replies = 0;
    std::array<std::uint8_t, 512> reply{};
    EXPECT_TRUE(test::wait_until([&] {
      while (recv(client.get(), reply.data(), reply.size(), MSG_DONTWAIT) > 0) ++replies;
      return replies + not_sent() == kQuestions;
    }));
    return replies;
  }
  [[nodiscard]] int not_sent() const {
    return static_cast<int>(counters_.sum().dropped[static_cast<std::size_t>(Drop::kNotSent)]);
  }
};

TEST_F(UdpBatchThreads, GoesOnWhereTheKernelTookPartOfABatch) {
  most_at_once = 3;
  EXPECT_EQ(answered(), kQuestions);
  EXPECT_EQ(not_sent(), 0);
}

TEST_F(UdpBatchThreads, DropsTheReplyThatTheKernelRefusesAndSendsTheRest) {
  most_at_once = 3;
  refused_call = 2;
  EXPECT_EQ(answered(), kQuestions - 1);
  EXPECT_EQ(not_sent(), 1);
}

TEST_F(UdpThreads, StaysSilentToAReply) {
  const auto workers = start_workers(endpoint_, views_, counters_, tap_, limiter_, log_);
  test::Bytes message = test::encode({.name = "www.example.com."});
  message[2] |= 0x80U;
  EXPECT_FALSE(test::exchange_udp(endpoint_, message, 200).has_value());
  EXPECT_TRUE(test::ask(endpoint_, {.name = "www.example.com."}).has_value());
}

TEST_F(UdpThreads, RepliesFromTheAskedAddressOnAWildcardSocket) {
  const Endpoint any{IpAddress{}, endpoint_.port};
  const auto workers = start_workers(any, views_, counters_, tap_, limiter_, log_);
  const Endpoint asked{*IpAddress::parse(test::own_address(3)), endpoint_.port};
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const timeval patience{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const SocketAddress to = to_socket_address(asked);
  const test::Bytes message = test::encode({.name = "www.example.com."});
  ASSERT_GT(sendto(fd, message.data(), message.size(), 0, to.get(), to.size), 0);
  std::array<std::uint8_t, 512> reply{};
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  ASSERT_GT(recvfrom(fd, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), &size),
            0);
  EXPECT_EQ(to_string(to_endpoint(reinterpret_cast<sockaddr*>(&from))), to_string(asked));
  close(fd);
}

TEST_F(UdpThreads, InTheEndItAnswersWhatHasCome) {
  constexpr int kQuestions = 100;  // for which any socket has room
  auto workers = start_workers(endpoint_, views_, counters_, tap_, limiter_, log_);
  const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const SocketAddress to = to_socket_address(endpoint_);
  ASSERT_EQ(connect(fd.get(), to.get(), to.size), 0);
  const test::Bytes message = test::encode({.name = "www.example.com."});
  for (int i = 0; i < kQuestions; ++i)
    ASSERT_GT(send(fd.get(), message.data(), message.size(), 0), 0);
  workers.clear();
  std::array<std::uint8_t, 512> reply{};
  int replies = 0;
  while (recv(fd.get(), reply.data(), reply.size(), MSG_DONTWAIT) > 0) ++replies;
  EXPECT_EQ(replies, kQuestions);
}

TEST_F(UdpThreads, AnswersFromWhatWasPublishedLast) {
  const auto workers = start_workers(endpoint_, views_, counters_, tap_, limiter_, log_);
  std::string other = kUdpZone;
  other.replace(other.find("192.0.2.80"), 10, "192.0.2.81");
  for (int i = 0; i < 50; ++i) {
    views_.publish(test::view_of({i % 2 == 0 ? other : kUdpZone}));
    const auto reply = test::ask(endpoint_, {.name = "www.example.com."});
    ASSERT_TRUE(reply.has_value());
    EXPECT_THAT(reply->answer, ElementsAre(i % 2 == 0 ? "www.example.com. 60 A 192.0.2.81"
                                                      : "www.example.com. 60 A 192.0.2.80"));
  }
  EXPECT_TRUE(test::wait_until([this] { return views_.sweep() == 0; }));
}

TEST_F(UdpThreads, CountsWhatItAnswersAndWhatItDrops) {
  const auto workers = start_workers(endpoint_, views_, counters_, tap_, limiter_, log_);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(test::ask(endpoint_, {.name = "www.example.com."}));
  test::Bytes response = test::encode({.name = "www.example.com."});
  response[2] |= 0x80U;
  EXPECT_FALSE(test::exchange_udp(endpoint_, response, 1).has_value());
  EXPECT_FALSE(test::exchange_udp(endpoint_, test::Bytes(11), 1).has_value());
  EXPECT_FALSE(test::exchange_udp(endpoint_, test::Bytes(4097), 1).has_value());
  const auto dropped = [this](Drop reason) {
    return counters_.sum().dropped[static_cast<std::size_t>(reason)];
  };
  EXPECT_TRUE(test::wait_until([&] {
    return dropped(Drop::kResponse) == 1 && dropped(Drop::kShort) == 1 &&
           dropped(Drop::kOversize) == 1;
  }));
  EXPECT_EQ(counters_.sum().zones[1].responses[0], 3U);
  EXPECT_TRUE(test::wait_until([&] {
    const DnsCounts sum = counters_.sum();
    return std::accumulate(sum.durations.counts.begin(), sum.durations.counts.end(), 0U) == 3U;
  }));
}

// A View of the zone in which this limits replies.
std::unique_ptr<const View> limited_view(const RateLimits& limits) {
  auto view = std::make_unique<View>(*test::view_of({kUdpZone}));
  view->options.rate_limits = std::make_shared<const RateLimits>(limits);
  return view;
}

TEST_F(UdpThreads, SendsToTcpOverTheLimit) {
  views_.publish(limited_view({.responses_per_second = 1, .slip = 1}));
  const auto workers = start_workers(endpoint_, views_, counters_, tap_, limiter_, log_);
  // A second's silence would free it again, but not ten questions in a row of a patient client.
  bool is_full = false;
  std::optional<test::Reply> reply;
  ASSERT_TRUE(test::wait_until([&] {
    reply = test::ask(endpoint_, {.name = "www.example.com.", .edns_size = 1232});
    if (!reply) return false;
    is_full = is_full || !reply->answer.empty();
    return is_full && reply->tc;
  }));
  EXPECT_EQ(reply->rcode, "NOERROR");
  EXPECT_EQ(reply->question, "www.example.com. A");
  EXPECT_THAT(reply->answer, ElementsAre());
  EXPECT_TRUE(reply->edns);
  EXPECT_FALSE(reply->aa);
}

TEST_F(UdpThreads, CountsWhatTheLimitWithholds) {
  views_.publish(limited_view({.responses_per_second = 1, .slip = 0}));
  const auto workers = start_workers(endpoint_, views_, counters_, tap_, limiter_, log_);
  EXPECT_TRUE(test::wait_until([&] {
    test::exchange_udp(endpoint_, test::encode({.name = "www.example.com."}), 1);
    return counters_.sum().withheld[static_cast<std::size_t>(Withheld::kDropped)] > 2;
  }));
  EXPECT_EQ(counters_.withheld()[static_cast<std::size_t>(Withheld::kSlipped)], 0U);
}

}  // namespace
}  // namespace rhumb
