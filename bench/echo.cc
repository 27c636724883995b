#include "bench/echo.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <thread>

#include "bench/generator.h"
#include "bench/tcp_echo.h"
#include "server/listeners.h"
#include "server/socket_address.h"

namespace rhumb::bench {
namespace {

constexpr std::size_t kBatch = 16;
constexpr int kFollowerNice = -15;  // as rhumb's health thread

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

[[noreturn]] void echo(int fd, std::size_t reply_size, const std::atomic<std::uint8_t>* last) {
  const auto batch = std::make_unique<Batch>();
  for (std::size_t i = 0; i < kBatch; ++i) prepare(*batch, i, batch->data[i].size());
  while (true) {
    const int received = recvmmsg(fd, batch->headers.data(), kBatch, MSG_WAITFORONE, nullptr);
    if (received <= 0) continue;
    const auto count = static_cast<std::size_t>(received);
    for (std::size_t i = 0; i < count; ++i) {
      batch->bytes[i].iov_len = reply_size;
      batch->data[i][2] |= 0x80U;  // QR, so that the generator sees a reply
      if (last != nullptr) batch->data[i][reply_size - 1] = *last;
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

// One probe of it. 0: it did not reply.
std::uint8_t ask_site(std::uint16_t port) {
  constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: site\r\n\r\n";
  const Fd site(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* const generic = reinterpret_cast<sockaddr*>(&address);  // NOLINT: sockets API
  if (connect(site.get(), generic, sizeof address) != 0) return 0;
  if (send(site.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) <= 0) return 0;
  std::array<char, 4096> reply{};
  const ssize_t got = recv(site.get(), reply.data(), reply.size(), 0);
  if (got <= 0) return 0;
  const std::string_view text(reply.data(), static_cast<std::size_t>(got));
  return text.starts_with("HTTP/1.1 200") ? kSiteIsWell : kSiteIsUnwell;
}

[[noreturn]] void follow(std::uint16_t port, std::atomic<std::uint8_t>& last) {
  (void)setpriority(PRIO_PROCESS, 0, kFollowerNice);  // of this thread alone
  while (true) {
    if (const std::uint8_t found = ask_site(port); found != 0) last = found;
    std::this_thread::sleep_for(std::chrono::milliseconds(kFollowMs));
  }
}

}  // namespace

EchoServer::EchoServer(std::size_t reply_size, int core, Transport transport,
                       std::uint16_t site_port) {
  const Endpoint any_port{*IpAddress::parse("127.0.0.1"), 0};
  auto bound = bind_listeners(std::span(&any_port, 1), 1, false);
  if (!bound.errors.empty()) {
    std::fprintf(stderr, "%s\n", bound.errors[0].c_str());
    std::exit(1);
  }
  const auto listener = std::ranges::find(bound.listeners, transport, &Listener::transport);
  const int fd = listener->fd.get();
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);   // NOLINT: sockets API
  endpoint_ = to_endpoint(reinterpret_cast<sockaddr*>(&address));  // NOLINT: sockets API
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin_to_core(core);
  if (transport == Transport::kTcp) echo_tcp(fd, reply_size);
  if (site_port == 0) echo(fd, reply_size, nullptr);
  std::atomic<std::uint8_t> last = kSiteIsWell;
  std::thread([&] { follow(site_port, last); }).detach();
  echo(fd, reply_size, &last);
}

EchoServer::~EchoServer() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace rhumb::bench
