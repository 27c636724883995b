#include "bench/generator.h"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "dns/client_subnet.h"
#include "dns/name.h"
#include "dns/types.h"
#include "dns/writer.h"
#include "server/socket_address.h"

namespace rhumb::bench {
namespace {

constexpr int kMaxWindow = 64;
constexpr std::uint64_t kLookForLostNs = 250'000'000;
constexpr std::size_t kReplyRoom = 4096;

// One connected socket and the questions under way on it: id i is slot i, due_at 0 means free.
struct Lane {
  int fd = -1;
  std::array<std::uint64_t, kMaxWindow> due_at{};
  std::array<std::uint16_t, kMaxWindow> id{};
  int under_way = 0;
};

void waste(std::uint64_t nanoseconds) {
  if (nanoseconds == 0) return;
  for (const std::uint64_t end = now_ns() + nanoseconds; now_ns() < end;) continue;
}

class Generator {
 public:
  Generator(const LoadPlan& plan, const Questions& questions);
  ~Generator();
  LoadResult run();

 private:
  void open_lanes();
  [[nodiscard]] int allowed(std::uint64_t now) const;
  [[nodiscard]] std::uint64_t due_at(unsigned ahead, std::uint64_t now) const;
  std::uint64_t visit(Lane& lane, std::uint64_t before);
  void send_on(Lane& lane, int limit, std::uint64_t now);
  void receive_on(Lane& lane);
  void take(Lane& lane, std::size_t message, std::size_t size, std::uint64_t now);
  void give_up_old(Lane& lane, std::uint64_t now);

  const LoadPlan& plan_;
  const Questions& questions_;
  std::vector<Lane> lanes_;
  const std::uint64_t patience_ns_;
  std::size_t next_question_ = 0;
  std::uint64_t started_ = 0;
  std::uint64_t sent_ = 0;
  std::uint16_t sequence_ = 0;
  bool ended_ = false;
  bool was_idle_ = false;
  LoadResult result_;
  std::array<std::array<std::uint8_t, 512>, kMaxWindow> out_{};
  std::array<std::array<std::uint8_t, kReplyRoom>, kMaxWindow> in_{};
  std::array<mmsghdr, kMaxWindow> out_headers_{};
  std::array<mmsghdr, kMaxWindow> in_headers_{};
  std::array<iovec, kMaxWindow> out_bytes_{};
  std::array<iovec, kMaxWindow> in_bytes_{};
};

Generator::Generator(const LoadPlan& plan, const Questions& questions)
    : plan_(plan),
      questions_(questions),
      patience_ns_(static_cast<std::uint64_t>(plan.patience_s * 1e9)) {
  for (std::size_t i = 0; i < kMaxWindow; ++i) {
    out_headers_[i].msg_hdr.msg_iov = &out_bytes_[i];
    out_headers_[i].msg_hdr.msg_iovlen = 1;
    in_bytes_[i] = {in_[i].data(), in_[i].size()};
    in_headers_[i].msg_hdr.msg_iov = &in_bytes_[i];
    in_headers_[i].msg_hdr.msg_iovlen = 1;
  }
  open_lanes();
}

Generator::~Generator() {
  for (const Lane& lane : lanes_) close(lane.fd);
}

void Generator::open_lanes() {
  const SocketAddress server = to_socket_address(plan_.server);
  for (int i = 0; i < plan_.sockets; ++i) {
    Lane& lane = lanes_.emplace_back();
    lane.fd = socket(server.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int size = 1 << 20;
    setsockopt(lane.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (plan_.many_clients) bind_client(lane.fd, i);
    if (connect(lane.fd, server.get(), server.size) != 0) {
      std::perror("connect");
      std::exit(1);
    }
  }
}

int Generator::allowed(std::uint64_t now) const {
  if (plan_.questions_a_second == 0) return kMaxWindow;
  const double due = plan_.questions_a_second * static_cast<double>(now - started_) * 1e-9;
  return std::clamp(static_cast<int>(due - static_cast<double>(sent_)), 0, kMaxWindow);
}

// Of the question behind the next `ahead`. At a given rate not when it is sent: what a server that
// stands still, or this generator, is late with would be missing from the latencies.
std::uint64_t Generator::due_at(unsigned ahead, std::uint64_t now) const {
  if (plan_.questions_a_second == 0) return now;
  const double number = static_cast<double>(sent_ + ahead + 1);
  const auto after_ns = static_cast<std::uint64_t>(number * 1e9 / plan_.questions_a_second);
  return std::min(started_ + after_ns, now);
}

void Generator::send_on(Lane& lane, int limit, std::uint64_t now) {
  unsigned count = 0;
  for (int slot = 0; slot < plan_.window && static_cast<int>(count) < limit; ++slot) {
    const auto at = static_cast<std::size_t>(slot);
    if (lane.due_at[at] != 0) continue;
    const std::vector<std::uint8_t>& question = questions_[next_question_];
    next_question_ = next_question_ + 1 == questions_.size() ? 0 : next_question_ + 1;
    // The low bits of the id find the slot, the high ones tell this question from one given up.
    const auto id = static_cast<std::uint16_t>((static_cast<unsigned>(sequence_++) << 6U) |
                                               static_cast<unsigned>(slot));
    std::memcpy(out_[count].data(), question.data(), question.size());
    out_[count][0] = static_cast<std::uint8_t>(id >> 8U);
    out_[count][1] = static_cast<std::uint8_t>(id);
    out_bytes_[count] = {out_[count].data(), question.size()};
    lane.due_at[at] = due_at(count, now);
    lane.id[at] = id;
    ++count;
  }
  waste(std::uint64_t{count} * static_cast<std::uint64_t>(plan_.burden_ns));
  unsigned done = 0;
  while (done < count) {
    const int result = sendmmsg(lane.fd, &out_headers_[done], count - done, 0);
    if (result > 0) done += static_cast<unsigned>(result);
    // ECONNREFUSED reports an earlier question; anything else shows as a lost one.
    if (result <= 0 && errno != EINTR && errno != ECONNREFUSED) break;
  }
  lane.under_way += static_cast<int>(count);
  sent_ += count;
}

void Generator::receive_on(Lane& lane) {
  if (lane.under_way == 0) return;
  const int count = recvmmsg(lane.fd, in_headers_.data(), static_cast<unsigned>(plan_.window),
                             MSG_DONTWAIT, nullptr);
  if (count <= 0) return;
  const std::uint64_t now = now_ns();
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    take(lane, i, in_headers_[i].msg_len, now);
}

void Generator::take(Lane& lane, std::size_t message, std::size_t size, std::uint64_t now) {
  const auto& bytes = in_[message];
  if (size < LoadResult::kHeaderOctets) return;
  const auto id = static_cast<std::uint16_t>(bytes[0] << 8U | bytes[1]);
  const std::size_t slot = id & 63U;
  if (lane.due_at[slot] == 0 || lane.id[slot] != id) return;  // given up before
  result_.latencies.add(now - lane.due_at[slot]);
  lane.due_at[slot] = 0;
  --lane.under_way;
  result_.count(std::span(bytes).first(size));
  if (plan_.on_reply && !plan_.on_reply(std::span(bytes).first(size), now)) ended_ = true;
}

void Generator::give_up_old(Lane& lane, std::uint64_t now) {
  for (std::uint64_t& due_at : lane.due_at) {
    if (due_at == 0 || now - due_at < patience_ns_) continue;
    due_at = 0;
    --lane.under_way;
    ++result_.lost;
  }
}

// How many datagrams a socket had no room for: what SO_RXQ_OVFL tells with each datagram, without
// waiting for a next one.
std::uint64_t overflows(int fd) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> facts{};
  socklen_t size = sizeof facts;
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, facts.data(), &size) != 0) return 0;
  return facts[SK_MEMINFO_DROPS];
}

// Returns the time at its begin. `before`: that of the visit before this one.
std::uint64_t Generator::visit(Lane& lane, std::uint64_t before) {
  const std::uint64_t now = now_ns();
  if (was_idle_) result_.idle_ns += now - before;
  const std::uint64_t done = sent_ + result_.answered;
  const int limit = allowed(now);
  if (limit > 0 && lane.under_way < plan_.window) send_on(lane, limit, now);
  receive_on(lane);
  was_idle_ = sent_ + result_.answered == done;
  return now;
}

LoadResult Generator::run() {
  pin_to_core(plan_.core);
  started_ = now_ns();
  const auto length = static_cast<std::uint64_t>(plan_.seconds * 1e9);
  std::uint64_t now = started_;
  std::uint64_t checked = started_;
  while (now - started_ < length && !ended_) {
    const std::uint64_t done = sent_ + result_.answered;
    for (Lane& lane : lanes_) now = visit(lane, now);
    if (plan_.pause_us > 0 && sent_ + result_.answered == done)
      usleep(static_cast<useconds_t>(plan_.pause_us));
    if (now - checked < kLookForLostNs) continue;
    checked = now;
    for (Lane& lane : lanes_) give_up_old(lane, now);
  }
  result_.seconds = static_cast<double>(now - started_) * 1e-9;
  const std::uint64_t in_time = result_.answered;
  // What is still under way gets its time before it counts as lost.
  int under_way = 1;
  for (const std::uint64_t end = now + patience_ns_; under_way > 0 && now < end; now = now_ns()) {
    under_way = 0;
    for (Lane& lane : lanes_) receive_on(lane), under_way += lane.under_way;
  }
  for (const Lane& lane : lanes_) {
    result_.lost += static_cast<std::uint64_t>(lane.under_way);
    result_.overflowed += overflows(lane.fd);
  }
  result_.late = result_.answered - in_time;
  result_.sent = sent_;
  return result_;
}

void put_u16(std::vector<std::uint8_t>& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value));
}

}  // namespace

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

void Latencies::add(std::uint64_t nanoseconds) {
  const auto octave = static_cast<std::size_t>(std::bit_width(nanoseconds | 16U)) - 5;
  const std::size_t bucket = octave * 16 + ((nanoseconds >> octave) & 15U);
  ++buckets_[std::min(bucket, buckets_.size() - 1)];
  ++count_;
}

double Latencies::percentile_us(double share) const {
  const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(count_));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen <= rank) continue;
    const double lower = static_cast<double>((16 + i % 16)) * static_cast<double>(1ULL << (i / 16));
    return lower / 1000;
  }
  return 0;
}

void LoadResult::count(std::span<const std::uint8_t> reply) {
  const unsigned rcode = reply[3] & 0x0FU;
  const bool has_answers = (reply[6] | reply[7]) != 0;
  ++answered;
  ++rcodes[rcode];
  reply_octets += reply.size();
  if ((reply[2] & 0x02U) != 0) ++truncated;
  if (rcode == 0 && !has_answers) ++empty;
}

std::vector<std::uint8_t> make_question(const std::string& name, const std::string& type,
                                        WithEdns edns, const std::string& subnet) {
  const auto owner = Name::parse(name, Name{});
  const auto number = parse_type(type);
  const auto network = IpPrefix::parse(subnet);
  if (!owner.ok() || !number || (!network && !subnet.empty())) {
    std::fprintf(stderr, "not a question: %s %s %s\n", name.c_str(), type.c_str(), subnet.c_str());
    std::exit(2);
  }
  std::vector<std::uint8_t> message;
  const bool opt = edns == WithEdns::kYes;
  for (const unsigned word : {0U, 0x0100U, 1U, 0U, 0U, opt ? 1U : 0U}) put_u16(message, word);
  const auto wire = owner.value().wire();
  message.insert(message.end(), wire.begin(), wire.end());
  put_u16(message, static_cast<unsigned>(*number));
  put_u16(message, 1);
  if (!opt) return message;
  message.push_back(0);
  for (const unsigned word : {41U, 1232U, 0U, 0U}) put_u16(message, word);
  std::array<std::uint8_t, 32> option{};
  Writer writer(option);
  if (network) write_client_subnet(subnet_of(*network), 0, writer);
  put_u16(message, static_cast<unsigned>(writer.size()));
  message.insert(message.end(), option.begin(),
                 option.begin() + static_cast<std::ptrdiff_t>(writer.size()));
  return message;
}

LoadResult run_load(const LoadPlan& plan, const Questions& questions) {
  LoadPlan bounded = plan;
  bounded.window = std::min(plan.window, kMaxWindow);
  return std::make_unique<Generator>(bounded, questions)->run();
}

void bind_client(int fd, int number) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x7F000001U + (static_cast<unsigned>(number & 0xFF) << 16U));
  // NOLINTNEXTLINE: sockets API
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::perror("bind");
    std::exit(1);
  }
}

void pin_to_core(int core) {
  if (core < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(core), &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

}  // namespace rhumb::bench
