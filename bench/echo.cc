#include "bench/echo.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "bench/generator.h"
#include "server/listeners.h"
#include "server/socket_address.h"

namespace rhumb::bench {
namespace {

constexpr std::size_t kBatch = 16;

struct Batch {
  std::array<mmsghdr, kBatch> headers{};
  std::array<iovec, kBatch> bytes{};
  std::array<sockaddr_storage, kBatch> peers{};
  std::array<std::array<std::uint8_t, 4096>, kBatch> data{};
};

void prepare(Batch& batch, std::size_t i, std::size_t size) {
  batch.bytes[i] = {batch.data[i].data(), size};
  msghdr& header = batch.headers[i].msg_hdr;
  header = {};
  header.msg_name = &batch.peers[i];
  header.msg_namelen = sizeof(sockaddr_storage);
  header.msg_iov = &batch.bytes[i];
  header.msg_iovlen = 1;
}

[[noreturn]] void echo(int fd, std::size_t reply_size) {
  const auto batch = std::make_unique<Batch>();
  for (std::size_t i = 0; i < kBatch; ++i) prepare(*batch, i, batch->data[i].size());
  while (true) {
    const int received = recvmmsg(fd, batch->headers.data(), kBatch, MSG_WAITFORONE, nullptr);
    if (received <= 0) continue;
    const auto count = static_cast<std::size_t>(received);
    for (std::size_t i = 0; i < count; ++i) {
      batch->bytes[i].iov_len = reply_size;
      batch->data[i][2] |= 0x80U;  // QR, so that the generator sees a reply
    }
    std::size_t sent = 0;
    while (sent < count) {
      const int result =
          sendmmsg(fd, &batch->headers[sent], static_cast<unsigned>(count - sent), 0);
      sent += result > 0 ? static_cast<std::size_t>(result) : 1;
    }
    for (std::size_t i = 0; i < count; ++i) {
      batch->bytes[i].iov_len = batch->data[i].size();
      batch->headers[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    }
  }
}

}  // namespace

EchoServer::EchoServer(std::size_t reply_size, int core) {
  const Endpoint any_port{*IpAddress::parse("127.0.0.1"), 0};
  auto bound = bind_listeners(std::span(&any_port, 1), 1, false);
  if (!bound.errors.empty()) {
    std::fprintf(stderr, "%s\n", bound.errors[0].c_str());
    std::exit(1);
  }
  const int fd = bound.listeners.front().fd.get();
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);   // NOLINT: sockets API
  endpoint_ = to_endpoint(reinterpret_cast<sockaddr*>(&address));  // NOLINT: sockets API
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin_to_core(core);
  echo(fd, reply_size);
}

EchoServer::~EchoServer() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace rhumb::bench
