// A DNS client for tests: asks over UDP or TCP, and reads replies through ldns, a decoder that is
// not ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.h"
#include "tests/support/process.h"

namespace rhumb::test {

using Bytes = std::vector<std::uint8_t>;

// Of this test process's own address, a port that nobody has.
inline Endpoint free_endpoint() {
  const std::string address = own_address();
  return {*IpAddress::parse(address), free_port(address)};
}

struct Reply {
  std::string rcode;  // "NOERROR", "NXDOMAIN" …
  std::uint16_t id = 0;
  bool aa = false;
  bool tc = false;
  std::string question;                 // NAME TYPE, case kept
  std::vector<std::string> answer;      // "name ttl type rdata", names lower-case, sorted
  std::vector<std::string> authority;   // the same
  std::vector<std::string> additional;  // the same, without OPT
  bool edns = false;
  std::optional<int> scope;  // of the client subnet option (RFC 7871), when there is one
  std::size_t size = 0;
};

// ldns's reading of a message; nullopt when it cannot be decoded.
std::optional<Reply> decode(const Bytes& message);

struct Ask {
  std::string name;
  std::string type = "A";
  bool tcp = false;
  std::optional<std::uint16_t> edns_size = {};  // absent: no OPT, but for the sake of `subnet`
  std::optional<IpPrefix> subnet = {};          // of the client (RFC 7871)
  std::uint16_t id = 4711;
};

Bytes encode(const Ask& ask);

// Sends `message` and waits for one datagram or one framed message; nullopt after `patience_ms`.
std::optional<Bytes> exchange_udp(const Endpoint& server, const Bytes& message,
                                  int patience_ms = 5000);
std::optional<Bytes> exchange_tcp(const Endpoint& server, const Bytes& message,
                                  int patience_ms = 5000);

// Asks, decodes; nullopt when there is no reply in time or none that ldns reads.
std::optional<Reply> ask(const Endpoint& server, const Ask& question, int patience_ms = 5000);

}  // namespace rhumb::test
