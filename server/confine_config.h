// What a server is to be held in by, once it has all that it needs: the key `confine` as a value.
#pragma once

namespace rhumb {

struct ConfineConfig {
  bool seccomp = true;
  bool landlock = true;

  bool operator==(const ConfineConfig&) const = default;
};

}  // namespace rhumb
