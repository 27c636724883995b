// The door to libcurl. Transfers runs many exchanges at once on a libuv loop, each with one given
// address over a connection of its own and at bounded cost; request() is one call that waits, for
// the command line. Neither follows redirects, knows proxies or looks names up on the loop.
// Why libcurl: docs/decisions/0003-probing-through-libcurl.md.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"

namespace rhumb {

constexpr std::size_t kMaxReplyHeaderBytes = 65'536;  // of all headers of a transfer together
constexpr std::size_t kMaxApiReplyBytes = 1U << 28U;
constexpr int kCaFileCacheS = 60;  // a changed CA file is seen after this time

enum class Scheme : std::uint8_t { kHttp, kHttps, kTcp };  // kTcp: connects, and that is all

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
};

enum class TransferEnd : std::uint8_t { kDone, kTimedOut, kFailed };

enum class TransferPhase : std::uint8_t { kConnect, kTls, kWait, kRead };

// "connecting", "in the TLS handshake", "waiting for the reply" or "reading the reply".
const char* to_string(TransferPhase phase);

struct TransferResult {
  TransferEnd end = TransferEnd::kFailed;
  TransferPhase phase = TransferPhase::kConnect;  // how far it came
  int status = 0;                                 // 0: no status line came
  std::string body;
  std::string error;  // kFailed: why, such as "connection refused"
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

  // Calls `done` once, from the loop. The caller bounds how many run at once.
  void start(const TransferRequest& request, Done done);

 private:
  class Multi;
  uv_loop_t* loop_;
  // By CA file, since libcurl caches the certificates of one alone: two in turn cost 15 ms each
  // time.
  std::map<std::string, std::unique_ptr<Multi>> multis_;
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
