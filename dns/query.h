// A request as bytes with where it came from, and the Query read out of it: screened, its name
// folded and hashed, its EDNS read. Touches no zone and keeps nothing between requests.
#pragma once

#include <cstdint>
#include <span>

#include "base/ip.h"
#include "dns/edns.h"
#include "dns/folded_name.h"
#include "dns/types.h"

namespace rhumb {

inline constexpr int kHeaderSize = 12;           // RFC 1035 §4.1.1
inline constexpr std::size_t kQuestionTail = 4;  // type and class (RFC 1035 §4.1.2)
inline constexpr int kMinUdpSize = 512;  // RFC 1035 §4.2.1, and the floor of RFC 6891 §6.2.5
inline constexpr int kMaxMessageSize = 65535;  // RFC 1035 §4.2.2

enum class Transport : std::uint8_t { kUdp, kTcp };

// All that an answer may depend on besides the View. Borrowed: `message` must outlive the Query.
struct Request {
  std::span<const std::uint8_t> message;
  IpAddress source;
  Transport transport = Transport::kUdp;
  std::uint64_t entropy =
      0;  // for weighted draws: the same request with the same entropy has one answer
  std::uint32_t now_s = 0;            // Unix time, for cookies
  std::uint32_t idle_timeout_ms = 0;  // of its TCP connection, for those who ask; 0: not to be told
};

// What is to be done with a request.
enum class Screen : std::uint8_t {
  kSilent,    // shorter than a header, or itself a reply: say nothing
  kHeader,    // refuse with `rcode` and a header alone: the question cannot be read or echoed
  kQuestion,  // refuse with `rcode`, the question (if there is one) and OPT
  kCookie,    // there is no question: a server cookie is asked for (RFC 7873 §5.4)
  kIdentity,  // the server itself is asked about: class CH
  kAnswer,    // look it up
};

struct Query {
  Screen screen;
  Rcode rcode;  // kNoError when it is to be looked up or told
  Transport transport;
  std::uint16_t id;
  std::uint16_t flags;  // the request's header flags: opcode and RD are echoed
  Type type;
  Class klass;
  Edns edns;
  IpAddress source;
  std::uint64_t entropy;
  std::uint32_t now_s;
  std::uint32_t idle_timeout_ms;
  std::span<const std::uint8_t> question;  // as asked, case kept: name, type, class
  std::span<const std::uint8_t> tsig;      // the whole record, as sent (RFC 8945); empty: none
  FoldedName name;
};

// Screens and reads `request` into `query`, whose old content is of no matter. An out-parameter
// because a Query is large and is read in place, a batch at a time.
void parse(const Request& request, Query& query) noexcept;

}  // namespace rhumb
