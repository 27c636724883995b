#include "server/dnstap_stream.h"

#include <fstrm.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "server/clock.h"
#include "server/listeners.h"

namespace rhumb {
namespace {

constexpr std::string_view kContentType = "protobuf:dnstap.Dnstap";

Fd connect_to_collector(const std::string& path, std::string& why) {
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy_n(path.begin(), std::min(path.size(), sizeof address.sun_path - 1), address.sun_path);
  const auto* peer = reinterpret_cast<const sockaddr*>(&address);  // NOLINT: sockets API
  if (fd.valid() && connect(fd.get(), peer, sizeof address) == 0) return fd;
  why = std::strerror(errno);
  return {};
}

}  // namespace

// One connection, from the greeting to its end. libfstrm makes the frames and leads the talk; what
// it writes is buffered here, and what it reads is waited for.
class DnstapStream::Link {
 public:
  Link(Fd fd, int stop_fd) : fd_(std::move(fd)), stop_fd_(stop_fd) {
    out_.reserve(kMaxDnstapBuffer);
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { end(); }

  // False: see why().
  bool greet();
  bool send(std::span<const std::uint8_t> frame);
  // Gives the kernel what it takes now. False: the collector has gone.
  bool flush();
  void forget_sent();
  // Whether the collector has said anything, which it does only to end the stream, or is gone.
  [[nodiscard]] bool is_over() const {
    pollfd watched{fd_.get(), POLLIN, 0};
    return poll(&watched, 1, 0) > 0;
  }
  // From now on the collector is taken for gone.
  void give_up() { gone_ = true; }
  // Nothing more is sent.
  void end() {
    deadline_ms_ = monotonic_ms() + kDnstapPatienceMs;
    if (writer_ != nullptr) fstrm_writer_destroy(&writer_);  // which has the last word
  }

  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t waiting() const { return ends_.size(); }

 private:
  static fstrm_res on_open(void* /*link*/) { return fstrm_res_success; }
  static fstrm_res on_close(void* /*link*/) { return fstrm_res_success; }
  static fstrm_res on_destroy(void* /*link*/) { return fstrm_res_success; }
  static fstrm_res on_write(void* link, const iovec* parts, int count);
  static fstrm_res on_read(void* link, void* to, std::size_t size);
  bool receive(std::span<std::uint8_t> to);
  bool wait_for(short events);
  bool fail(std::string why) {
    gone_ = true;
    why_ = std::move(why);
    return false;
  }

  Fd fd_;
  const int stop_fd_;
  fstrm_writer* writer_ = nullptr;
  std::vector<std::uint8_t> out_;
  std::uint64_t out_begin_ = 0;     // octets of the stream before out_
  std::size_t out_sent_ = 0;        // octets of out_ that the kernel has
  std::deque<std::uint64_t> ends_;  // of the frames in out_, in octets of the stream
  std::uint64_t sent_ = 0;
  std::int64_t deadline_ms_ = 0;  // of what is waited for: the greeting, and the end
  bool takes_more_ = true;        // by the last flush
  bool greeting_ = true;
  bool gone_ = false;
  std::string why_;
};

bool DnstapStream::Link::greet() {
  deadline_ms_ = monotonic_ms() + kDnstapGreetingMs;
  fstrm_rdwr* calls = fstrm_rdwr_init(this);
  fstrm_rdwr_set_open(calls, on_open);
  fstrm_rdwr_set_close(calls, on_close);
  fstrm_rdwr_set_destroy(calls, on_destroy);
  fstrm_rdwr_set_write(calls, on_write);
  fstrm_rdwr_set_read(calls, on_read);
  fstrm_writer_options* options = fstrm_writer_options_init();
  fstrm_writer_options_add_content_type(options, kContentType.data(), kContentType.size());
  writer_ = fstrm_writer_init(options, &calls);
  fstrm_writer_options_destroy(&options);
  if (writer_ != nullptr && fstrm_writer_open(writer_) == fstrm_res_success) {
    greeting_ = false;
    return true;
  }
  return fail(why_.empty() ? "it does not take dnstap" : why_);
}

bool DnstapStream::Link::send(std::span<const std::uint8_t> frame) {
  constexpr std::size_t kLengthSize = 4;
  const auto has_room = [&] {
    return out_.size() + kLengthSize + frame.size() <= kMaxDnstapBuffer;
  };
  if (!has_room() && takes_more_ && flush()) forget_sent();
  if (gone_ || !has_room()) return false;
  if (fstrm_writer_write(writer_, frame.data(), frame.size()) != fstrm_res_success) {
    return fail("the stream is broken");
  }
  ends_.push_back(out_begin_ + out_.size());
  return true;
}

bool DnstapStream::Link::flush() {
  takes_more_ = true;
  while (!gone_ && out_sent_ < out_.size()) {
    const ssize_t taken = ::send(fd_.get(), out_.data() + out_sent_, out_.size() - out_sent_,
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0 && (errno == EAGAIN || errno == EINTR)) {
      takes_more_ = false;
      break;
    }
    if (taken < 0) return fail(std::strerror(errno));
    out_sent_ += static_cast<std::size_t>(taken);
  }
  for (; !ends_.empty() && ends_.front() <= out_begin_ + out_sent_; ++sent_) ends_.pop_front();
  // What has been sent makes room as soon as moving the rest costs less than it has saved.
  if (out_sent_ * 2 >= out_.size()) forget_sent();
  return !gone_;
}

void DnstapStream::Link::forget_sent() {
  out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(out_sent_));
  out_begin_ += std::exchange(out_sent_, 0);
}

fstrm_res DnstapStream::Link::on_write(void* link, const iovec* parts, int count) {
  auto* self = static_cast<Link*>(link);
  if (self->gone_) return fstrm_res_failure;
  for (const iovec& part : std::span(parts, static_cast<std::size_t>(count))) {
    const auto* octets = static_cast<const std::uint8_t*>(part.iov_base);
    self->out_.insert(self->out_.end(), octets, octets + part.iov_len);
  }
  return fstrm_res_success;
}

fstrm_res DnstapStream::Link::on_read(void* link, void* to, std::size_t size) {
  auto* self = static_cast<Link*>(link);
  return self->receive({static_cast<std::uint8_t*>(to), size}) ? fstrm_res_success
                                                               : fstrm_res_failure;
}

// All of `to`, once the collector has taken all that was written before.
bool DnstapStream::Link::receive(std::span<std::uint8_t> to) {
  while (flush() && out_sent_ < out_.size()) {
    if (!wait_for(POLLOUT)) return false;
  }
  while (!gone_ && !to.empty()) {
    const ssize_t got = recv(fd_.get(), to.data(), to.size(), MSG_DONTWAIT);
    if (got == 0) return fail("it closed the connection");
    if (got > 0) {
      to = to.subspan(static_cast<std::size_t>(got));
    } else if (errno != EAGAIN && errno != EINTR) {
      return fail(std::strerror(errno));
    } else if (!wait_for(POLLIN)) {
      return false;
    }
  }
  return !gone_;
}

// Once the owner is to end, what is asked for is the last word: it is waited for all the same, but
// greetings are not.
bool DnstapStream::Link::wait_for(short events) {
  const std::int64_t left_ms = deadline_ms_ - monotonic_ms();
  if (left_ms <= 0) return fail("it says nothing");
  std::array<pollfd, 2> watched = {{{fd_.get(), events, 0}, {stop_fd_, POLLIN, 0}}};
  poll(watched.data(), greeting_ ? 2 : 1, static_cast<int>(left_ms));
  if (greeting_ && watched[1].revents != 0) return fail("the server is stopping");
  return true;
}

DnstapStream::DnstapStream(std::string socket, int stop_fd, Log& log)
    : socket_(std::move(socket)), stop_fd_(stop_fd), log_(log) {}

DnstapStream::~DnstapStream() = default;

bool DnstapStream::connected() const { return link_ != nullptr; }

std::uint64_t DnstapStream::sent() const { return sent_ + (link_ ? link_->sent() : 0); }

std::uint64_t DnstapStream::lost() const { return lost_; }

bool DnstapStream::send(std::span<const std::uint8_t> frame) {
  return link_ != nullptr && link_->send(frame);
}

void DnstapStream::keep_up(std::int64_t now_ms) {
  if (link_ == nullptr && now_ms >= next_try_ms_) connect();
  if (link_ != nullptr && (!link_->flush() || link_->is_over())) lose(now_ms);
}

void DnstapStream::connect() {
  std::string why;
  Fd fd = connect_to_collector(socket_, why);
  if (fd.valid()) {
    link_ = std::make_unique<Link>(std::move(fd), stop_fd_);
    if (link_->greet()) {
      retry_ms_ = kDnstapFirstRetryMs;
      told_gone_ = false;
      return log_.info("dnstap collector connected", {{"socket", socket_}});
    }
    why = link_->why();
    link_.reset();
  }
  next_try_ms_ = monotonic_ms() + retry_ms_;
  retry_ms_ = std::min(retry_ms_ * 2, kMaxDnstapRetryMs);
  if (std::exchange(told_gone_, true)) return;
  log_.warn("dnstap collector cannot be reached; its messages are dropped until it can",
            {{"socket", socket_}, {"reason", why}});
}

void DnstapStream::end() {
  if (link_ != nullptr) drop_link();
}

void DnstapStream::drop_link() {
  link_->end();
  sent_ += link_->sent();
  lost_ += link_->waiting();
  link_.reset();
}

void DnstapStream::lose(std::int64_t now_ms) {
  const std::string why = link_->why().empty() ? "it closed the connection" : link_->why();
  link_->give_up();
  drop_link();
  next_try_ms_ = now_ms + retry_ms_;
  told_gone_ = true;
  log_.warn("dnstap collector lost; its messages are dropped until it is back",
            {{"socket", socket_}, {"reason", why}});
}

}  // namespace rhumb
