#include "server/version.h"

#include <array>

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

std::span<const std::string_view> features() {
  static constexpr std::array<std::string_view, 5> kFeatures = {"client-subnet", "geo",
                                                                "health-checks", "http-api", "tls"};
  return kFeatures;
}

}  // namespace rhumb
