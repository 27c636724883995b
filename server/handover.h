// What a server and the one that is to take its place say to each other (`rhumb serve --replace`):
// each message one line of JSON in a packet of its own, with a socket or memory beside it where it
// tells of one. Pure text: it knows no sockets, and believes nothing that it does not know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ip.h"
#include "dns/query.h"

namespace rhumb {

// Another one is refused by both sides; only a refusal is read whatever its version.
inline constexpr int kHandoverVersion = 1;
inline constexpr std::size_t kMaxHandoverBytes = 4'096;  // of a message
inline constexpr std::size_t kMaxHandoverReason = 512;   // escaped it may take six times as much
inline constexpr std::size_t kMaxHandoverText = 256;     // of any other text
inline constexpr int kMaxHandoverSockets = 65'536;

enum class HandoverKind : std::uint8_t {
  kHello,   // the new one: what have you got?
  kSocket,  // the old one, for each socket
  kState,   // and in the end what it knows; once more in reply to kTake
  kTake,    // the new one: I could serve now, tell the last of it
  kTaken,   // the new one serves
  kYours,   // the old one steps back
  kRefused  // either
};

enum class SocketUse : std::uint8_t { kDns, kHttp, kControl, kHandover };

struct HandoverSocket {
  SocketUse use = SocketUse::kDns;
  Transport transport = Transport::kUdp;  // of kDns
  Endpoint endpoint{};                    // of kDns and kHttp
  int worker = 0;                         // of kDns: which one reads it now
  bool is_inherited = false;  // of kDns and kControl: it is a service manager's, whoever serves it

  bool operator==(const HandoverSocket&) const = default;
};

struct HandoverMessage {
  HandoverKind kind = HandoverKind::kHello;
  std::string program{};         // kHello: the version that asks
  HandoverSocket socket{};       // kSocket
  int sockets = 0;               // kState: how many came before it
  std::string manager{};         // kState: where the service manager listens; empty: there is none
  std::int64_t watchdog_us = 0;  // kState: how often that one wants to hear; 0: never
  std::string reason{};          // kRefused: for people

  bool operator==(const HandoverMessage&) const = default;
};

// A reason that is too long is cut.
std::string write_handover(const HandoverMessage& message);

// The error is a reason to refuse it with.
Result<HandoverMessage> read_handover(std::string_view text);

HandoverMessage handover_refusal(std::string reason);

}  // namespace rhumb
