// Logs whom the API refuses, cuts off or turns away: of each kind the first at once, and then a
// line a minute at most that tells how many there were, so that no stranger fills the disk.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "server/control_api.h"
#include "server/log.h"

namespace rhumb {

inline constexpr std::int64_t kRefusalLogMs = 60'000;
// Octets of what a client has sent that a line shows.
inline constexpr std::size_t kMaxRefusalBytes = 200;

enum class Refusal : std::uint8_t {
  kChange,      // no right to change anything
  kMalformed,   // 400
  kLargeHead,   // 414, 431
  kLargeBody,   // 413
  kSlow,        // cut off: its time was over
  kTurnedAway,  // too many of one address
};
inline constexpr std::size_t kRefusals = 6;

// Who it was and what he wanted, as far as that is known.
struct RefusedClient {
  std::string from;
  std::string method{};
  std::string path{};
  std::string reason{};
};

// What a reply refuses; nullopt: nothing that is logged.
std::optional<Refusal> refusal_in(const ControlReply& reply);
std::optional<Refusal> refusal_of_status(int status);
// In a line's words.
std::string reason_of(const ControlReply& reply);

class RefusalLog {
 public:
  // `log` is borrowed.
  explicit RefusalLog(Log& log) : log_(log) {}
  void note(Refusal kind, const RefusedClient& client, std::int64_t now_ms);

 private:
  struct Told {
    std::optional<std::int64_t> last_ms;  // of a line
    std::uint64_t since = 0;              // refused
  };

  Log& log_;
  std::array<Told, kRefusals> told_;  // by kind
};

}  // namespace rhumb
