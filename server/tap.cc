#include "server/tap.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>

#include "server/clock.h"
#include "server/dnstap_message.h"
#include "server/dnstap_stream.h"
#include "server/query_log.h"
#include "server/version.h"

namespace rhumb {
namespace {

constexpr int kMaxTapRound = 512;  // records of one ring before it is the next one's turn
constexpr std::uint64_t kMessagesARecord = 2;  // the question and the answer
constexpr int kTapNice =
    10;  // answers come first, and the loader, which may start it, has the same

// Where the records go.
class TapSink {
 public:
  TapSink(const TapConfig& config, int stop_fd, Log& log)
      : encoder_(config.identity, "rhumb " + std::string(version())),
        query_log_(config.log_per_second, log) {
    if (!config.socket.empty()) stream_.emplace(config.socket, stop_fd, log);
  }

  // What is to be done from time to time, and as often as the rings are read.
  void keep_up(const std::vector<TapPort*>& ports) {
    const std::int64_t now_ms = monotonic_ms();
    if (stream_) stream_->keep_up(now_ms);
    if (!query_log_.is_due(now_ms)) return;
    for (TapPort* port : ports) port->grant();
  }

  void take(const TapRecord& record) {
    if (record.stands_for > 0) query_log_.take(record);
    if (!record.for_collector || !stream_) return;
    for (const DnstapKind kind : {DnstapKind::kAuthQuery, DnstapKind::kAuthResponse}) {
      const bool has_room = stream_->connected() && stream_->send(encoder_.encode(record, kind));
      if (!has_room) ++dropped_;
    }
  }

  // Nothing follows: what is buffered is sent, if the collector takes it in time.
  void end() {
    if (stream_) stream_->end();
  }

  [[nodiscard]] TapCounts counts() const {
    if (!stream_) return {};
    return {.sent = stream_->sent(),
            .dropped = dropped_ + stream_->lost(),
            .connected = stream_->connected()};
  }

 private:
  DnstapEncoder encoder_;
  QueryLog query_log_;
  std::optional<DnstapStream> stream_;
  std::uint64_t dropped_ = 0;
};

// True when there may be more.
bool read_ring(TapPort& port, TapSink& sink) {
  TapRing* const ring = port.ring();
  if (ring == nullptr) return false;
  for (int i = 0; i < kMaxTapRound; ++i) {
    const auto packed = ring->front();
    if (packed.empty()) return false;
    sink.take(unpack_tap_record(packed));
    ring->pop();
  }
  return true;
}

}  // namespace

TapPort& Tap::add_port() {
  const std::lock_guard lock(mutex_);
  ports_.push_back(std::make_unique<TapPort>());
  if (config_.is_on()) open_ports();
  return *ports_.back();
}

std::vector<TapPort*> Tap::ports() const {
  const std::lock_guard lock(mutex_);
  std::vector<TapPort*> all;
  for (const auto& port : ports_) all.push_back(port.get());
  return all;
}

// Requires: mutex_ is held.
void Tap::open_ports() {
  const unsigned all = config_.socket.empty() ? TapPort::kNothing : TapPort::kAll;
  const unsigned samples = config_.log_per_second > 0 ? TapPort::kSamples : TapPort::kNothing;
  for (const auto& port : ports_) port->open(all | samples);
}

void Tap::configure(const TapConfig& config) {
  const std::lock_guard configuring(configuring_);
  {
    const std::lock_guard lock(mutex_);
    if (config_ == config) return;
    config_ = {};  // a port that comes meanwhile stays closed
  }
  stop();
  if (!config.is_on()) return;
  const std::lock_guard lock(mutex_);  // the thread looks at no port before all are open
  if (const std::string problem = start(config); !problem.empty()) {
    return log_.error("queries cannot be tapped; the next reload tries again",
                      {{"reason", problem}});
  }
  config_ = config;
  open_ports();
}

// What hinders it: neither descriptors nor threads may be left. Empty: nothing.
std::string Tap::start(const TapConfig& config) {
  stop_fd_ = Fd(eventfd(0, EFD_CLOEXEC));
  if (!stop_fd_.valid()) return std::strerror(errno);
  try {
    thread_ = std::thread([this, config] { run(config); });
  } catch (const std::system_error& error) {
    return error.what();
  }
  return {};
}

void Tap::stop() {
  if (!thread_.joinable()) return;
  for (TapPort* port : ports()) port->close();
  eventfd_write(stop_fd_.get(), 1);
  thread_.join();
}

void Tap::run(const TapConfig& config) {
  pthread_setname_np(pthread_self(), "tap");
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kTapNice);
  TapSink sink(config, stop_fd_.get(), log_);
  const TapCounts before{.sent = sent_, .dropped = dropped_};
  pollfd stop{stop_fd_.get(), POLLIN, 0};
  const auto publish = [&] {
    const TapCounts counts = sink.counts();
    sent_ = before.sent + counts.sent;
    dropped_ = before.dropped + counts.dropped;
    connected_ = counts.connected;
  };
  bool more = true;
  // Once it is to stop the ports are closed, so that one turn more finds the rings' end.
  for (bool stopping = false; more || !stopping;) {
    stopping = poll(&stop, 1, more ? 0 : kTapLookMs) > 0;
    const std::vector<TapPort*> all = ports();
    sink.keep_up(all);
    more = false;
    for (TapPort* port : all) more = read_ring(*port, sink) || more;
    publish();
  }
  sink.end();
  publish();
}

TapCounts Tap::counts() const {
  TapCounts counts{.sent = sent_, .dropped = dropped_, .connected = connected_};
  for (const TapPort* port : ports()) counts.dropped += port->dropped() * kMessagesARecord;
  return counts;
}

}  // namespace rhumb
