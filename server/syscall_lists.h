// The calls of the system that our own code and its libraries (glibc, libuv, libcurl, c-ares,
// OpenSSL, GnuTLS, libmicrohttpd, spdlog, libfstrm) make, by name. Those whose arguments matter are
// in server/seccomp_filter.cc.
#pragma once

#include <cstdint>
#include <span>

namespace rhumb {

// Memory, what is open already, time, the own end.
std::span<const char* const> calls_of_all();
// Threads, sockets, looking at folders.
std::span<const char* const> calls_of_server();
// To keep the state, beside open() and openat().
std::span<const char* const> calls_to_write();
// Of sanitizers and profiles.
std::span<const char* const> calls_of_instruments();

// What ioctl() may ask of a descriptor.
std::span<const std::uint64_t> requests_of_server();

}  // namespace rhumb
