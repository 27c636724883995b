// Which calls of the system a process may still make: whatever is not on its list ends the process
// at once (SIGSYS), so that code that an attacker brings in can start no program, bind no port of
// its choice and trace nobody. The door to libseccomp. It knows calls and their arguments, no
// paths.
#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"

namespace rhumb {

enum class Calls : std::uint8_t {
  kServer,           // threads, sockets that are there or connect elsewhere, files to read
  kServerWithState,  // the same, and files to write
  kCompile           // files to read, memory, and what is open already: no socket, no thread
};

// For this thread, all others of the process and all that come; for good. Allows no new privileges
// either. The error says why the kernel has no such filter; nothing is filtered then.
std::optional<Error> allow_only(Calls calls);

}  // namespace rhumb
