#include "server/handover_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "server/clock.h"
#include "server/packets.h"
#include "server/sealed_memory.h"
#include "server/state_file.h"

namespace rhumb {
namespace {

static_assert(kMaxHandoverBytes <= kMaxPacketSize);

constexpr int kHandoverBacklog = 4;
constexpr auto kRoomPause = std::chrono::milliseconds(1);
constexpr std::string_view kNotThere = "it has gone, or does not answer";

std::string handover_reason(int code) { return std::generic_category().message(code); }

struct AbstractAddress {
  sockaddr_un address{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&address);  // NOLINT: how sockets are typed
  }
};

// Of the file itself, whichever path leads to it. The error is errno's.
std::optional<AbstractAddress> address_beside(const std::string& control_path) {
  struct stat found {};
  if (stat(control_path.c_str(), &found) != 0) return std::nullopt;
  const std::string name =
      "rhumb-handover-" + std::to_string(found.st_dev) + "-" + std::to_string(found.st_ino);
  AbstractAddress result;
  result.address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), result.address.sun_path + 1);
  result.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return result;
}

std::optional<ucred> peer_of(const Fd& connection) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return std::nullopt;
  }
  return peer;
}

Fd open_handover() { return Fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)); }

// Who has bound the name: nobody else may have it, lest he be given nothing and believed much.
bool is_of_server(const Fd& connection, const std::string& control_path) {
  const auto peer = peer_of(connection);
  struct stat found {};
  if (!peer || stat(control_path.c_str(), &found) != 0) return false;
  return peer->uid == 0 || peer->uid == geteuid() || peer->uid == found.st_uid;
}

}  // namespace

Result<Fd> bind_handover_socket(const std::string& control_path) {
  const auto address = address_beside(control_path);
  if (!address) return Error{control_path + ": " + handover_reason(errno)};
  Fd fd = open_handover();
  if (!fd.valid() || bind(fd.get(), address->get(), address->size) != 0 ||
      listen(fd.get(), kHandoverBacklog) != 0) {
    return Error{handover_reason(errno)};
  }
  return fd;
}

void listen_anew(const Fd& listener) { (void)listen(listener.get(), kHandoverBacklog); }

Result<Fd> accept_successor(const Fd& listener) {
  if (!has_packet(listener, 0)) return Fd();
  Fd successor(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!successor.valid()) return Error{handover_reason(errno)};
  return successor;
}

Result<Fd> connect_to_predecessor(const std::string& control_path) {
  const auto address = address_beside(control_path);
  Fd fd = open_handover();
  if (!address || !fd.valid()) return Error{handover_reason(errno)};
  ask_for_senders(fd);
  if (connect(fd.get(), address->get(), address->size) != 0) {
    return Error{"it waits for no successor (" + handover_reason(errno) +
                 "); perhaps it is of an older version, or another network namespace"};
  }
  if (!is_of_server(fd, control_path)) return Error{"another user waits there in its stead"};
  return fd;
}

HandoverPeer handover_peer(const Fd& connection) {
  const auto peer = peer_of(connection);
  if (!peer) return {};
  return {peer->pid, peer->uid == 0 || peer->uid == geteuid()};
}

// The kernel bounds the descriptors that are under way, too.
bool say(const Fd& connection, const HandoverMessage& message, int fd) {
  const std::string text = write_handover(message);
  const std::int64_t until_ms = monotonic_ms() + kHandoverPatienceMs;
  while (monotonic_ms() < until_ms) {
    const Sent sent =
        fd < 0 ? try_send_packet(connection, text) : try_send_packet(connection, text, {fd});
    if (sent != Sent::kNoRoom) return sent == Sent::kYes;
    std::this_thread::sleep_for(kRoomPause);
  }
  return false;
}

Result<HandoverWord> hear(const Fd& connection, std::int64_t patience_ms) {
  Result<HandoverWord> heard = hear_any(connection, patience_ms);
  if (!heard.ok() || heard.value().message.kind != HandoverKind::kRefused) return heard;
  return Error{heard.value().message.reason};
}

Result<HandoverWord> hear_any(const Fd& connection, std::int64_t patience_ms) {
  errno = 0;
  auto packet = receive_packet(connection, static_cast<int>(patience_ms));
  // Who has gone without having read all may have left a word nevertheless.
  if (!packet && errno == ECONNRESET) packet = receive_packet(connection, 0);
  if (!packet) return Error{std::string(kNotThere)};
  auto message = read_handover(packet->bytes);
  if (!message.ok()) return Error{message.error()};
  return HandoverWord{std::move(message).value(), std::move(packet->fds), packet->sender};
}

Result<Fd> seal_state(const std::string& text) { return seal(std::as_bytes(std::span(text))); }

Result<SavedState> unseal_state(const Fd& memory) {
  const auto mapped = SealedMemory::map(memory, kMaxStateSizeBytes);
  if (!mapped.ok()) return Error{"the state that it hands over: " + mapped.error()};
  const auto bytes = mapped.value()->bytes();
  ReadState read = read_state(
      {reinterpret_cast<const char*>(bytes.data()), bytes.size()});  // NOLINT: bytes as text
  if (!read.wrong.empty()) return Error{"the state that it hands over: " + read.wrong};
  return std::move(read.state);
}

}  // namespace rhumb
