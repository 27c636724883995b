#include "server/hand_out.h"

#include <exception>
#include <new>
#include <utility>

#include "server/clock.h"
#include "server/handover_socket.h"
#include "server/packets.h"

namespace rhumb {

HandOut::HandOut(ObtainedSockets& obtained, const Config& config, ManagerTerms manager,
                 HandOutSource source, Log& log)
    : listener_(std::move(obtained.handover)),
      manager_(std::move(manager)),
      source_(std::move(source)),
      log_(log) {
  const auto add = [this](const HandoverSocket& socket, const Fd& fd) {
    if (fd.valid()) handed_.push_back({socket, copy_of(fd)});
  };
  for (const Listener& each : obtained.listeners) {
    if (each.is_copy) continue;
    add({SocketUse::kDns, each.transport, each.endpoint, each.worker, each.is_inherited}, each.fd);
  }
  const Endpoint http = config.http ? config.http->listen : Endpoint();
  add({.use = SocketUse::kHttp, .endpoint = http}, obtained.control.http);
  add({.use = SocketUse::kControl, .is_inherited = obtained.control_file.empty()},
      obtained.control.socket);
  add({.use = SocketUse::kHandover}, listener_);
}

std::array<int, 2> HandOut::watched() const {
  const bool rests = monotonic_ms() < rest_until_ms_;
  return {rests ? -1 : listener_.get(), successor_.get()};
}

// Want of memory or of a thread ends the hand-over, and nothing else.
std::int64_t HandOut::turn() {
  try {
    if (successor_.valid() && has_packet(successor_, 0)) hear_successor();
    if (is_taken_) return successor_pid_;
    if (successor_.valid() && monotonic_ms() >= until_ms_) refuse("it took too long to load");
    let_in();
    tell_what_is_over();
  } catch (const std::exception& error) {
    end(error.what());
  }
  return 0;
}

void HandOut::turn_away(const std::string& reason) try {
  const Fd newcomer = next_newcomer();
  if (newcomer.valid()) (void)say(newcomer, handover_refusal(reason));
} catch (const std::bad_alloc&) {  // it hears nothing
}

// One at a time.
void HandOut::let_in() {
  Fd newcomer = next_newcomer();
  if (!newcomer.valid()) return;
  const HandoverPeer peer = handover_peer(newcomer);
  if (!peer.is_trusted) {
    if (strangers_.begins(monotonic_ms())) {
      log_.warn("another user asks to take over; refused", {{"pid", std::to_string(peer.pid)}});
    }
    (void)say(newcomer,
              handover_refusal("only root and the user of the old server may replace it"));
    return;
  }
  if (successor_.valid()) {
    (void)say(newcomer, handover_refusal("process " + std::to_string(successor_pid_) +
                                         " is about to replace it already"));
    return;
  }
  successor_ = std::move(newcomer);
  successor_pid_ = peer.pid;
  until_ms_ = monotonic_ms() + kHandoverLoadMs;
}

// Who cannot be accepted stays readable.
Fd HandOut::next_newcomer() {
  const std::int64_t now_ms = monotonic_ms();
  if (now_ms < rest_until_ms_) return {};
  Result<Fd> newcomer = accept_successor(listener_);
  if (newcomer.ok()) return std::move(newcomer).value();
  rest_until_ms_ = now_ms + kHandoverRestMs;
  if (faults_.begins(now_ms)) {
    log_.warn("another rhumb that is to take over cannot be let in",
              {{"reason", newcomer.error()}});
  }
  return {};
}

void HandOut::tell_what_is_over() {
  const std::uint64_t refused = strangers_.ends(monotonic_ms());
  if (refused > 1) {
    log_.info("no other user asks to take over now", {{"refused", std::to_string(refused)}});
  }
  if (faults_.ends(monotonic_ms()) > 0) log_.info("another rhumb can be let in again");
}

void HandOut::hear_successor() {
  const Result<HandoverWord> heard = hear(successor_, 0);
  if (!heard.ok()) {
    is_shared_ = false;  // it has gone
    return refuse(heard.error());
  }
  switch (heard.value().message.kind) {
    case HandoverKind::kHello:
      log_.info("another rhumb is to take over", {{"pid", std::to_string(successor_pid_)},
                                                  {"version", heard.value().message.program}});
      return give_all();
    case HandoverKind::kTake:
      return give_place();
    case HandoverKind::kSocket:
    case HandoverKind::kState:
    case HandoverKind::kTaken:
    case HandoverKind::kYours:
    case HandoverKind::kRefused:
      return refuse("it says something else than was to be said now");
  }
}

void HandOut::give_all() {
  HandoverMessage message;
  message.kind = HandoverKind::kSocket;
  is_shared_ = true;
  for (const Handed& each : handed_) {
    message.socket = each.socket;
    if (!say(successor_, message, each.fd.get())) return end("it takes no sockets");
  }
  const auto error = say_state(source_.first_state(), static_cast<int>(handed_.size()));
  if (error) refuse(error->message);
}

// While it lasts, this thread does nothing else.
void HandOut::give_place() {
  is_frozen_ = true;
  const Result<std::string> last = source_.freeze();
  is_frozen_ = last.ok();
  if (!last.ok()) return refuse(last.error());
  if (const auto error = say_state(last.value(), 0)) return refuse(error->message);
  const Result<HandoverWord> heard = hear(successor_);
  HandoverMessage yours;
  yours.kind = HandoverKind::kYours;
  if (!heard.ok()) return end(heard.error());
  is_taken_ = heard.value().message.kind == HandoverKind::kTaken && say(successor_, yours);
  if (!is_taken_) end("it does not say that it serves");
}

std::optional<Error> HandOut::say_state(const std::string& state, int sockets) {
  const Result<Fd> memory = seal_state(state);
  if (!memory.ok()) return Error{"the state cannot be handed over: " + memory.error()};
  HandoverMessage message;
  message.kind = HandoverKind::kState;
  message.sockets = sockets;
  message.manager = manager_.socket;
  message.watchdog_us = manager_.watchdog_us;
  if (say(successor_, message, memory.value().get())) return std::nullopt;
  return Error{"it takes no state"};
}

void HandOut::refuse(const std::string& reason) {
  (void)say(successor_, handover_refusal(reason));
  end(reason);
}

// Where memory ends, it goes untold.
void HandOut::end(const std::string& reason) {
  successor_ = Fd();
  const std::int64_t pid = std::exchange(successor_pid_, 0);
  if (std::exchange(is_frozen_, false)) source_.thaw();
  try {
    log_.warn("no other rhumb has taken over; this one goes on",
              {{"pid", std::to_string(pid)}, {"reason", reason}});
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace rhumb
