#include "server/dns_probe.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <utility>

#include "dns/tcp_framer.h"
#include "server/clock.h"
#include "server/entropy.h"
#include "server/listeners.h"
#include "server/socket_address.h"
#include "server/transfer.h"
#include "server/uv_handle.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxDatagramSize = 65'535;

}  // namespace

struct DnsProbes::Run {
  enum class Phase : std::uint8_t { kUdp, kConnecting, kTcp };

  DnsProbes& owner;
  std::shared_ptr<const CheckSpec> spec;
  Endpoint target;
  Done done;
  std::vector<std::uint8_t> question;
  std::int64_t deadline_ms;  // of all of it,
  std::int64_t word_by_ms;   // and of a first word
  std::int64_t again_at_ms;  // when the question is sent once more, over UDP; 0: it was
  Phase phase = Phase::kUdp;
  int foreign = 0;  // datagrams
  TcpFramer framer{};
  Fd socket{};  // closed behind its poll
  UvPoll poll{};
  UvTimer due{};
  Attempt outcome{};
  bool is_decided = false;  // and told by the timer
};

DnsProbes::DnsProbes(uv_loop_t* loop) : loop_(loop), datagram_(kMaxDatagramSize) {}

DnsProbes::~DnsProbes() = default;

void DnsProbes::start(std::shared_ptr<const CheckSpec> spec, const IpAddress& address,
                      Patience patience, Done done) {
  const auto id = static_cast<std::uint16_t>(draw_entropy());
  const std::int64_t now = monotonic_ms();
  const std::int64_t word_ms =
      patience.connect_timeout_ms > 0 ? patience.connect_timeout_ms : patience.timeout_ms;
  auto question = dns_question(spec->dns, id);
  const Endpoint target{address, port_of(*spec)};
  std::unique_ptr<Run> owned(new Run{*this, std::move(spec), target, std::move(done),
                                     std::move(question), now + patience.timeout_ms, now + word_ms,
                                     now + word_ms / 2});
  Run& run = *owned;
  runs_.emplace(&run, std::move(owned));
  run.due = make_timer(loop_, &run);
  ask_over_udp(run);
}

// A connected socket takes no datagrams from elsewhere, and hears of an ICMP error.
bool DnsProbes::open(Run& run, int type) {
  run.poll.reset();
  run.socket = Fd(::socket(run.target.address.is_v4() ? AF_INET : AF_INET6,
                           type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!run.socket.valid()) return false;
  const SocketAddress to = to_socket_address(run.target);
  const int connected = connect(run.socket.get(), to.get(), to.size);
  if (connected != 0 && errno != EINPROGRESS) return false;
  run.poll = make_poll(loop_, run.socket.get(), &run);
  return run.poll != nullptr;
}

void DnsProbes::ask_over_udp(Run& run) {
  if (run.socket.valid() || open(run, SOCK_DGRAM)) {
    if (send(run.socket.get(), run.question.data(), run.question.size(), MSG_NOSIGNAL) >= 0) {
      uv_poll_start(run.poll.get(), UV_READABLE, [](uv_poll_t* poll, int, int) {
        auto& its = *static_cast<Run*>(poll->data);
        its.owner.on_datagram(its);
      });
      return wait(run);
    }
  }
  fail_by_errno(run);
}

void DnsProbes::on_timer(uv_timer_t* due) {
  auto& run = *static_cast<Run*>(due->data);
  if (run.is_decided) return run.owner.finish(run);
  run.owner.on_due(run);
}

// Over UDP, until the question is sent again or a first word should have come; else to the end.
std::int64_t DnsProbes::due_ms(const Run& run) {
  if (run.phase != Run::Phase::kUdp) return run.deadline_ms;
  return run.again_at_ms != 0 ? run.again_at_ms : run.word_by_ms;
}

void DnsProbes::wait(Run& run) {
  const std::int64_t left_ms = std::max<std::int64_t>(due_ms(run) - monotonic_ms(), 0);
  uv_update_time(loop_);
  uv_timer_start(run.due.get(), on_timer, static_cast<std::uint64_t>(left_ms), 0);
}

void DnsProbes::on_due(Run& run) {
  const std::int64_t now = monotonic_ms();
  if (now < due_ms(run)) return wait(run);
  const bool is_udp = run.phase == Run::Phase::kUdp;
  if (now >= (is_udp ? run.word_by_ms : run.deadline_ms)) {
    std::string doing = run.phase == Run::Phase::kConnecting ? "connecting over TCP"
                        : is_udp                             ? "waiting for the reply"
                                                             : "waiting for the reply over TCP";
    if (run.foreign > 0) doing += "; what came answers another question";
    run.outcome.unreachable = is_udp && run.foreign == 0;
    return fail(run, timed_out(*run.spec, doing));
  }
  run.again_at_ms = 0;
  ask_over_udp(run);
}

void DnsProbes::on_datagram(Run& run) {
  const ssize_t size = recv(run.socket.get(), datagram_.data(), datagram_.size(), 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size < 0) return fail_by_errno(run);
  const auto reply = std::span(datagram_).first(static_cast<std::size_t>(size));
  take(run, judge_dns(run.spec->dns, run.question, reply));
}

void DnsProbes::take(Run& run, const DnsReply& reply) {
  switch (reply.kind) {
    case DnsReply::Kind::kForeign:
      if (run.phase != Run::Phase::kUdp || ++run.foreign >= kMaxForeignReplies) {
        fail(run, "the reply answers another question");
      }
      return;
    case DnsReply::Kind::kTruncated:
      if (run.phase == Run::Phase::kUdp) return ask_over_tcp(run);
      return fail(run, "the reply is truncated over TCP too");
    case DnsReply::Kind::kJudged:
      break;
  }
  run.outcome.result = reply.ok ? succeeded(reply.reason) : failed(reply.reason);
  run.is_decided = true;
  finish(run);
}

void DnsProbes::ask_over_tcp(Run& run) {
  run.phase = Run::Phase::kConnecting;
  if (!open(run, SOCK_STREAM)) return fail_by_errno(run);
  uv_poll_start(run.poll.get(), UV_WRITABLE, [](uv_poll_t* poll, int, int) {
    auto& its = *static_cast<Run*>(poll->data);
    its.owner.on_connected(its);
  });
  wait(run);
}

void DnsProbes::on_connected(Run& run) {
  run.phase = Run::Phase::kTcp;
  std::vector<std::uint8_t> framed = {static_cast<std::uint8_t>(run.question.size() >> 8U),
                                      static_cast<std::uint8_t>(run.question.size())};
  framed.insert(framed.end(), run.question.begin(), run.question.end());
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(run.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(run, system_word(error) + " over TCP");
  // The first octets of a connection always find room.
  if (send(run.socket.get(), framed.data(), framed.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(framed.size())) {
    return fail_by_errno(run);
  }
  uv_poll_start(run.poll.get(), UV_READABLE, [](uv_poll_t* poll, int, int) {
    auto& its = *static_cast<Run*>(poll->data);
    its.owner.on_bytes(its);
  });
}

void DnsProbes::on_bytes(Run& run) {
  const ssize_t size = recv(run.socket.get(), datagram_.data(), datagram_.size(), 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size < 0) return fail_by_errno(run);
  if (size == 0) return fail(run, "connection closed without a reply over TCP");
  run.framer.lend(std::span(datagram_).first(static_cast<std::size_t>(size)));
  const TcpFramer::Message message = run.framer.next();
  if (message.whole) return take(run, judge_dns(run.spec->dns, run.question, message.bytes));
  run.framer.keep();
}

void DnsProbes::fail(Run& run, std::string reason) { end(run, failed(std::move(reason))); }

// Told by the timer: nobody is called back from within start().
void DnsProbes::end(Run& run, ProbeResult result) {
  run.outcome.result = std::move(result);
  run.is_decided = true;
  if (run.poll != nullptr) uv_poll_stop(run.poll.get());
  uv_timer_start(run.due.get(), on_timer, 0, 0);
}

void DnsProbes::fail_by_errno(Run& run) {
  const int number = errno;
  if (is_want_here(number)) return end(run, without_data(system_word(number)));
  const bool is_udp = run.phase == Run::Phase::kUdp;
  run.outcome.unreachable = is_udp;
  fail(run, system_word(number) + (is_udp ? "" : " over TCP"));
}

void DnsProbes::finish(Run& run) {
  const auto found = runs_.find(&run);
  const std::unique_ptr<Run> ended = std::move(found->second);
  runs_.erase(found);
  ended->done(std::move(ended->outcome));
}

}  // namespace rhumb
