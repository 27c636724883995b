#include "tests/layering/libraries.h"

#include <algorithm>
#include <array>

namespace rhumb::layering {
namespace {

constexpr int kAnyNumberOfDoors = 1'000;

constexpr std::array<Library, 15> kProductionLibraries = {{
    {"uv.h", "libuv", "libuv1-dev", kAnyNumberOfDoors},
    {"ldns/", "ldns", "libldns-dev"},
    {"yaml-cpp/", "yaml-cpp", "libyaml-cpp-dev"},
    {"spdlog/", "spdlog", "libspdlog-dev"},
    {"fmt/", "fmt", "libspdlog-dev"},  // comes with spdlog, and stays behind its door
    {"curl/", "libcurl", "libcurl4-openssl-dev", 2},  // what probes, and what commands
    {"ares.h", "libcares", "libc-ares-dev"},
    {"microhttpd.h", "libmicrohttpd", "libmicrohttpd-dev"},
    {"nlohmann/", "nlohmann_json", "nlohmann-json3-dev"},
    {"CLI/", "CLI11", "libcli11-dev"},
    {"openssl/", "openssl", "libssl-dev", 2},
    {"maxminddb.h", "libmaxminddb", "libmaxminddb-dev"},
    {"fstrm.h", "libfstrm", "libfstrm-dev"},
    {"dnstap.pb-c.h", "libprotobuf-c", "libprotobuf-c-dev"},  // made by its compiler
    {"seccomp.h", "libseccomp", "libseccomp-dev"},
}};

constexpr std::array<Library, 3> kTestLibraries = {{
    {"gtest/", "GTest", "libgtest-dev"},
    {"gmock/", "GMock", "libgmock-dev"},
    {"benchmark/", "benchmark", "libbenchmark-dev"},
}};

constexpr std::array<std::string_view, 6> kSystemFolders = {"arpa/",    "linux/", "net/",
                                                            "netinet/", "sys/",   "asm/"};

// The system's headers outside these folders; C's own have a C++ name.
constexpr std::array<std::string_view, 17> kSystemHeaders = {
    "dirent.h",  "dlfcn.h", "fcntl.h",  "getopt.h",  "glob.h",  "grp.h",
    "ifaddrs.h", "netdb.h", "poll.h",   "pthread.h", "pwd.h",   "sched.h",
    "signal.h",  "spawn.h", "syslog.h", "time.h",    "unistd.h"};

}  // namespace

std::span<const Library> production_libraries() { return kProductionLibraries; }

std::span<const Library> test_libraries() { return kTestLibraries; }

const Library* library_of(std::span<const Library> libraries, std::string_view header) {
  const auto owns = [header](const Library& library) {
    return library.headers.ends_with('/') ? header.starts_with(library.headers)
                                          : header == library.headers;
  };
  const auto found = std::ranges::find_if(libraries, owns);
  return found == libraries.end() ? nullptr : &*found;
}

bool is_standard_header(std::string_view header) {
  if (header.find_first_of("./") == std::string_view::npos) return true;  // C++
  return std::ranges::find(kSystemHeaders, header) != kSystemHeaders.end() ||
         std::ranges::any_of(kSystemFolders, [header](std::string_view folder) {
           return header.starts_with(folder);
         });
}

}  // namespace rhumb::layering
