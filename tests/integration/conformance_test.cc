// rhumb from outside, held against the RFCs: each probe of the table is a test of its own, named by
// RFC and section, over UDP and TCP, IPv4 and IPv6. What TCP must be stands here too. The same
// probes are put to NSD, Knot and gdnsd, and where they differ is the table in docs/differences.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "server/listeners.h"
#include "server/socket_address.h"
#include "tests/integration/probe.h"
#include "tests/support/peers.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

constexpr int kSilenceMs = 200;  // of another server, after which it is taken not to reply
constexpr int kReplyMs = 5'000;
constexpr char kBegin[] = "<!-- conformance: begin -->\n";
constexpr char kEnd[] = "<!-- conformance: end -->\n";

// rhumb on an IPv4 and an IPv6 address with the probed zone.
class Server {
 public:
  Server() {
    folder_.write("c.zone",
                  std::string(test::probed_zone()) + std::string(test::probed_zone_more()));
    EXPECT_TRUE(rhumb_.start_on_both_families()) << rhumb_.process().output();
  }

  [[nodiscard]] const Endpoint& v4() const { return rhumb_.endpoint(); }
  [[nodiscard]] Endpoint v6() const { return rhumb_.v6(); }

 private:
  test::TempDir folder_;
  test::Rhumb rhumb_{folder_, "workers: 1\nzones: c.zone\n"};
};

Fd connect_to(const Endpoint& server, int type) {
  const SocketAddress to = to_socket_address(server);
  Fd fd(socket(to.storage.ss_family, type | SOCK_CLOEXEC, 0));
  const timeval patience{kReplyMs / 1000, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  EXPECT_EQ(connect(fd.get(), to.get(), to.size), 0);
  return fd;
}

void send_all(const Fd& fd, const test::Bytes& octets) {
  EXPECT_EQ(send(fd.get(), octets.data(), octets.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(octets.size()));
}

test::Bytes framed(test::Bytes message) {
  const std::size_t size = message.size();
  message.insert(message.begin(),
                 {static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)});
  return message;
}

test::Bytes good_question(std::uint16_t id) {
  test::Bytes query = test::octets_of({.name = "www.c.test.", .type = 1});
  query[0] = static_cast<std::uint8_t>(id >> 8U);
  query[1] = static_cast<std::uint8_t>(id);
  return query;
}

// The ids of the next reply over TCP and UDP; -1: there is none.
int next_id(const Fd& fd) {
  std::array<std::uint8_t, 2> size{};
  if (recv(fd.get(), size.data(), 2, MSG_WAITALL) != 2) return -1;
  test::Bytes reply(static_cast<std::size_t>(size[0]) << 8U | size[1]);
  const ssize_t got = recv(fd.get(), reply.data(), reply.size(), MSG_WAITALL);
  return got == static_cast<ssize_t>(reply.size()) ? reply[0] << 8U | reply[1] : -1;
}
int next_datagram_id(const Fd& fd) {
  std::array<std::uint8_t, 4096> reply{};
  return recv(fd.get(), reply.data(), reply.size(), 0) < 2 ? -1 : reply[0] << 8U | reply[1];
}

// Whether of the packet and a good question that is sent behind it, the latter's reply is the first
// to come. Requires: the server has one worker.
bool is_met_with_silence(const Endpoint& server, const test::Packet& packet, test::Over over) {
  constexpr std::uint16_t kId = 0x5353;
  const test::Bytes octets = test::octets_of(packet);
  const bool is_tcp = over == test::Over::kTcp;
  const Fd fd = connect_to(server, is_tcp ? SOCK_STREAM : SOCK_DGRAM);
  send_all(fd, is_tcp ? framed(octets) : octets);
  send_all(fd, is_tcp ? framed(good_question(kId)) : good_question(kId));
  return (is_tcp ? next_id(fd) : next_datagram_id(fd)) == kId;
}

std::string ask(const Endpoint& server, const test::Packet& packet, test::Over over,
                int patience_ms) {
  const test::Bytes query = test::octets_of(packet);
  const auto reply = over == test::Over::kTcp ? test::exchange_tcp(server, query, patience_ms)
                                              : test::exchange_udp(server, query, patience_ms);
  return test::essence_of(query, reply);
}

class ProbeTest : public ::testing::Test {
 public:
  explicit ProbeTest(const test::Probe& probe) : probe_(probe) {}
  void TestBody() override {
    const Server server;
    for (const test::Over over : {test::Over::kUdp, test::Over::kTcp}) {
      if (probe_.over != test::Over::kBoth && probe_.over != over) continue;
      for (const Endpoint& endpoint : {server.v4(), server.v6()}) {
        SCOPED_TRACE((over == test::Over::kUdp ? "UDP " : "TCP ") + to_string(endpoint));
        if (probe_.want == "no reply") {
          EXPECT_TRUE(is_met_with_silence(endpoint, probe_.packet, over));
        } else {
          EXPECT_EQ(ask(endpoint, probe_.packet, over, kReplyMs), probe_.want);
        }
      }
    }
  }

 private:
  const test::Probe& probe_;
};

std::string test_name(const test::Probe& probe) {
  std::string section(probe.section);
  std::ranges::replace(section, '.', '_');
  return "Rfc" + std::string(probe.rfc) + "Section" + section + "_" + std::string(probe.name);
}

// As GoogleTest's macros do it: before main().
const bool kRegistered = [] {
  for (const test::Probe& probe : test::probes()) {
    ::testing::RegisterTest("Conformance", test_name(probe).c_str(), nullptr, nullptr, __FILE__,
                            __LINE__,
                            [&probe]() -> ::testing::Test* { return new ProbeTest(probe); });
  }
  return true;
}();

TEST(Probes, AreEachNamedOnce) {
  EXPECT_TRUE(kRegistered);
  std::vector<std::string> names;
  for (const test::Probe& probe : test::probes()) names.push_back(test_name(probe));
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

// What a connection must be.

class ConformanceOfTcp : public ::testing::Test {
 protected:
  [[nodiscard]] Fd connect_one() const { return connect_to(server_.v4(), SOCK_STREAM); }

  Server server_;
};

TEST_F(ConformanceOfTcp, Rfc7766Section6_2_1_1_AnswersPipelinedQueries) {
  const Fd fd = connect_one();
  test::Bytes all;
  for (std::uint16_t id = 1; id <= 300; ++id) {
    const test::Bytes one = framed(good_question(id));
    all.insert(all.end(), one.begin(), one.end());
  }
  send_all(fd, all);
  std::vector<int> ids;
  for (int i = 0; i < 300; ++i) ids.push_back(next_id(fd));
  std::ranges::sort(ids);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(ids[static_cast<std::size_t>(i)], i + 1);
}

TEST_F(ConformanceOfTcp, Rfc7766Section6_2_1_KeepsTheConnectionForFurtherQueries) {
  const Fd fd = connect_one();
  for (std::uint16_t id = 1; id <= 5; ++id) {
    send_all(fd, framed(good_question(id)));
    EXPECT_EQ(next_id(fd), id);
  }
}

TEST_F(ConformanceOfTcp, Rfc7766Section8_TakesLengthAndMessageInPieces) {
  const Fd fd = connect_one();
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (const std::uint8_t octet : framed(good_question(7))) send_all(fd, {octet});
  EXPECT_EQ(next_id(fd), 7);
}

TEST_F(ConformanceOfTcp, Rfc7766Section6_2_3_EndsNoConnectionBeforeItsReplies) {
  const Fd fd = connect_one();
  send_all(fd, framed(good_question(9)));
  shutdown(fd.get(), SHUT_WR);
  EXPECT_EQ(next_id(fd), 9);
  EXPECT_EQ(next_id(fd), -1);  // then it does
}

TEST_F(ConformanceOfTcp, Rfc9210Section4_1_ServesManyConnectionsOfAClient) {
  std::vector<Fd> all;
  for (int i = 0; i < 50; ++i) all.push_back(connect_one());
  for (std::uint16_t id = 0; id < 50; ++id) send_all(all[id], framed(good_question(id)));
  for (std::uint16_t id = 0; id < 50; ++id) EXPECT_EQ(next_id(all[id]), id);
}

// The table.

struct Peer {
  std::string name;
  Endpoint endpoint;
  std::unique_ptr<test::Process> process;
  bool lacks_more = false;  // of the zone
};

Endpoint endpoint_of(int index) {
  const std::string address = test::own_address(index);
  return {*IpAddress::parse(address), test::free_port(address)};
}

std::vector<Peer> start_peers(const test::TempDir& folder) {
  const std::string zone(test::probed_zone());
  const test::ZoneFile whole{
      "c.test.", folder.write("whole.zone", zone + std::string(test::probed_zone_more()))};
  const test::ZoneFile part{"c.test.", folder.write("part.zone", zone)};
  std::vector<Peer> peers;
  peers.push_back({"NSD", endpoint_of(1), nullptr});
  peers.back().process = test::start_nsd(folder, peers.back().endpoint, {whole});
  peers.push_back({"Knot", endpoint_of(2), nullptr});
  peers.back().process = test::start_knot(folder, peers.back().endpoint, {whole});
  peers.push_back({"gdnsd", endpoint_of(3), nullptr, true});
  peers.back().process = test::start_gdnsd(folder, peers.back().endpoint, "", {part});
  return peers;
}

bool is_of_more(const test::Probe& probe) {
  return probe.packet.name.find("dn.c.test.") != std::string::npos ||
         probe.packet.name.starts_with("loop");
}

// Who stays silent is asked once more when it has shown that it is there.
std::string ask_patiently(const Endpoint& server, const test::Packet& packet, test::Over over) {
  const std::string said = ask(server, packet, over, kSilenceMs);
  if (said != "no reply") return said;
  EXPECT_NE(ask(server, {}, over, kReplyMs), said);
  return ask(server, packet, over, kSilenceMs);
}

// A line of the table; empty: all say the same.
std::string line_of(const test::Probe& probe, const Server& server,
                    const std::vector<Peer>& peers) {
  const test::Over over = probe.over == test::Over::kTcp ? test::Over::kTcp : test::Over::kUdp;
  const std::string ours = ask_patiently(server.v4(), probe.packet, over);
  std::string line = "| " + std::string(probe.rfc) + " §" + std::string(probe.section) + " | " +
                     std::string(probe.asked) + " |";
  bool differ = false;
  for (const Peer& peer : peers) {
    const bool asked = !peer.lacks_more || !is_of_more(probe);
    const std::string theirs = asked ? ask_patiently(peer.endpoint, probe.packet, over) : "–";
    differ = differ || (asked && theirs != ours);
    line += " " + (theirs == ours ? "=" : theirs) + " |";
  }
  return differ ? line + " " + ours + " |\n" : "";
}

TEST(Conformance, Table) {
  const test::TempDir folder;
  const Server server;
  const std::vector<Peer> peers = start_peers(folder);
  std::string table = "| RFC | query | NSD | Knot | gdnsd | rhumb |\n|---|---|---|---|---|---|\n";
  for (const Peer& peer : peers) ASSERT_NE(peer.process, nullptr) << "install " << peer.name;
  for (const test::Probe& probe : test::probes()) table += line_of(probe, server, peers);
  const std::string page = test::read_file(std::string(RHUMB_SOURCE_DIR) + "/docs/differences.md");
  const std::size_t begin = page.find(kBegin);
  const std::size_t end = page.find(kEnd);
  std::printf("%s", table.c_str());
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end);
  EXPECT_EQ(page.substr(begin + sizeof kBegin - 1, end - begin - (sizeof kBegin - 1)), table)
      << "put what was printed between the two marks in docs/differences.md";
}

}  // namespace
}  // namespace rhumb
