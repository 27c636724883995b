// TCP as RFC 7766 and RFC 9210 want it, of the real binary and at its real limits: what many
// clients and bad ones may cost it, and that others do not notice. How one connection behaves is
// also in conformance_test.cc and tests/server/tcp_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "server/api_request.h"
#include "server/listeners.h"
#include "server/socket_address.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

using Strings = std::vector<std::string>;

constexpr std::size_t kConnectionsAClient = 64;
constexpr std::size_t kConnections = 4'096;
constexpr std::size_t kFilesOfTest = 500;
constexpr std::size_t kStalled = 1'000;
constexpr int kResets = 2'000;
constexpr std::size_t kGrowthOfTcpKib = 16'384;
// Of one connection: what is gathered of a question and the replies that its peer does not take
// (docs/limits.md). A sanitizer rounds each up to a power of two, and keeps what was freed.
constexpr std::size_t kMostAConnectionKib = (65'537 + 81'921) / 1024 * (test::kSanitized ? 4 : 1);
constexpr std::size_t kLeastAConnectionKib = 16;  // of one that has stalled on large replies

// Strings of so many octets in all, their lengths included.
std::string text_of(int octets) {
  std::string text;
  for (; octets > 0; octets -= 256) {
    text += " \"" + std::string(static_cast<std::size_t>(std::min(octets, 256) - 1), 'x') + "\"";
  }
  return text;
}

// A name of 63 octets.
std::string hop(char chain, int number) {
  return chain + std::to_string(number) + std::string(61, 'x');
}

// Eight names that lead to `end`.
std::string chain_to(const std::string& end, char chain) {
  std::string records;
  for (int i = 1; i < 8; ++i) records += hop(chain, i) + " CNAME " + hop(chain, i + 1) + "\n";
  return records + hop(chain, 8) + " CNAME " + end + "\n" + end + " TXT" + text_of(64'868) + "\n";
}

std::string zone() {
  return "$ORIGIN tcp.test.\n$TTL 5\n@ SOA ns1 hostmaster 1 3600 900 604800 60\n@ NS ns1\n"
         "ns1 A 192.0.2.53\nwww A 192.0.2.1\nlarge TXT" +
         text_of(64'768) + "\n" + chain_to("fits", 'c') + chain_to("overs", 'd');
}

test::Bytes question(std::uint16_t id, const std::string& name = "www.tcp.test",
                     const std::string& type = "A") {
  test::Bytes message = test::encode({.name = name, .type = type, .id = id});
  message.insert(message.begin(), {0, static_cast<std::uint8_t>(message.size())});
  return message;
}

test::Bytes several(int count, const test::Bytes& one) {
  test::Bytes all;
  for (int i = 0; i < count; ++i) all.insert(all.end(), one.begin(), one.end());
  return all;
}

void send_all(const Fd& fd, const test::Bytes& octets) {
  ASSERT_EQ(send(fd.get(), octets.data(), octets.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(octets.size()));
}

// The id of the next reply; -1: there is none.
int next_id(const Fd& fd) {
  std::array<std::uint8_t, 2> size{};
  if (recv(fd.get(), size.data(), 2, MSG_WAITALL) != 2) return -1;
  test::Bytes reply(static_cast<std::size_t>(size[0]) << 8U | size[1]);
  const ssize_t got = recv(fd.get(), reply.data(), reply.size(), MSG_WAITALL);
  return got == static_cast<ssize_t>(reply.size()) && got > 2 ? reply[0] << 8U | reply[1] : -1;
}

bool is_answered(const Fd& fd, std::uint16_t id) {
  send_all(fd, question(id));
  return next_id(fd) == id;
}

bool is_closed(const Fd& fd) {
  std::uint8_t octet = 0;
  return recv(fd.get(), &octet, 1, MSG_DONTWAIT) == 0;
}

// Long enough for the server's clock of connections to show another time.
void wait_a_tick() {
  const double begun_ms = test::now_ms();
  EXPECT_TRUE(test::wait_until([&] { return test::now_ms() > begun_ms + 20; }));
}

// A client of its own on the loopback.
std::string client_address(std::size_t number) {
  return "127.252." + std::to_string(number / 250) + "." + std::to_string(1 + number % 250);
}

// The loopback's sockets from one port to another as the kernel lists them: octets that wait to be
// read. -1: there is none.
int unread_octets(std::uint16_t from_port, std::uint16_t to_port) {
  std::array<char, 32> ends{};
  std::ifstream table("/proc/net/tcp");
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number;
    std::string from;
    std::string to;
    std::string state;
    std::string queues;
    words >> number >> from >> to >> state >> queues;
    std::snprintf(ends.data(), ends.size(), "%04X %04X", from_port, to_port);
    if (from.size() != 13 || to.size() != 13) continue;
    if (from.substr(9) + " " + to.substr(9) != ends.data()) continue;
    return std::stoi(queues.substr(9), nullptr, 16);
  }
  return -1;
}

class Tcp : public ::testing::Test {
 protected:
  void SetUp() override {
    test::limit_sanitizer_memory();
    folder_.write("zones/tcp.test.zone", zone());
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }

  enum class Buffers : bool { kUsual, kSmall };
  // A socket that gives up reading in time. With small buffers next to nothing waits in the kernel.
  [[nodiscard]] Fd connect_from(std::size_t client, Buffers buffers = Buffers::kUsual) const {
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{test::kPatienceMs / 1000, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int size = 4096;
    const int segment = 536;  // by which the kernel also measures what it holds for the server
    if (buffers == Buffers::kSmall) {
      setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
      setsockopt(fd.get(), IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    const SocketAddress own = to_socket_address({*IpAddress::parse(client_address(client)), 0});
    EXPECT_EQ(bind(fd.get(), own.get(), own.size), 0);
    const SocketAddress peer = to_socket_address(rhumb_.endpoint());
    EXPECT_EQ(connect(fd.get(), peer.get(), peer.size), 0);
    return fd;
  }

  // The server's kernel has handed it all that this client has sent.
  [[nodiscard]] bool has_read_all_of(const Fd& fd) const {
    SocketAddress own;
    own.size = sizeof own.storage;
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own.storage), &own.size);  // NOLINT
    const std::uint16_t port = to_endpoint(own.get()).port;
    return unread_octets(rhumb_.endpoint().port, port) == 0;
  }

  [[nodiscard]] bool serves() {
    const auto over_tcp = rhumb_.ask({.name = "www.tcp.test", .tcp = true});
    return rhumb_.process().running() && rhumb_.addresses("www.tcp.test") == Strings{"192.0.2.1"} &&
           over_tcp && over_tcp->answer.size() == 1;
  }
  // Connections that have lost their place to others.
  [[nodiscard]] int evicted() const {
    ApiRequest asked;
    asked.url = "http://rhumb/metrics";
    asked.unix_socket = folder_.path() + "/control.sock";
    const std::string metrics = request(asked).body;
    const std::string sample = "rhumb_dns_dropped_total{reason=\"connectionLimit\"} ";
    const std::size_t at = metrics.find(sample);
    return at == std::string::npos ? -1 : std::stoi(metrics.substr(at + sample.size()));
  }
  [[nodiscard]] std::size_t resident_kib() { return test::resident_kib(rhumb_.process().pid()); }

  test::TempDir folder_;
  test::Rhumb rhumb_{folder_, "zones: [\"zones/*\"]\n"};
};

// RFC 7766 §8: a length and its message may come in any pieces.
TEST_F(Tcp, PipelinedQuestionsMayBeCutAnywhere) {
  test::Bytes both = question(1);
  const test::Bytes second = question(2);
  both.insert(both.end(), second.begin(), second.end());
  for (std::size_t cut = 1; cut < both.size(); ++cut) {
    const Fd fd = connect_from(cut);
    const auto middle = both.begin() + static_cast<std::ptrdiff_t>(cut);
    send_all(fd, {both.begin(), middle});
    ASSERT_TRUE(test::wait_until([&] { return has_read_all_of(fd); })) << cut;
    send_all(fd, {middle, both.end()});
    EXPECT_EQ(next_id(fd), 1) << cut;
    EXPECT_EQ(next_id(fd), 2) << cut;
  }
}

// 12 octets of header, 78 of question, 7 · 78 + 19 of CNAME and 12 + 64,868 of TXT; one more where
// the last name has one more.
TEST_F(Tcp, AReplyHas65535OctetsAtMost) {
  const auto largest = rhumb_.ask({.name = hop('c', 1) + ".tcp.test", .type = "TXT", .tcp = true});
  ASSERT_TRUE(largest);
  EXPECT_EQ(largest->size, 65'535U);
  EXPECT_FALSE(largest->tc);
  EXPECT_EQ(largest->answer.size(), 9U);
  const auto larger = rhumb_.ask({.name = hop('d', 1) + ".tcp.test", .type = "TXT", .tcp = true});
  ASSERT_TRUE(larger);
  EXPECT_TRUE(larger->tc);
  EXPECT_EQ(larger->answer.size(), 8U);
}

// RFC 7766 §6.2.3 and RFC 9210 §4.2. The hostile tests have those who are cut off in the middle of
// a question.
TEST_F(Tcp, ClosesWhoeverGoesOnWithoutAWholeQuestion) {
  const Fd silent = connect_from(1);
  const Fd slow = connect_from(2);
  const Fd done = connect_from(3);
  EXPECT_TRUE(is_answered(done, 3));
  send_all(slow, {0xFF, 0xFF});
  bool is_slow_closed = false;
  EXPECT_TRUE(test::wait_until([&] {
    const std::uint8_t octet = 0;
    is_slow_closed = is_slow_closed || send(slow.get(), &octet, 1, MSG_NOSIGNAL) < 0;
    return is_slow_closed && is_closed(silent) && is_closed(done);
  }));
  EXPECT_TRUE(serves());
}

TEST_F(Tcp, PastTheLimitOfAClientItsIdlestConnectionIsClosed) {
  std::vector<Fd> all;
  for (std::size_t i = 0; i < kConnectionsAClient; ++i) {
    all.push_back(connect_from(1));
    EXPECT_TRUE(is_answered(all.back(), 1));
    if (i < 2) wait_a_tick();
  }
  EXPECT_TRUE(is_answered(all[0], 2));  // so that it is not the idlest, though the oldest
  const Fd other = connect_from(2);
  EXPECT_TRUE(is_answered(other, 3));
  EXPECT_EQ(evicted(), 0) << "another client takes no place of this one";
  const Fd more = connect_from(1);
  EXPECT_TRUE(is_answered(more, 4));
  EXPECT_EQ(next_id(all[1]), -1);
  EXPECT_EQ(evicted(), 1);
  EXPECT_TRUE(is_answered(all[0], 5));
  EXPECT_TRUE(is_answered(all[2], 6));
}

TEST_F(Tcp, PastTheLimitOfAllTheIdlestConnectionIsClosed) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < kConnections + kFilesOfTest) GTEST_SKIP() << "too few files are allowed";
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<Fd> all;
  while (all.size() < kConnections) {
    all.push_back(connect_from(all.size() / kConnectionsAClient));
    if (all.size() > 2) continue;
    ASSERT_TRUE(is_answered(all.back(), 1));
    wait_a_tick();
  }
  EXPECT_TRUE(is_answered(all[0], 2));
  const Fd more = connect_from(kConnections);
  EXPECT_TRUE(is_answered(more, 3));
  EXPECT_EQ(next_id(all[1]), -1);
  EXPECT_EQ(evicted(), 1);
  EXPECT_TRUE(is_answered(all[0], 4));
  EXPECT_TRUE(is_answered(all.back(), 5));
  EXPECT_TRUE(serves());
}

// RFC 9210 §4.1 asks that they starve no one.
TEST_F(Tcp, AThousandReadersThatStallCostABufferEachAndHinderNoOne) {
  const std::size_t before_kib = resident_kib();
  const test::Bytes questions = several(8, question(1, "large.tcp.test", "TXT"));
  std::vector<Fd> stalled;
  for (std::size_t i = 0; i < kStalled; ++i) {
    stalled.push_back(connect_from(i / 50, Buffers::kSmall));
    send_all(stalled.back(), questions);
    ASSERT_TRUE(i % 100 != 0 || serves()) << i;
  }
  EXPECT_TRUE(test::wait_until([&] {
    return resident_kib() >= before_kib + kStalled * kLeastAConnectionKib;
  })) << "they have not stalled";
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(serves()) << i;
  std::printf("%zu KiB, then %zu KiB\n", before_kib, resident_kib());
  EXPECT_LE(resident_kib(), before_kib + kStalled * kMostAConnectionKib + kGrowthOfTcpKib);
}

TEST_F(Tcp, StormsOfResetsLeaveNothingBehind) {
  const std::size_t files = test::open_files(rhumb_.process().pid());
  ASSERT_TRUE(serves());
  const std::size_t before_kib = resident_kib();
  const std::array<test::Bytes, 4> begun = {test::Bytes{}, test::Bytes{0, 40, 1, 2, 3}, question(1),
                                            several(20, question(1, "large.tcp.test", "TXT"))};
  for (int i = 0; i < kResets; ++i) {
    const Fd fd = connect_from(static_cast<std::size_t>(i % 8));
    const test::Bytes& octets = begun[static_cast<std::size_t>(i) % begun.size()];
    if (!octets.empty()) send(fd.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    const linger now{1, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  EXPECT_TRUE(serves());
  EXPECT_TRUE(test::wait_until([&] { return test::open_files(rhumb_.process().pid()) <= files; }));
  EXPECT_LE(resident_kib(), before_kib + kGrowthOfTcpKib);
}

}  // namespace
}  // namespace rhumb
