// A command that the helper is to run, as a value and as bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb {

// Of a command's words and of its variables, each.
inline constexpr std::size_t kMaxExecWords = 1'024;
// Octets of one of them.
inline constexpr std::size_t kMaxExecWordSize = 65'536;

struct ExecJob {
  std::vector<std::string> command;      // an absolute path and its arguments
  std::vector<std::string> environment;  // NAME=VALUE, and there is no more
  std::uint64_t deadline_ms = 0;         // on the monotonic clock, which all processes share

  bool operator==(const ExecJob&) const = default;
};

std::string pack(const ExecJob& job);
// Nullopt: no such job, or one without a command.
std::optional<ExecJob> unpack_exec_job(std::string_view bytes);

}  // namespace rhumb
