// The baseline: a child process that returns every datagram padded to a given size, with the socket
// options and batch of rhumb's UDP worker and nothing in between, or the same over TCP
// (bench/tcp_echo.h); and, if there is a site to follow, whose answers turn with that site's
// replies. Over UDP it is a bound: none that makes the same system calls can be faster. Over TCP it
// is no bound but a plain server to divide by: one that accepts, reads or closes in another order
// may be faster, and some are. None that asks the site as often can turn sooner.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/ip.h"
#include "dns/query.h"

namespace rhumb::bench {

inline constexpr int kFollowMs = 100;
inline constexpr std::uint8_t kSiteIsWell = 1;
inline constexpr std::uint8_t kSiteIsUnwell = 2;

class EchoServer {
 public:
  // Listens on a free port of 127.0.0.1, on one core (-1: any), and answers with `reply_size`
  // octets.
  EchoServer(std::size_t reply_size, int core, Transport transport = Transport::kUdp)
      : EchoServer(reply_size, core, transport, 0) {}
  // The same, and follows the HTTP server on this port of 127.0.0.1, asked every kFollowMs: the
  // last octet of the answers is kSiteIsWell or kSiteIsUnwell.
  EchoServer(std::size_t reply_size, int core, std::uint16_t site_port)
      : EchoServer(reply_size, core, Transport::kUdp, site_port) {}
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;
  ~EchoServer();
  [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  EchoServer(std::size_t reply_size, int core, Transport transport, std::uint16_t site_port);

  Endpoint endpoint_;
  pid_t pid_ = -1;
};

}  // namespace rhumb::bench
