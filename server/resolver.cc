#include "server/resolver.h"

#include <ares.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "server/socket_address.h"
#include "server/uv_handle.h"
#include "zones/source.h"

namespace rhumb {
namespace {

constexpr int kTryTimeoutMs = 500;  // of the first try; each further one takes twice as long
constexpr int kTries = 3;

void start_cares() {
  static const int kStarted = ares_library_init(ARES_LIB_INIT_ALL);
  (void)kStarted;
}

std::string explain_status(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
      return "no such name";
    case ARES_ENODATA:
      return "the name has no address of this family";
    case ARES_ESERVFAIL:
      return "the DNS server answered SERVFAIL";
    case ARES_EREFUSED:
      return "the DNS server answered REFUSED";
    case ARES_ETIMEOUT:
      return "the DNS servers did not answer in time";
    case ARES_ECONNREFUSED:
      return "no DNS server gave an answer";
    case ARES_EBADNAME:
      return "the name is malformed";
    default:
      return ares_strerror(status);
  }
}

int to_ares(CheckFamily family) {
  switch (family) {
    case CheckFamily::kAny:
      return AF_UNSPEC;
    case CheckFamily::kV4:
      return AF_INET;
    case CheckFamily::kV6:
      return AF_INET6;
  }
  return AF_UNSPEC;
}

// Nullopt: there is no such file.
std::optional<FileStamp> stamp_of(const std::string& path) {
  const Result<FileStamp> stamp = stamp_file(path);
  return stamp.ok() ? std::optional(stamp.value()) : std::nullopt;
}

}  // namespace

// One c-ares channel, which knows one state of resolv.conf, with its sockets and lookups. Outcomes
// are always delivered by a lookup's own timer, which is its deadline at first: so no caller's code
// runs within c-ares, nor within resolve().
class Resolver::Channel {
 public:
  Channel(uv_loop_t* loop, ResolverOptions& options) : loop_(loop), timer_(make_timer(loop, this)) {
    start_cares();
    open(options);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() {
    closing_ = true;
    if (channel_ != nullptr) ares_destroy(channel_);
  }

  // Whether a new one would be the same.
  [[nodiscard]] bool is_up_to_date(const std::string& resolv_conf) const {
    return channel_ != nullptr && stamp_ == stamp_of(resolv_conf);
  }
  // Nobody waits for an outcome; c-ares may still be at work on lookups whose deadline is over.
  [[nodiscard]] bool is_drained() const { return waiting_ == 0; }

  void resolve(const std::string& name, CheckFamily family, std::int64_t timeout_ms, Done done) {
    ++waiting_;
    auto lookup = std::make_unique<Lookup>(*this, std::move(done));
    Lookup* const borrowed = lookup.get();
    lookups_.emplace(borrowed, std::move(lookup));
    uv_timer_start(borrowed->timer.get(), on_due,
                   static_cast<std::uint64_t>(std::max<std::int64_t>(timeout_ms, 0)), 0);
    ares_addrinfo_hints hints{};
    hints.ai_family = to_ares(family);
    hints.ai_socktype = SOCK_STREAM;
    if (channel_ == nullptr) {
      on_answer(borrowed, open_status_, 0, nullptr);
    } else {
      ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, on_answer, borrowed);
      arm();
    }
  }

 private:
  struct Lookup {
    Lookup(Channel& its_owner, Done its_done)
        : owner(its_owner), done(std::move(its_done)), timer(make_timer(owner.loop_, this)) {}
    Channel& owner;
    Done done;
    UvTimer timer;
    Result<Addresses> outcome = Error{explain_status(ARES_ETIMEOUT)};
    bool answered = false;   // c-ares is through with it
    bool delivered = false;  // the deadline came first; only c-ares still knows of it
  };

  void open(ResolverOptions& wanted) {
    ares_options options{};
    options.timeout = kTryTimeoutMs;
    options.tries = kTries;
    options.sock_state_cb = on_socket;
    options.sock_state_cb_data = this;
    options.resolvconf_path = wanted.resolv_conf.data();
    stamp_ = stamp_of(wanted.resolv_conf);
    open_status_ = ares_init_options(
        &channel_, &options,
        ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF);
    if (open_status_ != ARES_SUCCESS) {
      channel_ = nullptr;
      return;
    }
    std::string servers;
    for (const Endpoint& server : wanted.servers) servers += to_string(server) + ",";
    if (!servers.empty()) ares_set_servers_ports_csv(channel_, servers.c_str());
  }

  // Wakes c-ares when its next try is due.
  void arm() {
    timeval storage{};
    const timeval* const left = ares_timeout(channel_, nullptr, &storage);
    if (left == nullptr) {
      uv_timer_stop(timer_.get());
      return;
    }
    const auto left_ms = static_cast<std::uint64_t>(left->tv_sec * 1000 + left->tv_usec / 1000 + 1);
    uv_timer_start(timer_.get(), on_try_due, left_ms, 0);
  }

  void process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    arm();
  }

  static void on_try_due(uv_timer_t* timer) {
    static_cast<Channel*>(timer->data)->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }

  static void on_event(uv_poll_t* poll, int status, int events) {
    uv_os_fd_t socket = ARES_SOCKET_BAD;
    // NOLINTNEXTLINE: how libuv types it
    if (uv_fileno(reinterpret_cast<uv_handle_t*>(poll), &socket) != 0) return;
    const bool readable = status < 0 || (events & UV_READABLE) != 0;
    const bool writable = status < 0 || (events & UV_WRITABLE) != 0;
    static_cast<Channel*>(poll->data)
        ->process(readable ? socket : ARES_SOCKET_BAD, writable ? socket : ARES_SOCKET_BAD);
  }

  static void on_socket(void* data, ares_socket_t socket, int readable, int writable) {
    auto& self = *static_cast<Channel*>(data);
    if (readable == 0 && writable == 0) {
      self.sockets_.erase(socket);
      return;
    }
    UvPoll& poll = self.sockets_[socket];
    if (poll == nullptr) poll = make_poll(self.loop_, socket, &self);
    const int events = (readable != 0 ? UV_READABLE : 0) | (writable != 0 ? UV_WRITABLE : 0);
    if (poll != nullptr) uv_poll_start(poll.get(), events, on_event);
  }

  static void on_answer(void* data, int status, int /*timeouts*/, ares_addrinfo* found) {
    auto& lookup = *static_cast<Lookup*>(data);
    Addresses addresses;
    for (auto* node = found != nullptr ? found->nodes : nullptr; node != nullptr;
         node = node->ai_next) {
      addresses.push_back(to_endpoint(node->ai_addr).address);
    }
    if (found != nullptr) ares_freeaddrinfo(found);
    if (lookup.owner.closing_) return;
    lookup.answered = true;
    if (lookup.delivered) {
      lookup.owner.lookups_.erase(&lookup);
      return;
    }
    if (status == ARES_SUCCESS && addresses.empty()) status = ARES_ENODATA;
    if (status == ARES_SUCCESS) lookup.outcome = std::move(addresses);
    if (status != ARES_SUCCESS) lookup.outcome = Error{explain_status(status)};
    uv_timer_start(lookup.timer.get(), on_due, 0, 0);
  }

  static void on_due(uv_timer_t* timer) {
    auto& lookup = *static_cast<Lookup*>(timer->data);
    const Done done = std::move(lookup.done);
    const Result<Addresses> outcome = std::move(lookup.outcome);
    lookup.delivered = true;
    --lookup.owner.waiting_;
    if (lookup.answered) lookup.owner.lookups_.erase(&lookup);
    done(outcome);  // may end the channel
  }

  uv_loop_t* loop_;
  UvTimer timer_;
  std::optional<FileStamp> stamp_;  // of resolv.conf as it was read
  int open_status_ = ARES_SUCCESS;
  ares_channel channel_ = nullptr;
  bool closing_ = false;
  std::size_t waiting_ = 0;  // lookups that are not delivered
  std::map<ares_socket_t, UvPoll> sockets_;
  std::map<const Lookup*, std::unique_ptr<Lookup>> lookups_;
};

Resolver::Resolver(uv_loop_t* loop, ResolverOptions options)
    : loop_(loop),
      options_(std::move(options)),
      channel_(std::make_unique<Channel>(loop_, options_)) {}

Resolver::~Resolver() = default;

void Resolver::resolve(const std::string& name, CheckFamily family, std::int64_t timeout_ms,
                       Done done) {
  follow_resolv_conf();
  channel_->resolve(name, family, timeout_ms, std::move(done));
}

void Resolver::follow_resolv_conf() {
  std::erase_if(draining_, [](const auto& old) { return old->is_drained(); });
  if (channel_->is_up_to_date(options_.resolv_conf)) return;
  if (draining_.size() == kMaxDrainingChannels) return;
  draining_.push_back(std::exchange(channel_, std::make_unique<Channel>(loop_, options_)));
}

}  // namespace rhumb
