#include "bench/abuse.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "server/socket_address.h"

namespace rhumb::bench {
namespace {

constexpr std::size_t kLanes = 8;  // sockets, so that every worker gets its share
constexpr std::size_t kBatch = 16;
constexpr double kMaxBurst = 64;  // datagrams: what was not sent in time is not made up for
constexpr int kFuzzPauseUs = 200;

constexpr int kStalled = 60;
constexpr int kDribbling = 60;
constexpr int kClientsOfAddress = 20;  // fewer than one address may have
constexpr int kLargeQuestions = 8;
constexpr int kTickMs = 10;
constexpr int kTicksASecond = 100;
constexpr int kResetsATick = 2;
constexpr int kSmallBuffer = 4096;
constexpr int kSmallSegment = 536;

constexpr int kAskPauseMs = 5;
constexpr int kQuestionsOfConnection = 20;
constexpr int kAskPatienceMs = 10'000;
constexpr int kAskerAddress = 250;
constexpr int kFuzzingAddress = 240;

SocketAddress address_of(int client) {
  const std::string text = "127.253.0." + std::to_string(1 + client);
  return to_socket_address({IpAddress::parse(text).value(), 0});
}

std::vector<std::uint8_t> framed(const std::vector<std::uint8_t>& message) {
  std::vector<std::uint8_t> out = {static_cast<std::uint8_t>(message.size() >> 8U),
                                   static_cast<std::uint8_t>(message.size())};
  out.insert(out.end(), message.begin(), message.end());
  return out;
}

bool is_at_its_end(int fd) {
  pollfd state{fd, POLLRDHUP, 0};
  return poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace

Fuzzer::Fuzzer(const Endpoint& server, const Questions& questions, double packets_a_second,
               std::uint64_t seed)
    : packets_a_second_(packets_a_second), mutator_(questions, seed), messages_(kBatch) {
  const SocketAddress peer = to_socket_address(server);
  for (std::size_t i = 0; i < kLanes; ++i) {
    lanes_.push_back(socket(peer.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    // Of networks that the rate limit is for.
    const SocketAddress own = address_of(kFuzzingAddress + static_cast<int>(i));
    (void)bind(lanes_.back(), own.get(), own.size);
    (void)connect(lanes_.back(), peer.get(), peer.size);
  }
  thread_ = std::thread([this] { run(); });
}

FuzzCounts Fuzzer::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  for (const int fd : std::exchange(lanes_, {})) close(fd);
  return counts_;
}

void Fuzzer::run() {
  std::uint64_t last = now_ns();
  double due = 0;
  for (std::size_t lane = 0; !stop_; lane = (lane + 1) % kLanes) {
    const std::uint64_t now = now_ns();
    due = std::min(due + packets_a_second_ * static_cast<double>(now - last) * 1e-9, kMaxBurst);
    last = now;
    const bool is_paced = packets_a_second_ > 0;
    if (is_paced && due < 1) {
      usleep(kFuzzPauseUs);
      continue;
    }
    const std::size_t count = is_paced ? std::min(static_cast<std::size_t>(due), kBatch) : kBatch;
    due -= static_cast<double>(count);
    send_some(lane, count);
    drain(lane);
  }
}

void Fuzzer::send_some(std::size_t lane, std::size_t count) {
  std::array<mmsghdr, kBatch> headers{};
  std::array<iovec, kBatch> octets{};
  for (std::size_t i = 0; i < count; ++i) {
    mutator_.next(messages_[i]);
    octets[i] = {messages_[i].data(), messages_[i].size()};
    headers[i].msg_hdr.msg_iov = &octets[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  const int sent = sendmmsg(lanes_[lane], headers.data(), static_cast<unsigned>(count), 0);
  counts_.sent += static_cast<std::uint64_t>(std::max(sent, 0));
}

// As many replies as one call reads; the kernel drops what is too much.
void Fuzzer::drain(std::size_t lane) {
  std::array<mmsghdr, kBatch> headers{};
  const int read = recvmmsg(lanes_[lane], headers.data(), kBatch, MSG_DONTWAIT, nullptr);
  counts_.replies += static_cast<std::uint64_t>(std::max(read, 0));
}

Abusers::Abusers(const Endpoint& server, const std::vector<std::uint8_t>& large) : server_(server) {
  const std::vector<std::uint8_t> one = framed(large);
  for (int i = 0; i < kLargeQuestions; ++i)
    questions_.insert(questions_.end(), one.begin(), one.end());
  dribble_ = one;
  thread_ = std::thread([this] { run(); });
}

AbuseCounts Abusers::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  return counts_;
}

void Abusers::run() {
  std::vector<Client> clients(kStalled + kDribbling);
  for (std::size_t i = kStalled; i < clients.size(); ++i) {
    clients[i].kind = Client::Kind::kDribbles;
  }
  for (int tick = 0; !stop_; ++tick) {
    int number = 0;
    for (Client& client : clients) go_on(client, number++, tick % kTicksASecond == 0);
    for (int i = 0; i < kResetsATick; ++i) reset_one(tick * kResetsATick + i);
    poll(nullptr, 0, kTickMs);
  }
  for (const Client& client : clients) {
    if (client.fd >= 0) close(client.fd);
  }
}

// Does not wait until it is let in.
int Abusers::open_from(int client) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  // What waits for such a client is little, in its kernel and in the server's.
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kSmallBuffer, sizeof kSmallBuffer);
  setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &kSmallSegment, sizeof kSmallSegment);
  const SocketAddress own = address_of(client / kClientsOfAddress);
  const SocketAddress peer = to_socket_address(server_);
  const bool is_on_its_way = bind(fd, own.get(), own.size) == 0 &&
                             (connect(fd, peer.get(), peer.size) == 0 || errno == EINPROGRESS);
  if (!is_on_its_way) {
    close(fd);
    return -1;
  }
  ++counts_.connections;
  return fd;
}

// Who stalls sends all it has to ask as soon as the kernel takes it, who dribbles an octet of a
// long message a second: it never comes to an end in time.
void Abusers::go_on(Client& client, int number, bool is_second_over) {
  if (client.fd >= 0 && is_at_its_end(client.fd)) {
    close(client.fd);
    client.fd = -1;
    ++counts_.closed;
  }
  if (client.fd < 0) {
    client.fd = open_from(number);
    client.sent_bytes = 0;
    return;
  }
  const bool stalls = client.kind == Client::Kind::kStalls;
  const auto& all = stalls ? questions_ : dribble_;
  const auto left = std::span(all).subspan(client.sent_bytes);
  if (left.empty() || (!stalls && !is_second_over)) return;
  const ssize_t sent = send(client.fd, left.data(), stalls ? left.size() : 1, MSG_NOSIGNAL);
  if (sent > 0) client.sent_bytes += static_cast<std::size_t>(sent);
}

// Before it has said anything, in the middle of a question, after it, or with replies unread.
void Abusers::reset_one(int number) {
  constexpr int kAddresses = 50;
  constexpr int kFirst = kStalled + kDribbling;
  const int fd = open_from(kFirst + number % kAddresses * kClientsOfAddress);
  if (fd < 0) return;
  const std::array<std::size_t, 4> sizes = {0, 7, dribble_.size(), questions_.size()};
  const std::size_t size = sizes[static_cast<std::size_t>(number) % sizes.size()];
  if (size > 0) (void)send(fd, questions_.data(), size, MSG_NOSIGNAL);
  const linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(fd);
  ++counts_.resets;
}

TcpAsker::TcpAsker(const Endpoint& server, Questions questions)
    : server_(server), questions_(std::move(questions)) {
  thread_ = std::thread([this] { run(); });
}

AskCounts TcpAsker::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  return counts_;
}

void TcpAsker::run() {
  int fd = connect_one();
  for (std::size_t next = 0; !stop_; next = (next + 1) % questions_.size()) {
    ++counts_.sent;
    const bool is_answered = ask(fd, questions_[next]);
    if (is_answered) ++counts_.answered;
    if (!is_answered || counts_.sent % kQuestionsOfConnection == 0) {
      close(fd);
      fd = connect_one();
    }
    poll(nullptr, 0, kAskPauseMs);
  }
  close(fd);
}

int TcpAsker::connect_one() const {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{kAskPatienceMs / 1000, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const SocketAddress own = address_of(kAskerAddress);
  const SocketAddress peer = to_socket_address(server_);
  (void)bind(fd, own.get(), own.size);
  (void)connect(fd, peer.get(), peer.size);  // a failure shows when it asks
  return fd;
}

// The reply is its question's: nothing else is under way.
bool TcpAsker::ask(int fd, std::span<const std::uint8_t> question) {
  const std::vector<std::uint8_t> message = framed({question.begin(), question.end()});
  if (send(fd, message.data(), message.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(message.size())) {
    return false;
  }
  std::array<std::uint8_t, 2> length{};
  if (recv(fd, length.data(), length.size(), MSG_WAITALL) != 2) return false;
  std::vector<std::uint8_t> reply(static_cast<std::size_t>(length[0]) << 8U | length[1]);
  const ssize_t got = recv(fd, reply.data(), reply.size(), MSG_WAITALL);
  return got == static_cast<ssize_t>(reply.size()) && got > 3 && (reply[2] & 0x80U) != 0 &&
         (reply[3] & 0x0FU) == 0;
}

}  // namespace rhumb::bench
