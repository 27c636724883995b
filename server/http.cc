#include "server/http.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "server/certificate_time.h"
#include "server/uv_handle.h"

namespace rhumb {
namespace {

constexpr const char* kUserAgent = "rhumb/" RHUMB_VERSION;
constexpr int kCaFileCacheS = 60;         // a changed CA file is seen after this time
constexpr long kReadBufferBytes = 8'192;  // what a target can make us read past the limits

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  if (curl_easy_setopt(easy, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

void append(List& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

List to_list(const std::vector<std::string>& lines) {
  List list;
  for (const std::string& line : lines) append(list, line);
  return list;
}

void start_library() {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_ALL);
  (void)kStarted;
}

// One easy handle, used again and again, and the transfer it now runs.
struct Slot {
  TransferRequest request;
  Transfers::Done done;
  TransferResult result;
  std::int64_t begun_us = 0;
  curl_socket_t socket = CURL_SOCKET_BAD;  // watched last
  TransferReading reading;
  bool fresh = false;             // the connection used again was dead, and this is a new one
  std::function<void()> give_up;  // when connect_due is
  UvTimer connect_due;            // made when first needed
  bool doubts = false;            // connect_due is about a connection that is used again
  List connect_to;
  List headers;
  std::array<char, CURL_ERROR_SIZE> error{};
  Easy easy{curl_easy_init()};
};

// A callback of curl that returns less than `size` ends the transfer.
std::size_t on_header(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  auto& slot = *static_cast<Slot*>(user);
  return take_header(slot.reading, slot.request, {data, size}, slot.result) ? size : 0;
}

std::size_t on_body(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  auto& slot = *static_cast<Slot*>(user);
  return take_body(slot.reading, slot.request, {data, size}, slot.result) ? size : 0;
}

// As curl opens it, but that it is known why it cannot be.
curl_socket_t open_probe_socket(void* user, curlsocktype /*purpose*/, curl_sockaddr* to) {
  const int fd = ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
  if (fd < 0 && is_want_here(errno)) static_cast<Slot*>(user)->result.want = errno;
  return fd;
}

bool uses_ca_file(const TransferRequest& request) {
  return is_tls(request) && request.verify_tls && !request.ca_file.empty();
}

void set_tls(Slot& slot) {
  CURL* const easy = slot.easy.get();
  const TransferRequest& request = slot.request;
  set(easy, CURLOPT_SSL_VERIFYPEER, request.verify_tls ? 1L : 0L);
  set(easy, CURLOPT_SSL_VERIFYHOST, request.verify_tls ? 2L : 0L);
  set(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);  // a resumed session would not show its certificate
  if (uses_ca_file(request)) set(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  if (request.certificate) set(easy, CURLOPT_CERTINFO, 1L);
  // Whatever is behind a handshake alone, it need not be HTTP.
  if (request.scheme == Scheme::kTls) set(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
}

void set_http(Slot& slot) {
  CURL* const easy = slot.easy.get();
  const TransferRequest& request = slot.request;
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  if (request.http2) {
    set(easy, CURLOPT_HTTP_VERSION,
        is_tls(request) ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
  }
  if (!request.data.empty()) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.data.size()));
    set(easy, CURLOPT_POSTFIELDS, request.data.data());
  } else if (request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET") {
    set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  slot.headers = to_list(request.headers);
  set(easy, CURLOPT_HTTPHEADER, slot.headers.get());
  set(easy, CURLOPT_HEADERFUNCTION, on_header);
  set(easy, CURLOPT_HEADERDATA, &slot);
  set(easy, CURLOPT_WRITEFUNCTION, on_body);
  set(easy, CURLOPT_WRITEDATA, &slot);
}

void set_bounds(Slot& slot) {
  CURL* const easy = slot.easy.get();
  const std::int64_t timeout_ms = std::max<std::int64_t>(slot.request.timeout_ms, 1);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_PROXY, "");  // not from the environment either
  set(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  set(easy, CURLOPT_USERAGENT, kUserAgent);
  set(easy, CURLOPT_ERRORBUFFER, slot.error.data());
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  set(easy, CURLOPT_CAPATH,
      static_cast<const char*>(nullptr));  // with one, CA files are not cached
  set(easy, CURLOPT_CA_CACHE_TIMEOUT, static_cast<long>(kCaFileCacheS));
}

void set_options(Slot& slot) {
  CURL* const easy = slot.easy.get();
  const TransferRequest& request = slot.request;
  curl_easy_reset(easy);
  set_bounds(slot);
  const std::string target = to_string(Endpoint{request.address, request.port});
  const bool tls = is_tls(request);
  const std::string named =
      request.name.empty() ? target : request.name + ":" + std::to_string(request.port);
  set(easy, CURLOPT_URL, ((tls ? "https://" : "http://") + named + request.path).c_str());
  slot.connect_to.reset();
  append(slot.connect_to, "::" + target);
  set(easy, CURLOPT_CONNECT_TO, slot.connect_to.get());
  set(easy, CURLOPT_PRIVATE, &slot);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, open_probe_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, &slot);
  set(easy, CURLOPT_FRESH_CONNECT, request.reuse && !slot.fresh ? 0L : 1L);
  set(easy, CURLOPT_FORBID_REUSE, request.reuse ? 0L : 1L);
  set(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  set(easy, CURLOPT_BUFFERSIZE, kReadBufferBytes);
  if (connects_only(request)) set(easy, CURLOPT_CONNECT_ONLY, 1L);
  if (!connects_only(request)) set_http(slot);
  if (tls) set_tls(slot);
}

// Over a connection that another transfer has left.
bool is_reused(const Slot& slot) {
  if (!slot.request.reuse || slot.fresh) return false;
  long made = 0;
  const char* connected_to = nullptr;
  curl_easy_getinfo(slot.easy.get(), CURLINFO_NUM_CONNECTS, &made);
  curl_easy_getinfo(slot.easy.get(), CURLINFO_PRIMARY_IP, &connected_to);
  return made == 0 && connected_to != nullptr && *connected_to != '\0';
}

// The peer's kernel has not acknowledged what was sent.
bool is_unheard(const Slot& slot) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(slot.socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return true;
  return info.tcpi_unacked > 0;
}

TransferPhase phase_of(const Slot& slot) {
  const char* connected_to = nullptr;  // CURLINFO_CONNECT_TIME_T counts the TLS handshake too
  curl_off_t tls_us = 0;
  curl_easy_getinfo(slot.easy.get(), CURLINFO_PRIMARY_IP, &connected_to);
  curl_easy_getinfo(slot.easy.get(), CURLINFO_APPCONNECT_TIME_T, &tls_us);
  if (connected_to == nullptr || *connected_to == '\0') return TransferPhase::kConnect;
  if (is_tls(slot.request) && tls_us == 0 && !is_reused(slot)) return TransferPhase::kTls;
  return slot.reading.header_bytes == 0 ? TransferPhase::kWait : TransferPhase::kRead;
}

std::string explain(const Slot& slot, CURLcode code) {
  const std::string_view text = slot.error.data();
  if (slot.reading.header_bytes > kMaxReplyHeaderBytes) {
    return "more than " + std::to_string(kMaxReplyHeaderBytes) + " bytes of headers";
  }
  if (slot.reading.too_long) {
    return "a reply of more than " + std::to_string(slot.request.body_limit) + " bytes";
  }
  switch (code) {  // NOLINT: of a hundred codes, those that have better words than curl's
    case CURLE_PEER_FAILED_VERIFICATION:
      return explain_certificate(text, slot.request);
    case CURLE_SSL_CONNECT_ERROR:
      return explain_handshake(text);
    case CURLE_SSL_CACERT_BADFILE:
      if (slot.request.ca_file.empty()) {
        return "the system's CAs cannot be read; install ca-certificates or give a caFile";
      }
      return "caFile " + slot.request.ca_file + " cannot be read";
    case CURLE_OK:
      return "connection closed in the middle of the headers";
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
      return explain_end_of_connection(slot.reading, slot.request);
    case CURLE_OUT_OF_MEMORY:
      return "a header line of more than 100 KB";  // curl's limit, and its code
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return slot.request.http2 ? "the reply is not HTTP/2" : "the reply is not HTTP";
    case CURLE_HTTP2:
      if (slot.reading.header_bytes == 0) return "the reply is not HTTP/2";
      break;
    default:
      break;
  }
  // libcurl keeps the number of a handle's last failure, which may be of an earlier transfer.
  const bool is_systems = code == CURLE_COULDNT_CONNECT || text.starts_with("Recv failure") ||
                          text.starts_with("Send failure");
  long os_error = 0;
  curl_easy_getinfo(slot.easy.get(), CURLINFO_OS_ERRNO, &os_error);
  if (is_systems && os_error != 0) return system_word(static_cast<int>(os_error));
  if (text.starts_with("OpenSSL")) return explain_tls(text, slot.reading, slot.request);
  return lower_first(text.empty() ? curl_easy_strerror(code) : std::string(text));
}

TransferEnd end_of(const Slot& slot, CURLcode code) {
  const bool complete = slot.reading.headers_complete || connects_only(slot.request);
  if (slot.reading.decided || (code == CURLE_OK && complete)) return TransferEnd::kDone;
  return code == CURLE_OPERATION_TIMEDOUT ? TransferEnd::kTimedOut : TransferEnd::kFailed;
}

std::int64_t now_us() { return static_cast<std::int64_t>(uv_hrtime() / 1'000); }

std::optional<Certificate> certificate_of(const Slot& slot) {
  const curl_certinfo* chain = nullptr;
  curl_easy_getinfo(slot.easy.get(), CURLINFO_CERTINFO, &chain);
  if (chain == nullptr || chain->num_of_certs == 0) return std::nullopt;
  Certificate certificate;
  for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
    const std::string_view text = line->data;
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string_view key = text.substr(0, colon);
    const std::string_view value = text.substr(std::min(colon + 1, text.size()));
    if (key == "Subject") certificate.subject = value;
    if (key == "Issuer") certificate.issuer = value;
    if (key == "Expire date") certificate.expires_s = parse_certificate_time(value);
  }
  return certificate;
}

// curl counts all of them from the beginning.
void fill_times(Slot& slot) {
  TransferTimes& times = slot.result.times;
  curl_off_t tls_us = 0;
  curl_off_t first_us = 0;
  curl_easy_getinfo(slot.easy.get(), CURLINFO_APPCONNECT_TIME_T, &tls_us);
  curl_easy_getinfo(slot.easy.get(), CURLINFO_STARTTRANSFER_TIME_T, &first_us);
  std::int64_t past_us = times.connect_us.value_or(0);
  if (tls_us > 0) times.tls_us = std::max<std::int64_t>(tls_us - past_us, 0);
  past_us = std::max<std::int64_t>(past_us, tls_us);
  const bool came = first_us > 0 && slot.reading.header_bytes > 0;
  if (came) times.first_byte_us = std::max<std::int64_t>(first_us - past_us, 0);
}

int http_version_of(const Slot& slot) {
  long version = CURL_HTTP_VERSION_NONE;
  curl_easy_getinfo(slot.easy.get(), CURLINFO_HTTP_VERSION, &version);
  if (version == CURL_HTTP_VERSION_NONE) return 0;
  return version >= CURL_HTTP_VERSION_2_0 ? 2 : 1;
}

}  // namespace

class Transfers::Multi {
 public:
  explicit Multi(uv_loop_t* loop) : loop_(loop), timer_(make_timer(loop, this)) {
    multi_ = curl_multi_init();
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  }
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;
  ~Multi() {
    for (const auto& slot : slots_) curl_multi_remove_handle(multi_, slot->easy.get());
    curl_multi_cleanup(multi_);
  }

  void start(const TransferRequest& request, Done done) {
    Slot& slot = free_slot();
    slot.request = request;
    slot.done = std::move(done);
    slot.fresh = false;
    if (request.times) timed_.push_back(&slot);
    begin(slot);
  }

  void keep_connections(std::size_t count) {
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS,
                      static_cast<long>(std::max<std::size_t>(count, 1)));
  }

 private:
  void begin(Slot& slot) {
    slot.result = {};
    slot.begun_us = now_us();
    slot.socket = CURL_SOCKET_BAD;
    slot.reading = {};
    slot.error[0] = '\0';
    set_options(slot);
    bound_connect(slot);
    if (curl_multi_add_handle(multi_, slot.easy.get()) != CURLM_OK) throw std::bad_alloc();
  }

  Slot& free_slot() {
    if (free_.empty()) {
      slots_.push_back(std::make_unique<Slot>());
      if (slots_.back()->easy == nullptr) throw std::bad_alloc();
      free_.push_back(slots_.back().get());
    }
    Slot& slot = *free_.back();
    free_.pop_back();
    return slot;
  }

  // curl's own limit of this kind counts the TLS handshake too. A connection that is used again
  // has half of the time to show that somebody is still there.
  void bound_connect(Slot& slot) {
    const TransferRequest& request = slot.request;
    slot.doubts = request.reuse && !slot.fresh && request.connect_timeout_ms <= 0;
    const std::int64_t bound_ms = slot.doubts ? request.timeout_ms / 2 : request.connect_timeout_ms;
    if (bound_ms <= 0 || bound_ms >= request.timeout_ms) return;
    if (slot.connect_due == nullptr) {
      slot.connect_due = make_timer(loop_, &slot);
      slot.give_up = [this, &slot] { on_connect_due(slot); };
    }
    uv_update_time(loop_);
    uv_timer_start(
        slot.connect_due.get(), [](uv_timer_t* due) { static_cast<Slot*>(due->data)->give_up(); },
        static_cast<std::uint64_t>(bound_ms), 0);
  }

  void on_connect_due(Slot& slot) {
    const bool dead = slot.doubts
                          ? is_reused(slot) && slot.reading.header_bytes == 0 && is_unheard(slot)
                          : phase_of(slot) == TransferPhase::kConnect;
    if (dead) finish(slot, CURLE_OPERATION_TIMEDOUT);
  }

  void act(curl_socket_t socket, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    for (Slot* const slot : timed_) note_connected(*slot);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      finish(*slot_of(message->easy_handle), message->data.result);
    }
  }

  static Slot* slot_of(CURL* easy) {
    char* slot = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
    return static_cast<Slot*>(static_cast<void*>(slot));
  }

  static void note_connected(Slot& slot) {
    std::optional<std::int64_t>& connect_us = slot.result.times.connect_us;
    if (connect_us || phase_of(slot) == TransferPhase::kConnect) return;
    connect_us = now_us() - slot.begun_us;
  }

  // True if the transfer begins anew: the connection that it used again is dead.
  bool begin_anew(Slot& slot, CURLcode code) {
    if (code == CURLE_OK || slot.reading.header_bytes > 0 || !is_reused(slot)) return false;
    const std::int64_t left_ms = slot.request.timeout_ms - (now_us() - slot.begun_us) / 1'000;
    if (left_ms <= 0) return false;
    curl_multi_remove_handle(multi_, slot.easy.get());
    slot.request.timeout_ms = left_ms;
    slot.fresh = true;
    begin(slot);
    return true;
  }

  void fill_result(Slot& slot, CURLcode code) {
    slot.result.end = end_of(slot, code);
    slot.result.phase = phase_of(slot);
    slot.result.http_version = http_version_of(slot);
    if (slot.result.end == TransferEnd::kFailed) slot.result.error = explain(slot, code);
    if (slot.request.certificate) slot.result.certificate = certificate_of(slot);
    if (!slot.request.times) return;
    fill_times(slot);
    std::erase(timed_, &slot);
  }

  void finish(Slot& slot, CURLcode code) {
    if (slot.connect_due != nullptr) uv_timer_stop(slot.connect_due.get());
    if (begin_anew(slot, code)) return;
    fill_result(slot, code);
    curl_multi_remove_handle(multi_, slot.easy.get());
    const Done done = std::move(slot.done);
    const TransferResult result = std::move(slot.result);
    free_.push_back(&slot);
    done(result);
  }

  static void on_event(uv_poll_t* poll, int status, int events) {
    uv_os_fd_t socket = CURL_SOCKET_BAD;
    // NOLINTNEXTLINE: how libuv types it
    if (uv_fileno(reinterpret_cast<uv_handle_t*>(poll), &socket) != 0) return;
    // Of an error libuv keeps only that there is one; curl finds out which when it reads or writes.
    int flags = status < 0 ? CURL_CSELECT_IN | CURL_CSELECT_OUT : 0;
    if ((events & UV_READABLE) != 0) flags |= CURL_CSELECT_IN;
    if ((events & UV_WRITABLE) != 0) flags |= CURL_CSELECT_OUT;
    static_cast<Multi*>(poll->data)->act(socket, flags);
  }

  // curl keeps the socket's uv_poll_t for us, in `assigned`.
  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* user, void* assigned) {
    auto& self = *static_cast<Multi*>(user);
    Slot* const slot = slot_of(easy);
    if (slot != nullptr && what != CURL_POLL_REMOVE) slot->socket = socket;
    UvPoll poll(static_cast<uv_poll_t*>(assigned));
    if (what == CURL_POLL_REMOVE) {
      curl_multi_assign(self.multi_, socket, nullptr);
      return 0;
    }
    if (poll == nullptr) poll = make_poll(self.loop_, socket, &self);
    if (poll == nullptr && slot != nullptr) slot->result.want = ENOMEM;
    if (poll == nullptr) return -1;
    const int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                       ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    uv_poll_start(poll.get(), events, on_event);
    curl_multi_assign(self.multi_, socket, poll.release());
    return 0;
  }

  static int on_timer(CURLM* /*multi*/, long timeout_ms, void* user) {
    uv_timer_t* const timer = static_cast<Multi*>(user)->timer_.get();
    if (timeout_ms < 0) return uv_timer_stop(timer);
    const auto on_due = [](uv_timer_t* due) {
      static_cast<Multi*>(due->data)->act(CURL_SOCKET_TIMEOUT, 0);
    };
    return uv_timer_start(timer, on_due, static_cast<std::uint64_t>(timeout_ms), 0);
  }

  uv_loop_t* loop_;
  UvTimer timer_;
  CURLM* multi_ = nullptr;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;
  std::vector<Slot*> timed_;  // those under way whose times are of interest
};

Transfers::Transfers(uv_loop_t* loop) : loop_(loop) { start_library(); }

Transfers::~Transfers() = default;

void Transfers::start(const TransferRequest& request, Done done) {
  TransferRequest bounded = request;
  bounded.reuse = request.reuse && pools_.kept() > 0;
  const std::size_t pool = pools_.pool_of(bounded);
  std::unique_ptr<Multi>& multi = multis_[{uses_ca_file(request) ? request.ca_file : "", pool}];
  if (multi == nullptr) {
    multi = std::make_unique<Multi>(loop_);
    multi->keep_connections(pools_.size_of(pool));
  }
  multi->start(bounded, std::move(done));
}

// A cache that is too small for a round would never hold the connection that is wanted, and cost a
// search for the oldest each time: then it is better to keep none.
void Transfers::keep_connections(std::size_t count) {
  pools_.keep(count <= most_kept_connections() ? count : 0);
  for (const auto& [key, multi] : multis_) multi->keep_connections(pools_.size_of(key.second));
}

}  // namespace rhumb
