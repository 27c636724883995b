// What strangers and broken targets may do to the real binary: it goes on answering, stays silent
// where it must, and spends a bounded amount on each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "server/listeners.h"
#include "server/socket_address.h"
#include "tests/server/hostile_server.h"
#include "tests/support/dns_client.h"
#include "tests/support/mutator.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

constexpr std::uint64_t kSeed = 53;
constexpr int kPackets = 30'000;
constexpr int kBrokenConnections = 300;
constexpr std::size_t kHeader = 12;
constexpr std::size_t kGrowthOfFloodKib = 16'384;
constexpr int kProbes = 10;
// Of one reply to a probe: what the sockets' buffers hold, far from the gigabyte that is offered.
constexpr std::size_t kMostTakenBytes = std::size_t{16} << 20U;

Fd connect_to(const Endpoint& server, int type) {
  const SocketAddress peer = to_socket_address(server);
  Fd fd(socket(peer.storage.ss_family, type | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(fd.get(), peer.get(), peer.size), 0);
  return fd;
}

// Questions in wire form to start from, of several names and types, with and without EDNS.
std::vector<test::Bytes> good_questions() {
  std::vector<test::Bytes> questions;
  for (const char* name : {"www.h.test", "a.b.c.wild.h.test", "hop.h.test", "h.test", "other."}) {
    for (const char* type : {"A", "AAAA", "TXT", "SOA", "CNAME"}) {
      questions.push_back(test::encode({.name = name, .type = type}));
      questions.push_back(test::encode({.name = name, .type = type, .edns_size = 4096}));
    }
  }
  return questions;
}

bool is_reply(const test::Bytes& message) {
  return message.size() > 2 && (message[2] & 0x80U) != 0;
}

class Hostile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("zones/h.yaml", test::yaml_zone("h.test", checks(), records()));
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }

  [[nodiscard]] bool serves() {
    return rhumb_.process().running() && rhumb_.addresses("www.h.test") == Strings{"192.0.2.1"};
  }

  // Every packet's replies come before that of a good question sent behind it on the same socket,
  // which one worker reads. Counts the replies to `message`.
  int replies_to(const Fd& fd, const test::Bytes& message, std::uint16_t fence_id);

  static std::string checks() { return ""; }
  static std::string records() {
    return "- {name: www, type: A, values: [192.0.2.1]}\n"
           "- {name: hop, type: CNAME, values: [www]}\n"
           "- {name: \"*.wild\", type: A, values: [192.0.2.2]}\n"
           "- {name: \"@\", type: TXT, values: [text]}\n";
  }

  test::TempDir folder_;
  test::Rhumb rhumb_{folder_, test::kZonesOfFolder};
};

int Hostile::replies_to(const Fd& fd, const test::Bytes& message, std::uint16_t fence_id) {
  const test::Bytes fence = test::encode({.name = "www.h.test", .id = fence_id});
  send(fd.get(), message.data(), message.size(), 0);
  send(fd.get(), fence.data(), fence.size(), 0);
  for (int replies = 0;; ++replies) {
    pollfd readable{fd.get(), POLLIN, 0};
    if (poll(&readable, 1, test::kPatienceMs) <= 0) return -1;
    std::array<std::uint8_t, 4096> reply{};
    const ssize_t size = recv(fd.get(), reply.data(), reply.size(), 0);
    if (size < static_cast<ssize_t>(kHeader)) return -1;
    EXPECT_NE(reply[2] & 0x80U, 0U) << "what is sent is always a reply";
    if ((reply[0] << 8U | reply[1]) == fence_id) return replies;
  }
}

TEST_F(Hostile, AnyBytesOverUdpGetOneReplyOrNone) {
  const Fd fd = connect_to(rhumb_.endpoint(), SOCK_DGRAM);
  test::Mutator mutator(good_questions(), kSeed);
  int answered = 0;
  for (int i = 0; i < kPackets; ++i) {
    test::Bytes message;
    mutator.next(message);
    const auto fence = static_cast<std::uint16_t>(i);
    if (message.size() >= 2 && (message[0] << 8U | message[1]) == fence) message[0] ^= 1U;
    const int replies = replies_to(fd, message, fence);
    ASSERT_GE(replies, 0) << "packet " << i << ": " << rhumb_.process().output();
    ASSERT_LE(replies, message.size() >= kHeader && !is_reply(message) ? 1 : 0) << "packet " << i;
    answered += replies;
  }
  EXPECT_GT(answered, kPackets / 10);
  EXPECT_LT(answered, kPackets);
  EXPECT_TRUE(serves());
}

TEST_F(Hostile, RepliesGetNoReplyOverEitherTransport) {
  const Fd udp = connect_to(rhumb_.endpoint(), SOCK_DGRAM);
  for (test::Bytes message : good_questions()) {
    message[2] |= 0x80U;
    EXPECT_EQ(replies_to(udp, message, 1), 0);
  }
  test::Bytes message = test::encode({.name = "www.h.test"});
  message[2] |= 0x80U;
  EXPECT_FALSE(test::exchange_tcp(rhumb_.endpoint(), message, 300));
  EXPECT_TRUE(serves());
}

TEST_F(Hostile, EmptyAndHugeDatagramsChangeNothing) {
  const Fd udp = connect_to(rhumb_.endpoint(), SOCK_DGRAM);
  EXPECT_EQ(replies_to(udp, {}, 1), 0);
  EXPECT_LE(replies_to(udp, test::Bytes(65'000, 0), 1), 1);
  EXPECT_LE(replies_to(udp, test::Bytes(4'096, 0x55), 1), 1);
  EXPECT_TRUE(serves());
}

TEST_F(Hostile, GarbageOverTcpEndsAtMostItsOwnConnection) {
  test::Mutator mutator(good_questions(), kSeed);
  for (int i = 0; i < kBrokenConnections; ++i) {
    const Fd fd = connect_to(rhumb_.endpoint(), SOCK_STREAM);
    for (int j = 0; j < 5; ++j) {
      test::Bytes message;
      mutator.next(message);
      if (mutator.roll(2) == 0) {  // framed as it should be, else any frame
        const auto size = static_cast<unsigned>(message.size());
        message.insert(message.begin(),
                       {static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)});
      }
      send(fd.get(), message.data(), message.size(), MSG_NOSIGNAL);
    }
    if (mutator.roll(2) == 0) {
      const linger now{1, 0};
      setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
  }
  EXPECT_TRUE(serves());
  EXPECT_TRUE(rhumb_.ask({.name = "www.h.test", .tcp = true}));
}

TEST_F(Hostile, StalledConnectionsHinderNoOther) {
  // More than one client may hold: from several addresses, each with half a question.
  std::vector<Fd> stalled;
  const test::Bytes half = {0, 40, 1, 2, 3};
  for (int i = 0; i < kBrokenConnections; ++i) {
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const SocketAddress own =
        to_socket_address({*IpAddress::parse(test::own_address(1 + i % 8)), 0});
    ASSERT_EQ(bind(fd.get(), own.get(), own.size), 0);
    const SocketAddress peer = to_socket_address(rhumb_.endpoint());
    ASSERT_EQ(connect(fd.get(), peer.get(), peer.size), 0);
    send(fd.get(), half.data(), half.size(), MSG_NOSIGNAL);
    stalled.push_back(std::move(fd));
  }
  EXPECT_TRUE(serves());
  const auto reply = rhumb_.ask({.name = "www.h.test", .tcp = true});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->rcode, "NOERROR");
  // They are closed in time without a question.
  for (const Fd& fd : stalled) {
    ASSERT_TRUE(test::wait_until([&] {
      std::uint8_t octet = 0;
      return recv(fd.get(), &octet, 1, MSG_DONTWAIT) == 0;
    }));
  }
}

TEST_F(Hostile, AClientThatTakesNoRepliesIsHeldBack) {
  const std::size_t before_kib = test::resident_kib(rhumb_.process().pid());
  const Fd fd = connect_to(rhumb_.endpoint(), SOCK_STREAM);
  test::Bytes question = test::encode({.name = "www.h.test"});
  question.insert(question.begin(), {0, static_cast<std::uint8_t>(question.size())});
  test::Bytes many;
  for (int i = 0; i < 1000; ++i) many.insert(many.end(), question.begin(), question.end());
  // Until neither side's buffers take any more, or 64 MB were taken.
  std::size_t sent_bytes = 0;
  const auto is_full = [&] {
    pollfd writable{fd.get(), POLLOUT, 0};
    if (poll(&writable, 1, 500) <= 0) return true;
    const ssize_t sent = send(fd.get(), many.data(), many.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) return sent < 0 && errno != EAGAIN;
    sent_bytes += static_cast<std::size_t>(sent);
    return sent_bytes > (std::size_t{64} << 20U);
  };
  EXPECT_TRUE(test::wait_until(is_full, 2 * test::kPatienceMs));
  EXPECT_LT(sent_bytes, std::size_t{64} << 20U) << "it reads on without end";
  EXPECT_TRUE(serves());
  EXPECT_LE(test::resident_kib(rhumb_.process().pid()), before_kib + kGrowthOfFloodKib);
}

// Sends `piece` for as long as it is taken.
HostileServer::Behaviour endlessly(std::string head, std::string piece) {
  return [head = std::move(head), piece = std::move(piece)](Connection& connection) {
    if (!connection.read_request() || !connection.send(head)) return;
    constexpr std::size_t kMost = std::size_t{1} << 30U;
    while (connection.sent_bytes < kMost && connection.send(piece)) {
    }
  };
}

// A check of a target that behaves badly, and what its failure is put down to.
struct BadTarget {
  std::string id;
  std::unique_ptr<HostileServer> server;
  std::string more;    // of the check
  std::string reason;  // part of it
};

std::vector<BadTarget> bad_targets() {
  const std::string megabyte(std::size_t{1} << 20U, 'x');
  const std::string header = "X-Long: " + std::string(8000, 'y') + "\r\n";
  const auto server = [](HostileServer::Behaviour behaviour) {
    return std::make_unique<HostileServer>(std::move(behaviour));
  };
  std::vector<BadTarget> targets;
  targets.push_back({"streams", server(endlessly("HTTP/1.1 200 OK\r\n\r\n", megabyte)),
                     ", bodyContains: healthy", "body does not contain"});
  targets.push_back({"headers", server(endlessly("HTTP/1.1 200 OK\r\n", header)), "", "header"});
  targets.push_back(
      {"one-header", server(endlessly("HTTP/1.1 200 OK\r\nX-Long: ", megabyte)), "", "header"});
  targets.push_back({"no-http", server(endlessly("", megabyte)), "", ""});
  targets.push_back({"informs", server(endlessly("", "HTTP/1.1 100 Continue\r\n\r\n")), "", ""});
  targets.push_back({"resets", server([](Connection& connection) {
                       connection.read_request();
                       connection.send("HTTP/1.1 200 OK\r\nContent-Le");
                       connection.reset_on_close();
                     }),
                     "", "reset"});
  targets.push_back({"hangs-up", server([](Connection& connection) {
                       connection.read_request();
                       connection.send("HTTP/1.1 20");
                     }),
                     "", ""});
  targets.push_back({"stalls", server([](Connection& connection) {
                       if (connection.read_request() && connection.send("HTTP/1.1 200 OK\r\nX: ")) {
                         connection.wait_for_end();
                       }
                     }),
                     "", "timed out"});
  return targets;
}

TEST(HostileTargets, AreFailedProbesWithAReasonAtABoundedCost) {
  test::limit_sanitizer_memory();
  const std::vector<BadTarget> targets = bad_targets();
  std::string checks;
  for (const BadTarget& target : targets) {
    checks += "- {id: " + target.id +
              ", type: HTTP, address: 127.0.0.1, port: " + std::to_string(target.server->port()) +
              ", interval: 200ms, timeout: 200ms" + target.more + "}\n";
  }
  const test::TempDir folder;
  folder.write("zones/h.yaml",
               test::yaml_zone("h.test", checks, "- {name: www, type: A, values: [192.0.2.1]}\n"));
  test::Rhumb rhumb(folder, test::kZonesOfFolder);
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving()) << rhumb.process().output();
  const std::size_t first_kib = test::resident_kib(rhumb.process().pid());
  ASSERT_TRUE(test::wait_until([&] {
    return std::all_of(targets.begin(), targets.end(), [](const BadTarget& target) {
      return target.server->accepted() >= kProbes;
    });
  }));
  for (const BadTarget& target : targets) {
    const auto check = rhumb.json({"health", target.id});
    EXPECT_EQ(check["state"].text(), "unhealthy") << target.id;
    EXPECT_FALSE(check["lastProbe"]["ok"].boolean()) << target.id;
    const std::string reason(check["lastProbe"]["reason"].text());
    std::printf("%s: %s\n", target.id.c_str(), reason.c_str());
    EXPECT_NE(reason, "") << target.id;
    EXPECT_THAT(reason, HasSubstr(target.reason)) << target.id;
    EXPECT_LE(target.server->sent_bytes(), kProbes * kMostTakenBytes) << target.id;
  }
  EXPECT_EQ(rhumb.addresses("www.h.test"), Strings{"192.0.2.1"});
  EXPECT_LE(test::resident_kib(rhumb.process().pid()), first_kib + kGrowthOfFloodKib);
}

}  // namespace
}  // namespace rhumb
