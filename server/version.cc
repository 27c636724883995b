#include "server/version.h"

namespace rhumb {

std::string_view version() { return RHUMB_VERSION; }

std::string build() {
#ifdef __clang__
  const std::string compiler = "clang++ " __clang_version__;
#else
  const std::string compiler = "g++ " __VERSION__;
#endif
  return compiler + ", " + RHUMB_BUILD;
}

}  // namespace rhumb
