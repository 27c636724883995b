#include "server/tcp.h"

#include <pthread.h>
#include <sys/socket.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <iterator>
#include <list>
#include <span>
#include <thread>
#include <utility>

#include "answer/answer.h"
#include "base/hash.h"
#include "base/own_lines.h"
#include "dns/query.h"
#include "dns/tcp_framer.h"
#include "server/clock.h"
#include "server/entropy.h"
#include "server/socket_address.h"
#include "server/tcp_listener.h"

namespace rhumb {
namespace {

constexpr std::size_t kFrameSize = 2;  // the length before each message
constexpr std::size_t kMaxFrame = kFrameSize + kMaxMessageSize;
// Replies gathered for one write, shared by a worker; also the most that a peer which does not read
// can make it keep.
constexpr std::size_t kOutSize = kMaxFrame + (std::size_t{16} << 10U);
// Octets read at once into a worker's one buffer: some four hundred pipelined questions.
constexpr std::size_t kInSize = std::size_t{16} << 10U;
// Times that replies are gathered for one connection before others have their turn.
constexpr int kMaxGathersOfTurn = 16;
constexpr auto kAcceptPause = std::chrono::milliseconds(1);

// Who talks to whom since when, for the tap.
TapMessages ends_of(const uv_tcp_t& socket) {
  const auto end = [&socket](auto get) {
    sockaddr_storage storage{};
    int size = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);  // NOLINT: sockets API
    return get(&socket, address, &size) == 0 ? to_endpoint(address) : Endpoint{};
  };
  return {.client = end(uv_tcp_getpeername),
          .server = end(uv_tcp_getsockname),
          .asked_ns = wall_clock_ns(),
          .question = {},
          .reply = {}};
}

}  // namespace

// All that belongs to the worker's thread. Only stop_, stopping_, evict_ and what the census knows
// of are touched from outside.
class alignas(kCacheLine) TcpWorker::Loop {
 public:
  Loop(std::vector<Listener> listeners, TcpCensus& census, Published<View>& views,
       WorkerCounters& counters, TapPort& tap, Log& log, int idle_timeout_ms);
  ~Loop();

  void drain() { uv_async_send(&stop_); }
  bool wait_drained(std::chrono::milliseconds patience) {
    return is_drained_.wait_for(patience) == std::future_status::ready;
  }

 private:
  struct Connection {
    Loop* loop = nullptr;
    uv_tcp_t socket{};
    uv_write_t write{};
    TcpFramer framer;
    std::vector<std::uint8_t> unsent;  // what the peer has not taken yet; nothing is read meanwhile
    TcpSeat seat;
    bool counted = false;
    std::list<Connection>::iterator self;

    [[nodiscard]] bool is_closing() const {
      return uv_is_closing(reinterpret_cast<const uv_handle_t*>(&socket)) != 0;
    }
  };

  struct Gathered {
    std::size_t size = 0;  // octets
    std::uint64_t count = 0;
    bool more = false;  // questions may be left
  };

  void close_listeners();
  void close_all();
  void begin_drain();
  [[nodiscard]] std::uint64_t patience_ms() const {
    const int own_ms = idle_timeout_ms_;
    return static_cast<std::uint64_t>(draining_ ? std::min(own_ms, kTcpDrainSilenceMs) : own_ms);
  }
  [[nodiscard]] std::int64_t now_ms() const { return static_cast<std::int64_t>(uv_now(&loop_)); }
  void run();
  void accept_one(uv_stream_t* server);
  bool make_room_for_one();
  void drop_the_evicted();
  bool admit(Connection& connection);
  void start_reading(Connection& connection);
  void on_read(Connection& connection, ssize_t size);
  void serve(Connection& connection);
  bool serve_some(Connection& connection, bool is_last);
  Gathered gather(Connection& connection);
  std::size_t parse_ahead(const Connection& connection, std::uint32_t now_s);
  void answer_one(const View& view, const Position& position, std::size_t i, TapMessages* tapped,
                  Gathered& replies);
  bool send(Connection& connection, std::span<const std::uint8_t> octets);
  void send_in_time(Connection& connection, std::span<const std::uint8_t> octets);
  void on_written(Connection& connection, int status);
  void note_progress(Connection& connection);
  void watch_the_idlest();
  void drop_the_idle();
  void drop(Connection& connection);
  static void on_closed(uv_handle_t* handle);

  TcpCensus& census_;
  Published<View>& views_;
  WorkerCounters& counters_;
  TapPort& tap_;
  Log& log_;
  const int idle_timeout_ms_;
  uv_loop_t loop_{};
  uv_async_t stop_{};
  std::atomic<bool> stopping_ = false;
  bool draining_ = false;
  std::promise<void> drained_;
  std::future<void> is_drained_ = drained_.get_future();
  uv_async_t evict_{};
  const TcpListener::Events events_ = {
      .connection = [this](uv_stream_t* server) { accept_one(server); },
      .no_descriptor = [this] { return make_room_for_one(); }};
  std::list<TcpListener> servers_;
  std::list<Connection> connections_;  // the one that has gone longest without progress first
  std::list<Connection> closing_;
  uv_timer_t idle_{};
  std::vector<std::uint8_t> in_;
  std::vector<std::uint8_t> out_;
  std::array<TcpFramer::Octets, kMaxBatch> questions_;  // of the batch that is being answered
  std::array<Query, kMaxBatch> queries_;
  std::unique_ptr<Published<View>::Reader> reader_;
  std::uint64_t entropy_ = draw_entropy();  // a seed, then mixed on
  std::uint64_t asked_ = 0;                 // questions
  std::thread thread_;
};

TcpWorker::TcpWorker(std::vector<Listener> listeners, TcpCensus& census, Published<View>& views,
                     WorkerCounters& counters, TapPort& tap, Log& log, int idle_timeout_ms)
    : loop_(std::make_unique<Loop>(std::move(listeners), census, views, counters, tap, log,
                                   idle_timeout_ms)) {}

TcpWorker::~TcpWorker() = default;

void TcpWorker::drain() { loop_->drain(); }

bool TcpWorker::wait_drained(std::chrono::milliseconds patience) {
  return loop_->wait_drained(patience);
}

TcpWorker::Loop::Loop(std::vector<Listener> listeners, TcpCensus& census, Published<View>& views,
                      WorkerCounters& counters, TapPort& tap, Log& log, int idle_timeout_ms)
    : census_(census),
      views_(views),
      counters_(counters),
      tap_(tap),
      log_(log),
      idle_timeout_ms_(idle_timeout_ms),
      in_(kInSize),
      out_(kOutSize) {
  uv_loop_init(&loop_);
  loop_.data = this;
  uv_timer_init(&loop_, &idle_);
  uv_async_init(&loop_, &stop_, [](uv_async_t* async) {
    auto* self = static_cast<Loop*>(async->loop->data);
    self->stopping_ ? self->close_all() : self->begin_drain();
  });
  uv_async_init(&loop_, &evict_, [](uv_async_t* async) {
    static_cast<Loop*>(async->loop->data)->drop_the_evicted();
  });
  for (Listener& listener : listeners) {
    servers_.emplace_back(&loop_, std::move(listener), events_, log_);
  }
  thread_ = std::thread([this] { run(); });
}

TcpWorker::Loop::~Loop() {
  stopping_ = true;
  uv_async_send(&stop_);
  thread_.join();
  uv_loop_close(&loop_);
}

void TcpWorker::Loop::close_listeners() {
  for (TcpListener& server : servers_) server.close();
}

void TcpWorker::Loop::close_all() {
  uv_close(reinterpret_cast<uv_handle_t*>(&stop_), nullptr);
  close_listeners();
  while (!connections_.empty()) drop(connections_.front());
  uv_close(reinterpret_cast<uv_handle_t*>(&evict_), nullptr);  // nobody is known any more
  uv_close(reinterpret_cast<uv_handle_t*>(&idle_), nullptr);
}

void TcpWorker::Loop::begin_drain() {
  draining_ = true;
  close_listeners();
  if (connections_.empty() && closing_.empty()) drained_.set_value();
  for (Connection& connection : connections_) connection.seat.progress_ms = now_ms();
  watch_the_idlest();
}

void TcpWorker::Loop::run() {
  pthread_setname_np(pthread_self(), "tcp");
  reader_ = views_.reader();
  uv_run(&loop_, UV_RUN_DEFAULT);
  reader_.reset();
}

void TcpWorker::Loop::accept_one(uv_stream_t* server) {
  Connection& connection = connections_.emplace_back();
  connection.loop = this;
  connection.self = std::prev(connections_.end());
  uv_tcp_init(&loop_, &connection.socket);
  connection.socket.data = &connection;
  connection.write.data = &connection;
  const bool accepted = uv_accept(server, reinterpret_cast<uv_stream_t*>(&connection.socket)) == 0;
  if (!accepted || !admit(connection)) return drop(connection);
  if (census_.has_descriptor(monotonic_ms())) {
    log_.info("descriptors are left for TCP connections again");
  }
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(&idle_)) == 0) watch_the_idlest();
  start_reading(connection);
}

// There is no descriptor left for another connection, nor one that libuv kept to turn it away with:
// it waits until there is. Where all belong to others, a pause keeps libuv from spinning, which
// comes back here until it can accept.
bool TcpWorker::Loop::make_room_for_one() {
  if (census_.lacks_descriptor(monotonic_ms())) {
    log_.warn("no descriptor is left for TCP connections; the idlest give way");
  }
  if (connections_.empty()) {
    std::this_thread::sleep_for(kAcceptPause);
    return !stopping_;
  }
  counters_.drop(Drop::kConnectionLimit);
  drop(connections_.front());
  return true;
}

void TcpWorker::Loop::drop_the_evicted() {
  for (auto next = connections_.begin(); next != connections_.end();) {
    Connection& connection = *next++;
    if (!connection.seat.must_leave) continue;
    counters_.drop(Drop::kConnectionLimit);
    drop(connection);
  }
}

// Counts the connection in, which may cost another one its place.
bool TcpWorker::Loop::admit(Connection& connection) {
  sockaddr_storage peer{};
  int size = sizeof peer;
  auto* address = reinterpret_cast<sockaddr*>(&peer);
  if (uv_tcp_getpeername(&connection.socket, address, &size) != 0) return false;
  connection.seat.client = to_endpoint(address).address;
  connection.seat.progress_ms = now_ms();
  connection.seat.wake = [this] { uv_async_send(&evict_); };
  connection.counted = census_.enter(connection.seat);
  if (!connection.counted) counters_.drop(Drop::kConnectionLimit);
  return connection.counted;
}

void TcpWorker::Loop::start_reading(Connection& connection) {
  uv_read_start(
      reinterpret_cast<uv_stream_t*>(&connection.socket),
      [](uv_handle_t* handle, std::size_t /*suggested*/, uv_buf_t* buffer) {
        auto& in = static_cast<Connection*>(handle->data)->loop->in_;
        *buffer = uv_buf_init(reinterpret_cast<char*>(in.data()), static_cast<unsigned>(in.size()));
      },
      [](uv_stream_t* stream, ssize_t size, const uv_buf_t* /*buffer*/) {
        auto* self = static_cast<Connection*>(stream->data);
        self->loop->on_read(*self, size);
      });
}

void TcpWorker::Loop::on_read(Connection& connection, ssize_t size) {
  if (size > 0) {
    connection.framer.lend(std::span(in_).first(static_cast<std::size_t>(size)));
    return serve(connection);
  }
  // Closed, perhaps its half only: nothing is read while a reply waits, so all it asked is
  // answered.
  if (size < 0) drop(connection);
}

// Answers every whole question that has arrived, until the peer stops taking replies or it is the
// others' turn, who read into the same buffer.
void TcpWorker::Loop::serve(Connection& connection) {
  int gathers = 1;
  while (serve_some(connection, gathers == kMaxGathersOfTurn)) ++gathers;
  connection.framer.keep();
}

// True: questions may be left that can be answered at once.
bool TcpWorker::Loop::serve_some(Connection& connection, bool is_last) {
  const std::uint64_t begun_ns = monotonic_ns();
  const Gathered replies = gather(connection);
  if (replies.size == 0) return false;
  note_progress(connection);
  const auto octets = std::span(out_).first(replies.size);
  if (is_last) send_in_time(connection, octets);
  const bool goes_on = !is_last && send(connection, octets);
  counters_.took(monotonic_ns() - begun_ns, replies.count);
  return goes_on && replies.more;
}

// Fills out_ with the replies to whole questions.
TcpWorker::Loop::Gathered TcpWorker::Loop::gather(Connection& connection) {
  Gathered replies;
  const std::uint32_t now_s = coarse_wall_clock_s();
  const bool is_tapped = tap_.is_open();
  TapMessages tapped = is_tapped ? ends_of(connection.socket) : TapMessages{};
  const auto has_room = [&] { return out_.size() - replies.size >= kMaxFrame; };
  const auto view = reader_->pin();
  do {
    const std::size_t count = parse_ahead(connection, now_s);
    const auto positions = locate(*view, std::span(queries_).first(count));
    std::size_t i = 0;
    for (; i < count && has_room(); ++i) {
      connection.framer.next();  // which is questions_[i]
      answer_one(*view, positions[i], i, is_tapped ? &tapped : nullptr, replies);
    }
    replies.more = i < count || count == kMaxBatch;
  } while (replies.more && has_room());
  return replies;
}

// Parses a batch of the whole questions that have arrived, which the framer does not hand out yet,
// for some may find no room for their replies. Returns how many.
std::size_t TcpWorker::Loop::parse_ahead(const Connection& connection, std::uint32_t now_s) {
  const std::size_t count = connection.framer.peek(questions_);
  for (std::size_t i = 0; i < count; ++i) {
    entropy_ = mix(entropy_, ++asked_);
    parse({.message = questions_[i],
           .source = connection.seat.client,
           .transport = Transport::kTcp,
           .entropy = entropy_,
           .now_s = now_s,
           .idle_timeout_ms = static_cast<std::uint32_t>(patience_ms())},
          queries_[i]);
  }
  return count;
}

// Adds the reply to what is gathered. Requires: there is room for the longest.
void TcpWorker::Loop::answer_one(const View& view, const Position& position, std::size_t i,
                                 TapMessages* tapped, Gathered& replies) {
  const auto frame = std::span(out_).subspan(replies.size, kMaxFrame);
  const auto reply = frame.subspan(kFrameSize);
  const Outcome outcome = answer(view, queries_[i], position, reply);
  if (outcome.length == 0) {
    counters_.drop(questions_[i].size() < kHeaderSize ? Drop::kShort : Drop::kResponse);
    return;
  }
  counters_.count(view, queries_[i], outcome);
  if (tapped != nullptr) [[unlikely]] {
    tapped->question = questions_[i];
    tapped->reply = reply.first(outcome.length);
    tap_.take(view, queries_[i], outcome, *tapped);
  }
  frame[0] = static_cast<std::uint8_t>(outcome.length >> 8U);
  frame[1] = static_cast<std::uint8_t>(outcome.length);
  replies.size += kFrameSize + outcome.length;
  ++replies.count;
}

// True when the peer took everything at once; else what is left is sent in time, or the connection
// is dropped. Past libuv, whose write() takes longer than send().
bool TcpWorker::Loop::send(Connection& connection, std::span<const std::uint8_t> octets) {
  uv_os_fd_t fd = -1;
  uv_fileno(reinterpret_cast<const uv_handle_t*>(&connection.socket), &fd);
  const ssize_t taken = ::send(fd, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (taken == static_cast<ssize_t>(octets.size())) return true;
  if (taken < 0 && errno != EAGAIN) {
    drop(connection);
    return false;
  }
  send_in_time(connection, octets.subspan(static_cast<std::size_t>(std::max<ssize_t>(taken, 0))));
  return false;
}

// Keeps the octets and stops reading until they are gone, after which it is served again, so a peer
// that never reads costs one such buffer; or drops the connection.
void TcpWorker::Loop::send_in_time(Connection& connection, std::span<const std::uint8_t> octets) {
  auto* stream = reinterpret_cast<uv_stream_t*>(&connection.socket);
  connection.unsent.assign(octets.begin(), octets.end());
  const uv_buf_t buffer = uv_buf_init(reinterpret_cast<char*>(connection.unsent.data()),
                                      static_cast<unsigned>(octets.size()));
  uv_read_stop(stream);
  const int error =
      uv_write(&connection.write, stream, &buffer, 1, [](uv_write_t* write, int status) {
        auto* self = static_cast<Connection*>(write->data);
        self->loop->on_written(*self, status);
      });
  if (error != 0) drop(connection);
}

void TcpWorker::Loop::on_written(Connection& connection, int status) {
  if (status != 0 || connection.is_closing()) return drop(connection);
  std::vector<std::uint8_t>().swap(connection.unsent);  // and its memory
  note_progress(connection);
  serve(connection);
  if (!connection.is_closing() && connection.unsent.empty()) start_reading(connection);
}

void TcpWorker::Loop::note_progress(Connection& connection) {
  connection.seat.progress_ms.store(now_ms(), std::memory_order_relaxed);
  connections_.splice(connections_.end(), connections_, connection.self);
}

// Progress does not move the timer: it may come too early, and then waits on.
void TcpWorker::Loop::watch_the_idlest() {
  if (connections_.empty()) return;
  const std::int64_t idle_ms = now_ms() - connections_.front().seat.progress_ms;
  const auto patience = static_cast<std::int64_t>(patience_ms());
  uv_timer_start(
      &idle_, [](uv_timer_t* timer) { static_cast<Loop*>(timer->loop->data)->drop_the_idle(); },
      static_cast<std::uint64_t>(patience - std::min(idle_ms, patience)), 0);
}

void TcpWorker::Loop::drop_the_idle() {
  const std::int64_t latest_ms = now_ms() - static_cast<std::int64_t>(patience_ms());
  while (!connections_.empty() && connections_.front().seat.progress_ms <= latest_ms) {
    drop(connections_.front());
  }
  watch_the_idlest();
}

void TcpWorker::Loop::drop(Connection& connection) {
  if (connection.is_closing()) return;
  closing_.splice(closing_.end(), connections_, connection.self);
  if (connection.counted) census_.leave(connection.seat);
  // What the peer has not taken, the kernel too is to forget.
  const bool is_stalled = !connection.unsent.empty();
  if (!is_stalled || uv_tcp_close_reset(&connection.socket, on_closed) != 0) {
    uv_close(reinterpret_cast<uv_handle_t*>(&connection.socket), on_closed);
  }
}

void TcpWorker::Loop::on_closed(uv_handle_t* handle) {
  const auto* connection = static_cast<Connection*>(handle->data);
  Loop* const loop = connection->loop;
  loop->closing_.erase(connection->self);
  const bool is_empty = loop->connections_.empty() && loop->closing_.empty();
  if (loop->draining_ && !loop->stopping_ && is_empty) loop->drained_.set_value();
}

}  // namespace rhumb
