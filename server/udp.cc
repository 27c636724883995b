#include "server/udp.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "answer/answer.h"
#include "base/hash.h"
#include "dns/query.h"
#include "server/clock.h"
#include "server/entropy.h"
#include "server/socket_address.h"

namespace rhumb {
namespace {

constexpr std::size_t kBatch = kMaxBatch;       // questions read by one system call
constexpr std::size_t kMaxQuestionSize = 4096;  // octets; a longer datagram is dropped
constexpr std::size_t kAddressControlSize = CMSG_SPACE(sizeof(in6_pktinfo));
constexpr int kLastBatches = 64;  // for what has come when the worker is to end
constexpr auto kStopRetry = std::chrono::milliseconds(1);
constexpr auto kErrorPause = std::chrono::milliseconds(1);  // so that a lasting error spins no core

// All memory of a worker: the batch's questions, replies, and what the kernel needs to know of
// them.
struct Batch {
  std::array<mmsghdr, kBatch> in{};
  std::array<mmsghdr, kBatch> out{};
  std::array<iovec, kBatch> in_bytes{};
  std::array<iovec, kBatch> out_bytes{};
  std::array<sockaddr_storage, kBatch> peers{};
  alignas(cmsghdr) std::array<std::array<std::uint8_t, kAddressControlSize>, kBatch> control{};
  std::array<Query, kBatch> queries{};
  std::array<std::array<std::uint8_t, kMaxQuestionSize>, kBatch> questions{};
  std::array<std::array<std::uint8_t, kMaxUdpSize>, kBatch> replies{};
  std::uint64_t entropy = 0;
  std::uint64_t begun_ns = 0;  // by the monotonic clock
  std::uint32_t now_s = 0;
};

void prepare(Batch& batch) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    batch.in_bytes[i] = {batch.questions[i].data(), batch.questions[i].size()};
    msghdr& header = batch.in[i].msg_hdr;
    header.msg_name = &batch.peers[i];
    header.msg_namelen = sizeof(sockaddr_storage);
    header.msg_iov = &batch.in_bytes[i];
    header.msg_iovlen = 1;
    header.msg_control = batch.control[i].data();
    header.msg_controllen = kAddressControlSize;
  }
  batch.entropy = draw_entropy();  // a seed, then mixed on
}

// The kernel overwrote the sizes of what it filled.
void restore_sizes(Batch& batch, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    batch.in[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    batch.in[i].msg_hdr.msg_controllen = kAddressControlSize;
  }
}

void parse_one(Batch& batch, std::size_t i) {
  const mmsghdr& in = batch.in[i];
  const auto* peer = reinterpret_cast<const sockaddr*>(&batch.peers[i]);  // NOLINT: sockets API
  const Endpoint source = to_endpoint(peer);
  // A datagram cut short is no question, and port 0 cannot be answered.
  const bool usable = (in.msg_hdr.msg_flags & MSG_TRUNC) == 0 && source.port != 0;
  const std::size_t size = usable ? in.msg_len : 0;
  batch.entropy = mix(batch.entropy, i + 1);
  parse({.message = std::span(batch.questions[i]).first(size),
         .source = source.address,
         .transport = Transport::kUdp,
         .entropy = batch.entropy,
         .now_s = batch.now_s},
        batch.queries[i]);
}

// Makes the received control data say where the reply leaves from: the asked address, on whichever
// interface the route says, save for link-local addresses, which mean nothing without theirs.
void reply_from_asked_address(msghdr& header) {
  for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(item), sizeof info);
      info.ipi_ifindex = 0;
      std::memcpy(CMSG_DATA(item), &info, sizeof info);
    } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(item), sizeof info);
      if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) continue;
      info.ipi6_ifindex = 0;
      std::memcpy(CMSG_DATA(item), &info, sizeof info);
    }
  }
}

// Why parse() was given nothing, or what it was given is to be met with silence.
Drop why_silent(const mmsghdr& in) {
  if ((in.msg_hdr.msg_flags & MSG_TRUNC) != 0) return Drop::kOversize;
  if (in.msg_len < kHeaderSize) return Drop::kShort;
  const auto* peer = static_cast<const sockaddr*>(in.msg_hdr.msg_name);
  return to_endpoint(peer).port == 0 ? Drop::kSourcePort : Drop::kResponse;
}

// Which address was asked: the socket's own, or on a wildcard socket what the control data say.
Endpoint asked_endpoint(const msghdr& in, const Endpoint& own) {
  if (!own.address.is_unspecified()) return own;
  auto& header = const_cast<msghdr&>(in);  // NOLINT: CMSG_NXTHDR() only reads it
  for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    std::array<std::uint8_t, 16> address{};
    if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
      std::memcpy(address.data(), CMSG_DATA(item) + offsetof(in_pktinfo, ipi_addr), 4);
      return {IpAddress::v4(std::span(address).first<4>()), own.port};
    }
    if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
      std::memcpy(address.data(), CMSG_DATA(item) + offsetof(in6_pktinfo, ipi6_addr), 16);
      return {IpAddress::v6(address), own.port};
    }
  }
  return own;
}

// What the tap and the batch are of.
struct Tapped {
  TapPort& port;
  const Endpoint& own;
  std::uint64_t asked_ns;
};

void tap_one(const Tapped& tap, const View& view, const Batch& batch, std::size_t i,
             const Outcome& outcome) {
  const msghdr& in = batch.in[i].msg_hdr;
  tap.port.take(view, batch.queries[i], outcome,
                {.client = to_endpoint(static_cast<const sockaddr*>(in.msg_name)),
                 .server = asked_endpoint(in, tap.own),
                 .asked_ns = tap.asked_ns,
                 .question = std::span(batch.questions[i]).first(batch.in[i].msg_len),
                 .reply = std::span(batch.replies[i]).first(outcome.length)});
}

// Of one worker, what a batch is answered with.
struct Means {
  WorkerCounters& counters;
  TapPort& port;
  RateLimiter& limiter;
  const Endpoint& own;
};

// The reply that goes out where `outcome` was answered; of length 0: none does.
Outcome limited(const View& view, const RateLimits& limits, Batch& batch, std::size_t i,
                const Outcome& outcome, const Means& means) {
  const Query& query = batch.queries[i];
  switch (means.limiter.judge(view, limits, query, outcome, batch.begun_ns)) {
    case RateLimitAction::kSend:
      return outcome;
    case RateLimitAction::kSendTc:
      means.counters.withhold(Withheld::kSlipped);
      return answer_with_tc(view, query, outcome, batch.replies[i]);
    case RateLimitAction::kDrop:
      means.counters.withhold(Withheld::kDropped);
      break;
  }
  return {};
}

std::size_t answer_batch(const View& view, Batch& batch, std::size_t count, const Means& means) {
  batch.now_s = coarse_wall_clock_s();
  const bool is_tapped = means.port.is_open();
  const Tapped tap{means.port, means.own, is_tapped ? wall_clock_ns() : 0};
  const RateLimits* const limits = view.options.rate_limits.get();
  for (std::size_t i = 0; i < count; ++i) parse_one(batch, i);
  const auto positions = locate(view, std::span(batch.queries).first(count));
  std::size_t replies = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Outcome outcome = answer(view, batch.queries[i], positions[i], batch.replies[i]);
    if (outcome.length == 0) [[unlikely]] {
      means.counters.drop(why_silent(batch.in[i]));
      continue;
    }
    if (limits != nullptr) {
      outcome = limited(view, *limits, batch, i, outcome, means);
      if (outcome.length == 0) continue;
    }
    means.counters.count(view, batch.queries[i], outcome);
    if (is_tapped) [[unlikely]]
      tap_one(tap, view, batch, i, outcome);
    batch.out_bytes[replies] = {batch.replies[i].data(), outcome.length};
    msghdr& header = batch.out[replies].msg_hdr;
    header = batch.in[i].msg_hdr;
    header.msg_iov = &batch.out_bytes[replies];
    header.msg_flags = 0;
    if (header.msg_controllen > 0) reply_from_asked_address(header);
    ++replies;
  }
  return replies;
}

// Sends all replies. One that the kernel refuses (no route, a filter) is dropped, the rest go on.
void send_batch(int fd, Batch& batch, std::size_t count, WorkerCounters& counters) {
  std::size_t sent = 0;
  while (sent < count) {
    const int result = sendmmsg(fd, &batch.out[sent], static_cast<unsigned>(count - sent), 0);
    if (result > 0) {
      sent += static_cast<std::size_t>(result);
    } else if (errno != EINTR) {
      ++sent;
      counters.drop(Drop::kNotSent);
    }
  }
}

// A socket that was shut down is always ready, with nothing from nobody.
bool is_shut_down(const mmsghdr& first) {
  return first.msg_len == 0 && first.msg_hdr.msg_namelen == 0;
}

void interrupt_only(int /*signal*/) {}

}  // namespace

// What the thread has of its own.
class alignas(kCacheLine) UdpWorker::Turns {
 public:
  explicit Turns(UdpWorker& worker)
      : reader_(worker.views_.reader()),
        fd_(worker.listener_.fd.get()),
        means_{worker.counters_, worker.tap_, worker.limiter_, worker.listener_.endpoint} {
    prepare(batch_);
  }

  // Reads a batch and answers it. False: none could be read, and errno says why.
  bool take(int flags) {
    const int received = recvmmsg(fd_, batch_.in.data(), kBatch, flags, nullptr);
    if (received < 0) return false;
    if (is_shut_down(batch_.in.front())) [[unlikely]] {
      restore_sizes(batch_, 1);
      errno = ESHUTDOWN;
      return false;
    }
    batch_.begun_ns = monotonic_ns();
    const auto count = static_cast<std::size_t>(received);
    std::size_t replies = 0;
    {
      const auto view = reader_->pin();
      replies = answer_batch(*view, batch_, count, means_);
    }
    send_batch(fd_, batch_, replies, means_.counters);
    means_.counters.took(monotonic_ns() - batch_.begun_ns, replies);
    restore_sizes(batch_, count);
    return true;
  }

 private:
  Batch batch_;
  const std::unique_ptr<Published<View>::Reader> reader_;
  const int fd_;
  const Means means_;
};

UdpWorker::UdpWorker(Listener listener, Published<View>& views, WorkerCounters& counters,
                     TapPort& tap, RateLimiter& limiter, Log& log)
    : listener_(std::move(listener)),
      views_(views),
      counters_(counters),
      tap_(tap),
      limiter_(limiter),
      log_(log) {
  struct sigaction action {};
  action.sa_handler = interrupt_only;  // without SA_RESTART: recvmmsg returns EINTR
  sigaction(SIGUSR1, &action, nullptr);
  thread_ = std::thread([this] { run(); });
}

UdpWorker::~UdpWorker() {
  stopping_.store(true);
  // The signal may arrive just before the thread blocks, so it is repeated until the thread says it
  // is done.
  while (!done_.load()) {
    pthread_kill(thread_.native_handle(), SIGUSR1);
    std::this_thread::sleep_for(kStopRetry);
  }
  thread_.join();
}

void UdpWorker::run() {
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGUSR1);
  pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
  pthread_setname_np(pthread_self(), "udp");
  const auto turns = std::make_unique<Turns>(*this);
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (turns->take(MSG_WAITFORONE)) {
      if (fault_.is_on()) [[unlikely]]
        note_received();
    } else {
      note_receive_error(errno);
    }
  }
  for (int i = 0; i < kLastBatches && turns->take(MSG_DONTWAIT); ++i) {
  }
  done_.store(true);
}

// Errors on a UDP socket are about single packets (ICMP, memory for a moment): the worker goes on.
void UdpWorker::note_receive_error(int code) {
  if (code == EINTR) return;
  std::this_thread::sleep_for(kErrorPause);
  if (!fault_.begins(monotonic_ms())) return;
  log_.error("cannot receive",
             {{"address", to_string(listener_.endpoint)}, {"reason", std::strerror(code)}});
}

void UdpWorker::note_received() {
  const std::uint64_t faults = fault_.ends(monotonic_ms());
  if (faults == 0) return;
  log_.info("receives again",
            {{"address", to_string(listener_.endpoint)}, {"errors", std::to_string(faults)}});
}

}  // namespace rhumb
