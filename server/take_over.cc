#include "server/take_over.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "server/packets.h"
#include "server/predecessor.h"
#include "server/socket_facts.h"
#include "server/version.h"

namespace rhumb {
namespace {

Error out_of_turn() { return {"it says something else than was to be said now"}; }

bool is_as_described(const HandoverSocket& socket, const SocketFacts& facts) {
  switch (socket.use) {
    case SocketUse::kDns:
      return facts.endpoint == socket.endpoint &&
             (socket.transport == Transport::kUdp ? facts.kind == SocketKind::kUdp
                                                  : facts.kind == SocketKind::kTcp);
    case SocketUse::kHttp:
      return facts.kind == SocketKind::kTcp && facts.endpoint == socket.endpoint;
    case SocketUse::kControl:
      return facts.kind == SocketKind::kUnix;
    case SocketUse::kHandover:
      break;
  }
  return facts.kind == SocketKind::kOther && facts.listens;
}

HandoverMessage spoken(HandoverKind kind) {
  HandoverMessage message;
  message.kind = kind;
  if (kind == HandoverKind::kHello) message.program = version();
  return message;
}

// By the call itself: sys/pidfd.h of glibc 2.36 is none for C++.
Fd open_process(std::int64_t pid) {
  return Fd(static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
}

}  // namespace

Result<TakeOver> TakeOver::begin(const std::string& control_path) {
  Result<Fd> connection = connect_to_predecessor(control_path);
  if (!connection.ok()) return Error{connection.error()};
  TakeOver begun(std::move(connection).value());
  if (auto error = begun.receive_all()) return *std::move(error);
  return begun;
}

std::optional<Error> TakeOver::receive_all() {
  (void)say(connection_, spoken(HandoverKind::kHello));  // where it is refused, hear() knows why
  for (int sockets = 0; sockets <= kMaxHandoverSockets; ++sockets) {
    Result<HandoverWord> heard = hear(connection_);
    if (!heard.ok()) return Error{heard.error()};
    HandoverWord& given = heard.value();
    if (given.fds.size() != 1) return out_of_turn();
    if (given.message.kind == HandoverKind::kSocket) {
      if (auto error = keep(given.message.socket, std::move(given.fds[0]))) return error;
      continue;
    }
    if (given.message.kind != HandoverKind::kState || given.message.sockets != sockets) break;
    process_ = open_process(given.from);
    manager_ = {given.message.manager, given.message.watchdog_us};
    Result<SavedState> state = unseal_state(given.fds[0]);
    if (!state.ok()) return Error{state.error()};
    state_ = std::move(state).value();
    return std::nullopt;
  }
  return out_of_turn();
}

std::optional<Error> TakeOver::keep(const HandoverSocket& socket, Fd fd) {
  const auto facts = look_at_socket(fd.get());
  if (!facts || !is_as_described(socket, *facts)) {
    return Error{"a socket that it hands over is not what it says"};
  }
  switch (socket.use) {
    case SocketUse::kDns:
      sockets_.dns.push_back({.endpoint = socket.endpoint,
                              .transport = socket.transport,
                              .worker = socket.worker,
                              .fd = std::move(fd),
                              .is_inherited = socket.is_inherited});
      break;
    case SocketUse::kHttp:
      sockets_.http_endpoint = socket.endpoint;
      sockets_.http = std::move(fd);
      break;
    case SocketUse::kControl:
      sockets_.control = std::move(fd);
      sockets_.is_control_inherited = socket.is_inherited;
      break;
    case SocketUse::kHandover:
      sockets_.handover = std::move(fd);
      break;
  }
  return std::nullopt;
}

// A refusal is a word.
Result<HandoverWord> TakeOver::hear_kind(HandoverKind kind, std::size_t fds) {
  Result<HandoverWord> heard = hear_any(connection_);
  is_silent_ = !heard.ok();
  if (is_silent_) return heard;
  const HandoverMessage& said = heard.value().message;
  if (said.kind == HandoverKind::kRefused) return Error{said.reason};
  return said.kind == kind && heard.value().fds.size() == fds ? std::move(heard)
                                                              : Result<HandoverWord>(out_of_turn());
}

bool TakeOver::has_other_ended() const {
  return is_silent_ && process_.valid() && has_packet(process_, kPredecessorWaitMs);
}

Result<SavedState> TakeOver::last_state() {
  (void)say(connection_, spoken(HandoverKind::kTake));
  const Result<HandoverWord> heard = hear_kind(HandoverKind::kState, 1);
  if (!heard.ok()) return Error{heard.error()};
  return unseal_state(heard.value().fds[0]);
}

std::optional<Error> TakeOver::finish() {
  (void)say(connection_, spoken(HandoverKind::kTaken));
  const Result<HandoverWord> heard = hear_kind(HandoverKind::kYours, 0);
  connection_ = Fd();
  if (heard.ok() || has_other_ended()) return std::nullopt;
  return Error{heard.error()};
}

}  // namespace rhumb
