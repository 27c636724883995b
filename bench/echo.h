// The baseline: a child process that returns every datagram padded to a given size, with the socket
// options and batch of rhumb's UDP worker and nothing in between. No server on this machine can be
// faster.
#pragma once

#include <sys/types.h>

#include "base/ip.h"

namespace rhumb::bench {

class EchoServer {
 public:
  // Listens on a free port of 127.0.0.1, on one core (-1: any), and answers with `reply_size`
  // octets.
  EchoServer(std::size_t reply_size, int core);
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;
  ~EchoServer();
  [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  Endpoint endpoint_;
  pid_t pid_ = -1;
};

}  // namespace rhumb::bench
