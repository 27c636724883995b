#include "server/transfer.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace rhumb {
namespace {

// HTTP/1.1 503 Service Unavailable → 503; 0 for any other line.
int status_of(std::string_view line) {
  if (!line.starts_with("HTTP/")) return 0;
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  int status = 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

// Whether a body is worth reading when all is decided.
bool reads_on(const TransferReading& reading, const TransferRequest& request,
              const TransferResult& result) {
  if (request.reuse) return reading.read_on <= kMaxDrainedBytes;
  return result.body.size() < request.peek_bytes;
}

// When all is decided.
bool take_rest(TransferReading& reading, const TransferRequest& request, std::string_view data,
               TransferResult& result) {
  std::string& body = result.body;
  reading.read_on += data.size();
  if (body.size() < request.peek_bytes) {
    body.append(data.substr(0, request.peek_bytes - body.size()));
  }
  return reads_on(reading, request, result);
}

bool take_whole(TransferReading& reading, const TransferRequest& request, std::string_view data,
                TransferResult& result) {
  reading.too_long = data.size() > request.body_limit - result.body.size();
  if (reading.too_long) return false;
  result.body.append(data);
  return true;
}

bool contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

// An end without the farewell of TLS (RFC 8446 §6.1), as OpenSSL and curl have called it.
bool is_end_of_connection(std::string_view text) {
  return contains(text, "unexpected eof") || contains(text, "SSL_ERROR_SYSCALL") ||
         contains(text, "SSL_ERROR_ZERO_RETURN");
}

// What OpenSSL or the system says, without what curl puts around it: "…:SSL routines::WORD, errno
// 0", "OpenSSL SSL_connect: WORD in connection to HOST:PORT ", "Recv failure: WORD".
std::string openssl_word(std::string_view text) {
  text = text.substr(0, text.find(", errno "));
  text = text.substr(0, text.find(" in connection to "));
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos) text.remove_prefix(colon + 1);
  while (text.starts_with(' ')) text.remove_prefix(1);
  return lower_first(std::string(text));
}

}  // namespace

const char* to_string(TransferPhase phase) {
  switch (phase) {
    case TransferPhase::kConnect:
      return "connecting";
    case TransferPhase::kTls:
      return "in the TLS handshake";
    case TransferPhase::kWait:
      return "waiting for the reply";
    case TransferPhase::kRead:
      return "reading the reply";
  }
  return "";
}

bool is_tls(const TransferRequest& request) {
  return request.scheme == Scheme::kHttps || request.scheme == Scheme::kTls;
}

bool connects_only(const TransferRequest& request) {
  return request.scheme == Scheme::kTcp || request.scheme == Scheme::kTls;
}

bool take_header(TransferReading& reading, const TransferRequest& request, std::string_view line,
                 TransferResult& result) {
  reading.header_bytes += line.size();
  if (reading.header_bytes > kMaxReplyHeaderBytes) return false;
  if (request.keep_headers) result.headers += line;
  if (reading.headers_complete) return true;  // a trailer behind a chunked body (RFC 9112 §7.1.2)
  if (const int status = status_of(line); status != 0) result.status = status;
  const bool last = line == "\r\n" || line == "\n";
  reading.headers_complete = last && result.status >= 200;
  reading.decided = reading.headers_complete && request.body_limit == 0 && !request.whole;
  return !reading.decided || reads_on(reading, request, result);
}

bool take_body(TransferReading& reading, const TransferRequest& request, std::string_view data,
               TransferResult& result) {
  if (request.whole) return take_whole(reading, request, data, result);
  if (reading.decided) return take_rest(reading, request, data, result);
  std::string& body = result.body;
  const std::string& until = request.body_until;
  const std::size_t searched = body.size() - std::min(body.size(), until.size());
  body.append(data.substr(0, request.body_limit - body.size()));
  const bool found = !until.empty() && body.find(until, searched) != std::string::npos;
  reading.decided = found || body.size() >= request.body_limit;
  return !reading.decided || reads_on(reading, request, result);
}

std::string explain_end_of_connection(const TransferReading& reading,
                                      const TransferRequest& request) {
  if (reading.header_bytes == 0) {
    return request.http2 ? "connection closed without an HTTP/2 reply"
                         : "connection closed without a reply";
  }
  return reading.headers_complete ? "connection closed in the middle of the reply"
                                  : "connection closed in the middle of the headers";
}

std::string explain_certificate(std::string_view text, const TransferRequest& request) {
  constexpr std::string_view kProblem = "SSL certificate problem: ";
  if (text.starts_with(kProblem)) text.remove_prefix(kProblem.size());
  if (text.find("subject name") != std::string_view::npos) {
    const std::string name = request.name.empty() ? to_string(request.address) : request.name;
    return "certificate verify failed: it is not for " + name;
  }
  return "certificate verify failed: " + std::string(text);
}

std::string explain_handshake(std::string_view text) {
  if (is_end_of_connection(text)) return "connection closed in the TLS handshake";
  return "TLS handshake failed: " + openssl_word(text);
}

std::string explain_tls(std::string_view text, const TransferReading& reading,
                        const TransferRequest& request) {
  if (is_end_of_connection(text)) return explain_end_of_connection(reading, request);
  return "TLS failed: " + openssl_word(text);
}

std::string lower_first(std::string text) {
  const auto is_upper = [&](std::size_t at) {
    return at < text.size() && std::isupper(static_cast<unsigned char>(text[at])) != 0;
  };
  if (is_upper(0) && !is_upper(1)) {  // and no abbreviation
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

bool is_want_here(int number) {
  return number == EMFILE || number == ENFILE || number == ENOMEM || number == ENOBUFS;
}

std::string system_word(int number) { return lower_first(std::generic_category().message(number)); }

}  // namespace rhumb
