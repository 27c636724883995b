#include "server/service_manager.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

#include "server/clock.h"
#include "text/scalar.h"

namespace rhumb {
namespace {

constexpr timeval kSendPatience{.tv_sec = 1, .tv_usec = 0};
constexpr std::int64_t kStopTimeMs = 30'000;  // beyond the delay that is wished

struct ManagerAddress {
  sockaddr_un address{};
  socklen_t size = 0;
};

// `@` stands for the zero octet that an abstract name begins with.
std::optional<ManagerAddress> manager_address(const std::string& name) {
  ManagerAddress result;
  const bool is_one = name.starts_with('/') || name.starts_with('@');
  if (!is_one || name.size() >= sizeof(result.address.sun_path)) return std::nullopt;
  result.address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), result.address.sun_path);
  const bool is_abstract = name.front() == '@';
  if (is_abstract) result.address.sun_path[0] = '\0';
  result.size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1));
  return result;
}

std::string microseconds(std::int64_t milliseconds) { return std::to_string(milliseconds) + "000"; }

// A line of its own, whatever is in it.
std::string status_line(std::string_view status) {
  std::string line = "STATUS=" + std::string(status);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

ManagerTerms manager_terms(const char* notify_socket, const char* watchdog_us,
                           const char* watchdog_pid, std::int64_t own) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  ManagerTerms terms;
  if (notify_socket == nullptr) return terms;
  terms.socket = notify_socket;
  if (watchdog_us == nullptr) return terms;
  if (watchdog_pid != nullptr) {
    const auto pid = parse_whole(watchdog_pid, 1, kMost);
    if (!pid.ok() || pid.value() != own) return terms;
  }
  const auto interval = parse_whole(watchdog_us, 1, kMost);
  if (interval.ok()) terms.watchdog_us = interval.value();
  return terms;
}

ManagerTerms manager_terms_of_environment() {
  return manager_terms(std::getenv("NOTIFY_SOCKET"), std::getenv("WATCHDOG_USEC"),
                       std::getenv("WATCHDOG_PID"), getpid());
}

ServiceManager::ServiceManager(ManagerTerms terms) : terms_(std::move(terms)) {
  if (!manager_address(terms_.socket)) {
    terms_ = {};
    return;
  }
  socket_ = Fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  (void)setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendPatience, sizeof kSendPatience);
}

void ServiceManager::tell(std::string_view lines) const {
  if (!socket_.valid()) return;
  const auto to = manager_address(terms_.socket);
  const auto* address = reinterpret_cast<const sockaddr*>(&to->address);  // NOLINT: sockets API
  (void)sendto(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL, address, to->size);
}

void ServiceManager::ready(std::string_view status) const {
  tell("READY=1\nMAINPID=" + std::to_string(getpid()) + "\n" + status_line(status));
}

void ServiceManager::reloading() const {
  tell("RELOADING=1\nMONOTONIC_USEC=" + microseconds(monotonic_ms()) + "\nSTATUS=reloading");
}

void ServiceManager::stopping(std::int64_t delay_ms) const {
  tell("STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=" + microseconds(delay_ms + kStopTimeMs));
}

void ServiceManager::status(std::string_view status) const { tell(status_line(status)); }

void ServiceManager::extend_timeout(std::int64_t for_ms) const {
  tell("EXTEND_TIMEOUT_USEC=" + microseconds(for_ms));
}

void ServiceManager::successor(std::int64_t pid) const {
  tell("MAINPID=" + std::to_string(pid) + "\nSTATUS=another rhumb has taken over");
}

}  // namespace rhumb
