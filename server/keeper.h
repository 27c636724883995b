// The process between the server and its helper: forked while there is no thread yet, it waits to
// be told who to be, becomes that, forks the helper and forks it anew whenever it ends. The server
// itself can start no process any more. It does nothing else, and ends with the server.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/confine_config.h"
#include "server/listeners.h"
#include "server/privileges.h"

namespace rhumb {

// Between two starts of a helper that does not live, at least.
inline constexpr int kRestartGapMs = 1'000;

// What the keeper says of a helper that has begun, and of one that cannot now.
inline constexpr std::string_view kHelperBegun = "+";
inline constexpr std::string_view kHelperMissing = "-";

// What keeper and helper are told before they do anything.
struct HelperTerms {
  std::optional<User> user;  // to become; nullopt: they stay who they are
  ConfineConfig confine;     // of what the helper starts

  bool operator==(const HelperTerms&) const = default;
};

// Without the user's name, which nobody asks for there.
std::string pack(const HelperTerms& terms);
std::optional<HelperTerms> unpack_terms(std::string_view bytes);

// In memory that server and keeper share; the keeper alone writes it.
struct KeeperFacts {
  std::atomic<pid_t> helper = 0;            // -1: there can be none now
  std::atomic<int> why_none = 0;            // then errno, else 0
  std::atomic<std::uint32_t> restarts = 0;  // beyond the first start
  std::atomic<std::uint32_t> last_end = 0;  // of the one before, as waitpid() gives it
};

// `server` is a packet socket: the terms come from it; then a packet goes there when the helper has
// begun, kHelperBegun, or with why it cannot; and one, where there is room, for each new start, and
// when there can be none. The helper takes its requests from `requests`. Requires: called in a
// process forked from `server_pid` by a thread that lives as long as that.
[[noreturn]] void run_keeper(const Fd& server, const Fd& requests, pid_t server_pid,
                             KeeperFacts& facts);

}  // namespace rhumb
