// Asks running servers over their control sockets or URLs, all of them at once, and tells which
// could not be reached. It knows nothing of what is asked.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "server/command_line.h"

namespace rhumb {

inline constexpr std::int64_t kServerConnectTimeoutMs = 5'000;
inline constexpr std::int64_t kServerReplyTimeoutMs = 60'000;
// A reload may wait for its checks for an hour.
inline constexpr std::int64_t kReloadReplyTimeoutMs = 4'000'000;

// One that is asked: by its socket, or by its URL.
struct ApiServer {
  std::string name;  // as the user wrote it
  bool by_url = false;
  std::string token{};    // empty: none is sent
  std::string ca_file{};  // empty: the system's
};

struct ApiQuestion {
  std::string method = "GET";
  std::string path{};
  std::string body{};  // JSON; empty: none
  std::int64_t timeout_ms = kServerReplyTimeoutMs;
};

enum class Reached : std::uint8_t { kYes, kNo, kCut };  // kCut: it did not reply in full

struct ApiAnswer {
  Reached reached = Reached::kYes;
  int status = 0;
  std::string body;
  std::string error;  // why there is no reply, in full
  [[nodiscard]] bool is_done() const {
    return reached == Reached::kYes && status >= 200 && status <= 299;
  }
};

// The token that goes with a question; empty: none. Where all on the way can read it, over http://
// beyond loopback, it goes only with what changes something, which cannot do without.
std::string_view token_for(const ApiServer& server, const ApiQuestion& question);

// A line of warning for each server that a token would be sent to for all on the way to read.
std::string clear_tokens(const std::vector<ApiServer>& servers, const ApiQuestion& question);

// The default socket if none is named. The error says why not.
Result<std::vector<ApiServer>> servers_of(const Targets& targets);

ApiAnswer ask(const ApiServer& server, const ApiQuestion& question);

// In the order of `servers`.
std::vector<ApiAnswer> ask_all(const std::vector<ApiServer>& servers, const ApiQuestion& question);

// Asks for a reply that does not end, and hands on each line of it as it comes. The answer is how
// it ended; its body is of a reply that is no such stream.
ApiAnswer follow(const ApiServer& server, const ApiQuestion& question,
                 const std::function<void(std::string_view line)>& on_line);

}  // namespace rhumb
