// What a service manager is told of this process by datagrams (sd_notify(3)), without its library:
// that it is ready, reloads, stops, and, as long as it does, that it is alive.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/listeners.h"

namespace rhumb {

struct ManagerTerms {
  std::string socket;            // a path, or @NAME of an abstract one; empty: nobody listens
  std::int64_t watchdog_us = 0;  // how often it wants to hear that all is well; 0: never

  bool operator==(const ManagerTerms&) const = default;
};

// By NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; null: not set. A watchdog for another process
// than `own` is none.
ManagerTerms manager_terms(const char* notify_socket, const char* watchdog_us,
                           const char* watchdog_pid, std::int64_t own);
// What this process was started with.
ManagerTerms manager_terms_of_environment();

// Any thread. Where nobody listens, nothing is told.
class ServiceManager {
 public:
  ServiceManager() = default;
  explicit ServiceManager(ManagerTerms terms);

  [[nodiscard]] const ManagerTerms& terms() const { return terms_; }
  // One assignment a line, as in "READY=1\nSTATUS=serving". What cannot be told at once is waited
  // for a second at most, and then is lost.
  void tell(std::string_view lines) const;

  void ready(std::string_view status) const;   // MAINPID too: it may have been another one
  void reloading() const;                      // until the next ready()
  void stopping(std::int64_t delay_ms) const;  // which it may well take
  void status(std::string_view status) const;
  // Nothing is amiss: it takes longer than usual.
  void extend_timeout(std::int64_t for_ms) const;
  void alive() const { tell("WATCHDOG=1"); }
  void successor(std::int64_t pid) const;
  // How often alive() is to be called; 0: never. With room for one that comes late.
  [[nodiscard]] std::int64_t alive_every_ms() const { return terms_.watchdog_us / 1000 / 3; }

 private:
  ManagerTerms terms_;
  Fd socket_;
};

}  // namespace rhumb
