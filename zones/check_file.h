// The files that checks name and that only their probes open. A probe that cannot would take its
// site out, so loading finds out whether it will; this keeps nothing of what they hold.
#pragma once

#include <optional>
#include <string>

namespace rhumb {

// Why the file cannot be read, to go on behind its name; nullopt: it can.
std::optional<std::string> why_unreadable(const std::string& path);

// Why the file cannot be run, to go on behind its name; nullopt: it can.
std::optional<std::string> why_not_executable(const std::string& path);

// The same file for a process in another folder. `path` as it is when there is no current one.
std::string from_the_root(const std::string& path);

}  // namespace rhumb
