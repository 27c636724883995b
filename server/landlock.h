// Which files a process may still open: those beneath what it names now, and no others, whoever
// owns them. It needs no privilege and is for good. What is open already stays so, and to look at a
// file from outside is never refused.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"

namespace rhumb {

enum class Grant : std::uint8_t {
  kRead,    // files and folders beneath it
  kSocket,  // sockets in it are made and removed
  kWrite    // files in it are read, made, written and removed
};

struct Beneath {
  std::string path;  // a folder, or a file for itself
  Grant grant = Grant::kRead;

  bool operator==(const Beneath&) const = default;
};

// For this thread and those that it starts from now on, which get no new privileges either. A path
// that is not there is passed over. The error says why the kernel does no such thing; nothing is
// refused then.
std::optional<Error> open_only(std::span<const Beneath> places);

}  // namespace rhumb
