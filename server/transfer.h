// One exchange with a target as values: what is asked for, what came of it, and when enough has
// been read. Pure: it knows neither sockets nor the library that carries it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"

namespace rhumb {

constexpr std::size_t kMaxReplyHeaderBytes = 65'536;  // of all headers of a transfer together
// Of a body that is read only so that its connection can be used again; a longer one ends it.
constexpr std::size_t kMaxDrainedBytes = 65'536;

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
  int want = 0;          // kFailed: errno of is_want_here(), if it was for that; else 0
  std::string headers;   // lines as they came, trailers among them
  int http_version = 0;  // 1 or 2; 0: no reply
  std::optional<Certificate> certificate;
  TransferTimes times;
};

bool is_tls(const TransferRequest& request);
// Nothing is sent and read.
bool connects_only(const TransferRequest& request);

// How far a reply has been read.
struct TransferReading {
  std::size_t header_bytes = 0;
  std::size_t read_on = 0;  // bytes of the body since all was decided
  bool headers_complete = false;
  bool decided = false;  // enough was read; what is said of the aborted rest does not matter
  bool too_long = false;
};

// What came next of the reply, into `result`. False: no more is wanted.
bool take_header(TransferReading& reading, const TransferRequest& request, std::string_view line,
                 TransferResult& result);
bool take_body(TransferReading& reading, const TransferRequest& request, std::string_view data,
               TransferResult& result);

// The target hung up before its reply was whole.
std::string explain_end_of_connection(const TransferReading& reading,
                                      const TransferRequest& request);
// What a failure of OpenSSL's is to people, whose words `text` are: of the certificate, in the
// handshake, and behind it.
std::string explain_certificate(std::string_view text, const TransferRequest& request);
std::string explain_handshake(std::string_view text);
std::string explain_tls(std::string_view text, const TransferReading& reading,
                        const TransferRequest& request);
// As it stands within a sentence.
std::string lower_first(std::string text);
// What the system calls this errno, likewise.
std::string system_word(int number);
// Whether this errno is of something that is wanting on this machine, such as a descriptor, and
// tells nothing of a target.
bool is_want_here(int number);

}  // namespace rhumb
