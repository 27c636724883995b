// The door to libcurl. Transfers runs many exchanges at once on a libuv loop, each with one given
// address at bounded cost, and over a connection of its own unless it says otherwise; request() is
// one call that waits, for the command line. Neither follows redirects, knows proxies or looks
// names up on the loop. Why libcurl: docs/decisions/0003-probing-through-libcurl.md.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"

namespace rhumb {

constexpr std::size_t kMaxReplyHeaderBytes = 65'536;  // of all headers of a transfer together
constexpr std::size_t kMaxApiReplyBytes = 1U << 28U;
constexpr int kCaFileCacheS = 60;  // a changed CA file is seen after this time
// Of a body that is read only so that its connection can be used again; a longer one ends it.
constexpr std::size_t kMaxDrainedBytes = 65'536;
// Connections that wait to be used again, for each CA file; and never more than half of the files
// that the process may have open.
constexpr std::size_t kMaxKeptConnections = 65'536;

enum class Scheme : std::uint8_t {
  kHttp,
  kHttps,
  kTcp,  // connects, and that is all
  kTls   // connects and shakes hands, and that is all
};

struct TransferRequest {
  Scheme scheme = Scheme::kHttp;
  IpAddress address;  // connected to
  std::uint16_t port = 80;
  std::string
      name;  // SNI, what the certificate must be for, and the Host header if none is in `headers`
  std::string path = "/";
  std::string method = "GET";
  std::vector<std::string> headers;  // "Name: value"
  bool verify_tls = true;
  std::string ca_file;  // PEM; empty: the system's
  std::int64_t timeout_ms = 2'000;
  std::int64_t connect_timeout_ms = 0;  // of the TCP handshake alone; 0: none but timeout_ms
  std::size_t body_limit = 0;  // done when this many bytes are read; 0: done with the headers
  std::string body_until;      // or when this text has come; empty: no text
  bool whole = false;          // read to the end: a body beyond body_limit is a failure
  std::string data;            // the request's body; empty: none
  bool http2 = false;          // nothing less
  bool reuse = false;  // over a connection that another such transfer has left; and leaves its own
  bool keep_headers = false;   // in the result
  bool certificate = false;    // in the result
  bool times = false;          // in the result
  std::size_t peek_bytes = 0;  // of the body, read once all is decided
};

enum class TransferEnd : std::uint8_t { kDone, kTimedOut, kFailed };

enum class TransferPhase : std::uint8_t { kConnect, kTls, kWait, kRead };

// "connecting", "in the TLS handshake", "waiting for the reply" or "reading the reply".
const char* to_string(TransferPhase phase);

// What the target showed as its own.
struct Certificate {
  std::string subject;
  std::string issuer;
  std::optional<std::int64_t> expires_s;  // Unix time; nullopt: not readable

  bool operator==(const Certificate&) const = default;
};

// Each from the end of the one before; nullopt: it did not come to that.
struct TransferTimes {
  std::optional<std::int64_t> connect_us;
  std::optional<std::int64_t> tls_us;
  std::optional<std::int64_t> first_byte_us;
};

struct TransferResult {
  TransferEnd end = TransferEnd::kFailed;
  TransferPhase phase = TransferPhase::kConnect;  // how far it came
  int status = 0;                                 // 0: no status line came
  std::string body;
  std::string error;     // kFailed: why, such as "connection refused"
  std::string headers;   // lines as they came, trailers among them
  int http_version = 0;  // 1 or 2; 0: no reply
  std::optional<Certificate> certificate;
  TransferTimes times;
};

class Transfers {
 public:
  using Done = std::function<void(const TransferResult&)>;

  // `loop` outlives it, and runs once more after its end to free its handles.
  explicit Transfers(uv_loop_t* loop);
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;
  // Drops what is under way: no `done` is called any more.
  ~Transfers();

  // Calls `done` once, from the loop. The caller bounds how many run at once. If a connection that
  // is used again turns out to be dead, a new one is tried within the same time.
  void start(const TransferRequest& request, Done done);
  // How many connections may wait to be used again: the callers' that ask for it.
  void keep_connections(std::size_t count);

 private:
  class Multi;
  uv_loop_t* loop_;
  // By CA file, since libcurl caches the certificates of one alone: two in turn cost 15 ms each
  // time.
  std::map<std::string, std::unique_ptr<Multi>> multis_;
  std::size_t kept_connections_ = 1;
};

struct ApiRequest {
  std::string url;          // http://… or https://…; with a socket, the host is only a header
  std::string unix_socket;  // path; empty: connects to the URL's host
  std::string method = "GET";
  std::vector<std::string> headers;
  std::string body;  // empty: none is sent
  std::int64_t timeout_ms = 10'000;
  std::int64_t connect_timeout_ms = 0;  // TLS included; 0: none but timeout_ms
  std::string ca_file;                  // PEM; empty: the system's
  // Not empty: takes the body of a good reply as it comes, and ends it by false.
  std::function<bool(std::string_view data)> on_data;
};

struct ApiReply {
  int status = 0;
  std::string body;
  std::string error;       // not empty: the server was not reached, or did not reply in full
  bool connected = false;  // whether it was reached
};

// Waits for the whole reply. Any thread.
ApiReply request(const ApiRequest& request);

}  // namespace rhumb
