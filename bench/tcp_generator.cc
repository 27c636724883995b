#include "bench/tcp_generator.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <vector>

#include "server/socket_address.h"

namespace rhumb::bench {
namespace {

constexpr std::size_t kLength = 2;  // octets of the length before a message (RFC 1035 §4.2.2)
constexpr std::size_t kMessageRoom = 8192;
constexpr std::uint64_t kLookForSilentNs = 250'000'000;

enum class Stage : std::uint8_t { kClosed, kConnecting, kAsked };

// One connection and the question under way on it.
struct Caller {
  int fd = -1;  // -1 when closed
  Stage stage = Stage::kClosed;
  int number = 0;
  int asked = 0;
  std::uint64_t since_ns = 0;  // it waits for the connection, or for the reply
  std::size_t got = 0;
  std::array<std::uint8_t, kMessageRoom> in{};
};

class TcpGenerator {
 public:
  TcpGenerator(const LoadPlan& plan, const Questions& questions);
  TcpGenerator(const TcpGenerator&) = delete;
  TcpGenerator& operator=(const TcpGenerator&) = delete;
  ~TcpGenerator();
  LoadResult run();

 private:
  void call(Caller& caller);
  void ask_next(Caller& caller);
  void take_turn(Caller& caller);
  [[nodiscard]] bool receive(Caller& caller);
  void take_reply(Caller& caller);
  void hang_up(Caller& caller);
  void fail(Caller& caller);
  void poll_once();
  void look_for_silent(std::uint64_t now);
  [[nodiscard]] bool all_done() const;

  const LoadPlan& plan_;
  const Questions& questions_;
  const SocketAddress server_;
  const int poller_;
  std::vector<Caller> callers_;
  std::size_t next_question_ = 0;
  std::uint64_t now_ = 0;  // at the last poll
  bool ending_ = false;
  LoadResult result_;
};

TcpGenerator::TcpGenerator(const LoadPlan& plan, const Questions& questions)
    : plan_(plan),
      questions_(questions),
      server_(to_socket_address(plan.server)),
      poller_(epoll_create1(EPOLL_CLOEXEC)),
      callers_(static_cast<std::size_t>(plan.sockets)) {
  for (std::size_t i = 0; i < callers_.size(); ++i) callers_[i].number = static_cast<int>(i);
}

TcpGenerator::~TcpGenerator() {
  for (const Caller& caller : callers_) {
    if (caller.fd >= 0) close(caller.fd);
  }
  close(poller_);
}

LoadResult TcpGenerator::run() {
  pin_to_core(plan_.core);
  const std::uint64_t started = now_ = now_ns();
  const auto length = static_cast<std::uint64_t>(plan_.seconds * 1e9);
  for (Caller& caller : callers_) call(caller);
  for (std::uint64_t looked = now_; now_ - started < length;) {
    poll_once();
    if (now_ - looked < kLookForSilentNs) continue;
    looked = now_;
    look_for_silent(now_);
  }
  result_.seconds = static_cast<double>(now_ - started) * 1e-9;
  // What is still under way gets its time before it counts as lost.
  ending_ = true;
  const std::uint64_t idle_ns = result_.idle_ns;
  const std::uint64_t in_time = result_.answered;
  const auto patience_ns = static_cast<std::uint64_t>(plan_.patience_s * 1e9);
  for (const std::uint64_t end = now_ + patience_ns; !all_done() && now_ < end;) poll_once();
  result_.idle_ns = idle_ns;
  result_.late = result_.answered - in_time;
  for (Caller& caller : callers_) {
    if (caller.stage == Stage::kAsked) ++result_.lost;
    hang_up(caller);
  }
  return result_;
}

void TcpGenerator::poll_once() {
  std::array<epoll_event, 64> events{};
  const int count = epoll_wait(poller_, events.data(), static_cast<int>(events.size()), 0);
  const std::uint64_t before = now_;
  now_ = now_ns();
  if (count <= 0) result_.idle_ns += now_ - before;
  for (int i = 0; i < count; ++i) {
    take_turn(callers_[events[static_cast<std::size_t>(i)].data.u32]);
  }
}

// Who cannot call is tried again at look_for_silent().
void TcpGenerator::call(Caller& caller) {
  caller.fd = socket(server_.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(caller.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (plan_.many_clients) {
    // The port is chosen at connect(), for this pair of addresses: there are enough of them.
    setsockopt(caller.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    bind_client(caller.fd, caller.number);
  }
  caller.stage = Stage::kConnecting;
  caller.asked = 0;
  caller.since_ns = now_;
  ++result_.connections;
  const int result = connect(caller.fd, server_.get(), server_.size);
  if (result != 0 && errno != EINPROGRESS) return fail(caller);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.u32 = static_cast<std::uint32_t>(caller.number);
  epoll_ctl(poller_, EPOLL_CTL_ADD, caller.fd, &event);
}

// The connection has come about, or there is something to read, or it has ended.
void TcpGenerator::take_turn(Caller& caller) {
  if (caller.stage == Stage::kAsked) {
    if (!receive(caller)) return;
    take_reply(caller);
  }
  if (!ending_ && caller.asked < plan_.queries_per_connection) return ask_next(caller);
  hang_up(caller);
  if (!ending_) call(caller);
}

void TcpGenerator::ask_next(Caller& caller) {
  const std::vector<std::uint8_t>& question = questions_[next_question_];
  next_question_ = next_question_ + 1 == questions_.size() ? 0 : next_question_ + 1;
  std::array<std::uint8_t, kLength + 512> out{};
  out[0] = static_cast<std::uint8_t>(question.size() >> 8U);
  out[1] = static_cast<std::uint8_t>(question.size());
  std::ranges::copy(question, out.begin() + kLength);
  out[kLength] = static_cast<std::uint8_t>(caller.asked >> 8);  // its id
  out[kLength + 1] = static_cast<std::uint8_t>(caller.asked);
  caller.stage = Stage::kAsked;
  caller.since_ns = now_ns();
  caller.got = 0;
  ++caller.asked;
  ++result_.sent;
  const std::size_t size = kLength + question.size();
  if (send(caller.fd, out.data(), size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) fail(caller);
}

// True once the reply is there.
bool TcpGenerator::receive(Caller& caller) {
  while (true) {
    if (caller.got >= kLength) {
      const std::size_t size = std::size_t{caller.in[0]} << 8U | caller.in[1];
      if (size >= LoadResult::kHeaderOctets && caller.got >= kLength + size) return true;
    }
    const ssize_t got = recv(caller.fd, &caller.in[caller.got], caller.in.size() - caller.got, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got <= 0) {
      fail(caller);
      return false;
    }
    caller.got += static_cast<std::size_t>(got);
  }
}

void TcpGenerator::take_reply(Caller& caller) {
  result_.latencies.add(now_ns() - caller.since_ns);
  result_.count(std::span(caller.in).first(caller.got).subspan(kLength));
}

void TcpGenerator::hang_up(Caller& caller) {
  if (caller.fd >= 0) close(caller.fd);
  caller.fd = -1;
  caller.stage = Stage::kClosed;
}

void TcpGenerator::fail(Caller& caller) {
  ++result_.lost;
  hang_up(caller);
}

void TcpGenerator::look_for_silent(std::uint64_t now) {
  const auto patience_ns = static_cast<std::uint64_t>(plan_.patience_s * 1e9);
  for (Caller& caller : callers_) {
    const bool waits = caller.stage != Stage::kClosed;
    if (waits && now > caller.since_ns + patience_ns) fail(caller);
    if (caller.stage == Stage::kClosed) call(caller);
  }
}

bool TcpGenerator::all_done() const {
  return std::ranges::none_of(callers_,
                              [](const Caller& caller) { return caller.stage == Stage::kAsked; });
}

}  // namespace

LoadResult run_tcp_load(const LoadPlan& plan, const Questions& questions) {
  return std::make_unique<TcpGenerator>(plan, questions)->run();
}

}  // namespace rhumb::bench
