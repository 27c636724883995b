#include "server/tcp.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <list>
#include <thread>
#include <utility>
#include <vector>

#include "server/socket_address.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/view.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;

constexpr const char* kTcpZone =
    "$ORIGIN example.com.\n$TTL 60\n"
    "@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\nns A 192.0.2.53\nwww A 192.0.2.80\n";

test::Bytes framed(const test::Bytes& message) {
  test::Bytes out = {static_cast<std::uint8_t>(message.size() >> 8U),
                     static_cast<std::uint8_t>(message.size())};
  out.insert(out.end(), message.begin(), message.end());
  return out;
}

// While it stands, this process has all descriptors that it may have.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = kFew;
    setrlimit(RLIMIT_NOFILE, &few);
    while (taken_.size() < kFew) {
      Fd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
      if (!fd.valid()) break;
      taken_.push_back(std::move(fd));
    }
  }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
  ~NoMoreDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  static constexpr std::size_t kFew = 256;

  rlimit before_{};
  std::vector<Fd> taken_;
};

class TcpThreads : public ::testing::Test {
 protected:
  TcpThreads() { views_.publish(test::view_of({kTcpZone})); }

  void start(TcpLimits limits, int idle_timeout_ms = 60'000) {
    census_ = std::make_unique<TcpCensus>(limits);
    auto bound = bind_listeners(std::span(&endpoint_, 1), 1, false);
    ASSERT_TRUE(bound.errors.empty()) << bound.errors[0];
    std::vector<Listener> listeners;
    for (Listener& listener : bound.listeners) {
      if (listener.transport == Transport::kTcp) listeners.push_back(std::move(listener));
    }
    worker_ =
        std::make_unique<TcpWorker>(std::move(listeners), *census_, views_,
                                    counters_.add(Transport::kTcp), tap_, log_, idle_timeout_ms);
  }

  // A socket that gives up reading after five seconds.
  [[nodiscard]] static Fd unconnected() {
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{5, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
  }

  // The same, connected.
  [[nodiscard]] Fd connect_one() const {
    Fd fd = unconnected();
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

  // Long enough for the loop's clock to show another time.
  static void wait_a_tick() {
    const double begun_ms = test::now_ms();
    EXPECT_TRUE(test::wait_until([&] { return test::now_ms() > begun_ms + 2; }));
  }

  Published<View> views_;
  Counters counters_{0};
  TapPort tap_;
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

TEST_F(TcpThreads, ClosesTheIdleOneOfSeveralWhenItsTimeIsOver) {
  constexpr int kIdleMs = 400;
  start({}, kIdleMs);
  const double begun_ms = test::now_ms();
  const test::Bytes question = framed(test::encode({.name = "www.example.com."}));
  const Fd idle = connect_one();
  const Fd busy = connect_one();
  bool is_open = true;
  while (is_open && test::now_ms() < begun_ms + test::kPatienceMs) {
    send_octets(busy, question);
    ASSERT_FALSE(read_reply(busy).empty());
    std::uint8_t octet = 0;
    is_open = recv(idle.get(), &octet, 1, MSG_DONTWAIT) != 0;
  }
  EXPECT_FALSE(is_open);
  EXPECT_GE(test::now_ms() - begun_ms, kIdleMs - 50);
  std::uint8_t octet = 0;
  EXPECT_EQ(recv(busy.get(), &octet, 1, 0), 0);  // in its turn
}

TEST_F(TcpThreads, AConnectionPastTheLimitOfAClientTakesThePlaceOfTheIdlest) {
  start({.connections = 100, .connections_a_client = 2});
  const test::Bytes question = framed(test::encode({.name = "www.example.com."}));
  const Fd first = connect_one();
  const Fd second = connect_one();
  send_octets(second, question);
  EXPECT_FALSE(read_reply(second).empty());
  wait_a_tick();
  send_octets(first, question);  // so that it is not the idlest, though the oldest
  EXPECT_FALSE(read_reply(first).empty());
  wait_a_tick();
  const Fd third = connect_one();
  send_octets(third, question);
  EXPECT_FALSE(read_reply(third).empty());
  EXPECT_TRUE(read_reply(second).empty());
  send_octets(first, question);
  EXPECT_FALSE(read_reply(first).empty());
  EXPECT_EQ(counters_.sum().dropped[static_cast<std::size_t>(Drop::kConnectionLimit)], 1U);
}

TEST_F(TcpThreads, WithoutADescriptorLeftThoseWhoAreInAreAnsweredAndTheNextIsTurnedAway) {
  start({});
  const test::Bytes question = framed(test::encode({.name = "www.example.com."}));
  const Fd first = connect_one();
  send_octets(first, question);
  EXPECT_FALSE(read_reply(first).empty());
  const Fd second = unconnected();
  {
    const NoMoreDescriptors none;
    const SocketAddress to = to_socket_address(endpoint_);
    EXPECT_EQ(connect(second.get(), to.get(), to.size), 0);  // by the kernel
    std::uint8_t octet = 0;
    errno = 0;
    EXPECT_LE(recv(second.get(), &octet, 1, 0), 0);
    EXPECT_NE(errno, EAGAIN) << "it is neither served nor turned away";
    send_octets(first, question);
    EXPECT_FALSE(read_reply(first).empty());
  }
  const Fd third = connect_one();
  send_octets(third, question);
  EXPECT_FALSE(read_reply(third).empty());
}

TEST_F(TcpThreads, ManyMoreConnectionsThanMayBeAreAllAnswered) {
  start({.connections = 8, .connections_a_client = 4});
  std::vector<Fd> open;
  for (int i = 0; i < 200; ++i) {
    const Fd& fd = open.emplace_back(connect_one());
    send_octets(fd, framed(test::encode({.name = "www.example.com."})));
    EXPECT_FALSE(read_reply(fd).empty()) << i;
  }
}

TEST_F(TcpThreads, PassesOverFramesOfNoLength) {
  start({});
  const Fd fd = connect_one();
  send_octets(fd, test::Bytes(2000));
  send_octets(fd, framed(test::encode({.name = "www.example.com."})));
  EXPECT_FALSE(read_reply(fd).empty());
  EXPECT_EQ(counters_.sum().dropped[static_cast<std::size_t>(Drop::kShort)], 1000U);
}

TEST_F(TcpThreads, ClosesWhoSendsAnOctetNowAndThen) {
  start({}, 200);
  const Fd fd = connect_one();
  const test::Bytes announced = {0xFF, 0xFF};
  send_octets(fd, announced);
  EXPECT_TRUE(test::wait_until([&] {
    const std::uint8_t octet = 0;
    return send(fd.get(), &octet, 1, MSG_NOSIGNAL) < 0;
  }));
}

TEST_F(TcpThreads, ClosesAPeerThatNeverReads) {
  start({}, 200);
  const Fd fd = connect_one();
  const test::Bytes question = framed(test::encode({.name = "www.example.com."}));
  EXPECT_TRUE(test::wait_until([&] {
    ssize_t sent = 1;
    while (sent > 0) {
      sent = send(fd.get(), question.data(), question.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    return errno != EAGAIN;
  }));
}

// The largest set that a zone may have.
TEST_F(TcpThreads, RepliesAsLongAsTheyMayBe) {
  std::string zone = kTcpZone;
  constexpr int kStrings = 253;
  zone += "large TXT";
  for (int i = 0; i < kStrings; ++i) zone += " \"" + std::string(255, 'x') + "\"";
  views_.publish(test::view_of({zone + "\n"}));
  start({});
  const auto reply =
      test::exchange_tcp(endpoint_, test::encode({.name = "large.example.com.", .type = "TXT"}));
  ASSERT_TRUE(reply.has_value());
  // Header, question, a pointer and the record's head, and the strings with their lengths.
  EXPECT_EQ(reply->size(), 12 + 19 + 4 + 12 + kStrings * std::size_t{256});
}

TEST_F(TcpThreads, AnswersAllThatWasPipelinedHoweverMuchItIs) {
  std::string zone = std::string(kTcpZone) + "large TXT";
  for (int i = 0; i < 16; ++i) zone += " \"" + std::string(250, 'x') + "\"";
  views_.publish(test::view_of({zone + "\n"}));
  start({});
  constexpr std::uint16_t kQuestions = 1'500;  // more replies than are gathered in a turn
  test::Bytes all;
  for (std::uint16_t id = 0; id < kQuestions; ++id) {
    test::Bytes one = test::encode({.name = "large.example.com.", .type = "TXT"});
    one[0] = static_cast<std::uint8_t>(id >> 8U);
    one[1] = static_cast<std::uint8_t>(id);
    one = framed(one);
    all.insert(all.end(), one.begin(), one.end());
  }
  const Fd client = connect_one();
  std::thread asking([&] { send(client.get(), all.data(), all.size(), MSG_NOSIGNAL); });
  std::uint16_t answered = 0;
  while (answered < kQuestions) {
    const test::Bytes reply = read_reply(client);
    if (reply.size() < 4'000 || (reply[0] << 8 | reply[1]) != answered) break;
    ++answered;
  }
  shutdown(client.get(), SHUT_RDWR);
  asking.join();
  EXPECT_EQ(answered, kQuestions);
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

// What a stalled peer has asked is not overwritten by what others ask.
TEST_F(TcpThreads, AnswersAllThatAStalledPeerAskedWhenItReadsAtLast) {
  std::string zone = std::string(kTcpZone) + "large TXT";
  for (int i = 0; i < 100; ++i) zone += " \"" + std::string(250, 'x') + "\"";
  views_.publish(test::view_of({zone + "\n"}));
  start({});
  constexpr std::uint16_t kQuestions = 300;  // 11 kilobytes, and 7 megabytes of replies
  test::Bytes all;
  for (std::uint16_t id = 0; id < kQuestions; ++id) {
    const test::Bytes one =
        framed(test::encode({.name = "large.example.com.", .type = "TXT", .id = id}));
    all.insert(all.end(), one.begin(), one.end());
  }
  const Fd stalled = connect_one();
  send_octets(stalled, all);
  const Fd other = connect_one();
  for (std::uint16_t id = 0; id < kQuestions; ++id) {
    send_octets(other, framed(test::encode({.name = "www.example.com.", .id = 0xFFFF})));
    ASSERT_FALSE(read_reply(other).empty());
  }
  for (std::uint16_t id = 0; id < kQuestions; ++id) {
    const test::Bytes reply = read_reply(stalled);
    ASSERT_GT(reply.size(), 25'000U) << id;
    ASSERT_EQ(reply[0] << 8 | reply[1], id);
  }
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

TEST_F(TcpThreads, WhenItDrainsConnectionsAreServedUntilTheyFallSilent) {
  start({});
  const Fd fd = connect_one();
  const test::Bytes question = framed(test::encode({.name = "www.example.com."}));
  send_octets(fd, question);
  EXPECT_FALSE(read_reply(fd).empty());
  worker_->drain();
  // The listener is closed, so that the kernel knows nobody there.
  EXPECT_TRUE(test::wait_until([this] {
    const Fd late = unconnected();
    const SocketAddress to = to_socket_address(endpoint_);
    return connect(late.get(), to.get(), to.size) != 0;
  }));
  send_octets(fd, question);
  EXPECT_FALSE(read_reply(fd).empty());
  EXPECT_TRUE(worker_->wait_drained(std::chrono::milliseconds(test::kPatienceMs)));
  std::uint8_t octet = 0;
  EXPECT_EQ(recv(fd.get(), &octet, 1, 0), 0);
}

TEST_F(TcpThreads, WithoutConnectionsItIsDrainedAtOnce) {
  start({});
  worker_->drain();
  EXPECT_TRUE(worker_->wait_drained(std::chrono::milliseconds(test::kPatienceMs)));
}

TEST_F(TcpThreads, AConnectionThatNeverFallsSilentEndsWithTheWorker) {
  start({});
  const Fd fd = connect_one();
  send_octets(fd, {0});  // of a question that never comes
  worker_->drain();
  EXPECT_FALSE(worker_->wait_drained(std::chrono::milliseconds(0)));
  worker_.reset();
  std::uint8_t octet = 0;
  EXPECT_LE(recv(fd.get(), &octet, 1, 0), 0);
}

struct Seats {
  explicit Seats(TcpLimits limits) : census(limits) {}
  ~Seats() {
    for (TcpSeat& seat : all) census.leave(seat);
  }
  Seats(const Seats&) = delete;
  Seats& operator=(const Seats&) = delete;
  TcpSeat& enter(const char* client, std::int64_t progress_ms) {
    TcpSeat& seat = all.emplace_back();
    seat.client = *IpAddress::parse(client);
    seat.progress_ms = progress_ms;
    seat.wake = [this] { ++woken; };
    EXPECT_TRUE(census.enter(seat));
    return seat;
  }

  TcpCensus census;
  std::list<TcpSeat> all;
  int woken = 0;
};

TEST(TcpCensus, CountsAnIpv6ClientByItsSlash56) {
  Seats seats({.connections = 3, .connections_a_client = 1});
  const TcpSeat& first = seats.enter("2001:db8:0:1::1", 1);
  const TcpSeat& other = seats.enter("2001:db8:0:100::1", 2);
  const TcpSeat& second = seats.enter("2001:db8:0:2::1", 3);
  EXPECT_TRUE(first.must_leave);
  EXPECT_FALSE(other.must_leave || second.must_leave);
  EXPECT_EQ(seats.woken, 1);
}

TEST(TcpCensus, OfAllClientsTheIdlestConnectionLeaves) {
  Seats seats({.connections = 2, .connections_a_client = 2});
  const TcpSeat& first = seats.enter("192.0.2.1", 7);
  const TcpSeat& second = seats.enter("192.0.2.2", 5);
  seats.enter("192.0.2.3", 9);
  EXPECT_TRUE(second.must_leave);
  EXPECT_FALSE(first.must_leave);
  seats.enter("192.0.2.4", 10);
  EXPECT_TRUE(first.must_leave);
}

TEST(TcpCensus, LetsNobodyInWhileTooManyAreStillToLeave) {
  Seats seats({.connections = 1, .connections_a_client = 1});
  seats.enter("192.0.2.1", 1);
  seats.enter("192.0.2.2", 2);
  TcpSeat third;
  third.client = *IpAddress::parse("192.0.2.3");
  EXPECT_FALSE(seats.census.enter(third));
  seats.census.leave(seats.all.front());
  seats.all.pop_front();
  third.wake = [] {};
  EXPECT_TRUE(seats.census.enter(third));
  seats.census.leave(third);
}

}  // namespace
}  // namespace rhumb
