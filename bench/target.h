// The target of measured checks: a small HTTP server on the loopback, for a process of its own.
#pragma once

#include <atomic>
#include <cstdint>

namespace rhumb {

void pin_to_core(int core);

// Listens on any address of 127.0.0.0/8, so that many checks do not run out of ports; on `port`
// unless it is 0, when it becomes a free one. Returns the socket, or -1.
int listen_anywhere(std::uint16_t& port);

// Answers every request with 200, save those for /dead, which it leaves waiting. Counts the answers
// in `answered`, which may be shared memory; null: nowhere.
[[noreturn]] void serve_checks(int listener, std::atomic<std::uint64_t>* answered = nullptr);

}  // namespace rhumb
