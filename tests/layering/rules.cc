#include "tests/layering/rules.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>

#include "tests/layering/libraries.h"

namespace rhumb::layering {
namespace {

constexpr std::size_t kMaxHeaderLines = 160;
constexpr std::size_t kMaxSourceLines = 500;

// Which rooms a room may include, beside itself. server/ may include them all.
const std::map<std::string_view, std::set<std::string_view>> kBelow = {
    {"base", {}},
    {"text", {"base"}},
    {"dns", {"base"}},
    {"health", {"base"}},
    {"geo", {"base", "text"}},
    {"zones", {"base", "text", "dns", "health", "geo"}},
    {"answer", {"base", "dns", "health", "geo", "zones"}},
    {"server", {"base", "text", "dns", "health", "geo", "zones", "answer"}},
};

// Rooms that use no library at all.
const std::set<std::string_view> kBareRooms = {"base", "dns", "health", "answer"};

// What belongs to server/ alone: headers...
const std::set<std::string_view> kServerHeaders = {
    "sys/socket.h",  "sys/un.h",      "sys/epoll.h",  "netinet/in.h",
    "netinet/tcp.h", "netinet/udp.h", "netdb.h",      "ifaddrs.h",
    "poll.h",        "arpa/inet.h",   "pthread.h",    "syslog.h",
    "thread",        "mutex",         "shared_mutex", "condition_variable",
    "future",        "stop_token",    "semaphore",    "latch",
    "barrier",       "iostream",      "random"};

// ...and calls, found where no letter, digit or _ stands before them.
constexpr std::array<std::string_view, 18> kServerCalls = {"clock_gettime(",
                                                           "gettimeofday(",
                                                           "steady_clock::now",
                                                           "system_clock::now",
                                                           "high_resolution_clock::now",
                                                           "std::time(",
                                                           "time(nullptr)",
                                                           "getrandom(",
                                                           "random_device",
                                                           "getenv(",
                                                           "printf(",
                                                           "fprintf(",
                                                           "puts(",
                                                           "std::cout",
                                                           "std::cerr",
                                                           "std::clog",
                                                           "usleep(",
                                                           "nanosleep("};

// The one use outside: inet_pton and inet_ntop, which own no socket.
bool is_address_parser(std::string_view path, std::string_view header) {
  return path == "base/ip.cc" && header == "arpa/inet.h";
}

std::string at(std::string_view path, std::size_t line, const std::string& message) {
  return std::string(path) + ":" + std::to_string(line) + ": " + message;
}

std::string_view without_comment(std::string_view line) { return line.substr(0, line.find("//")); }

bool calls(std::string_view line, std::string_view call) {
  for (std::size_t found = line.find(call); found != std::string_view::npos;
       found = line.find(call, found + 1)) {
    const char before = found == 0 ? ' ' : line[found - 1];
    const bool inside_a_word =
        before == '_' || std::isalnum(static_cast<unsigned char>(before)) != 0;
    if (!inside_a_word) return true;
  }
  return false;
}

Complaints header_in_form(std::string_view path, std::string_view text) {
  Complaints complaints;
  if (!text.starts_with("// ")) {
    complaints.push_back(
        at(path, 1, "opens without a comment: say what this is and what it never does"));
  }
  const std::vector<std::string_view> lines = lines_of(text);
  if (std::ranges::find(lines, "#pragma once") == lines.end()) {
    complaints.push_back(at(path, 1, "has no #pragma once"));
  }
  return complaints;
}

void append(Complaints& all, Complaints more) { std::ranges::move(more, std::back_inserter(all)); }

}  // namespace

Complaints rooms_one_way(const Tree& tree) {
  Complaints complaints;
  for (const auto& [path, text] : tree) {
    if (!is_production(path)) continue;
    const std::string_view room = folder_of(path);
    for (const Include& include : includes_of(text)) {
      const std::string_view other = folder_of(include.path);
      if (!include.quoted || other == room || kBelow.at(room).contains(other)) continue;
      complaints.push_back(
          at(path, include.line,
             std::string(room) + "/ includes " + include.path + ", which is not below it"));
    }
  }
  return complaints;
}

Complaints headers_in_form(const Tree& tree) {
  Complaints complaints;
  for (const auto& [path, text] : tree) {
    if (!is_header(path) && !is_source(path)) continue;
    if (is_header(path)) append(complaints, header_in_form(path, text));
    const std::vector<Include> includes = includes_of(text);
    for (const Include& include : includes) {
      if (include.quoted == tree.contains(include.path)) continue;
      complaints.push_back(at(path, include.line,
                              include.quoted
                                  ? include.path + " is not a path from the root of the tree"
                                  : include.path + " is ours: write it in quotes"));
    }
    const std::string own = std::string(unit_of(path)) + ".h";
    if (is_source(path) && tree.contains(own) &&
        (includes.empty() || includes.front().path != own)) {
      complaints.push_back(at(path, 1, "does not include its own header first"));
    }
  }
  return complaints;
}

Complaints one_door_a_library(const Tree& tree) {
  Complaints complaints;
  std::map<const Library*, std::set<std::string_view>> doors;
  for (const auto& [path, text] : tree) {
    if (!is_production(path)) continue;
    for (const Include& include : includes_of(text)) {
      if (include.quoted || is_standard_header(include.path)) continue;
      const Library* library = library_of(production_libraries(), include.path);
      if (library == nullptr) {
        complaints.push_back(
            at(path, include.line,
               "<" + include.path +
                   "> is of no known library: give it a line in tests/layering/libraries.cc"));
        continue;
      }
      doors[library].insert(unit_of(path));
      const bool is_loop = library->headers == "uv.h";
      if (kBareRooms.contains(folder_of(path)) || (is_loop && folder_of(path) != "server")) {
        complaints.push_back(
            at(path, include.line, "<" + include.path + "> may not be used in this room"));
      } else if (is_header(path) && !is_loop) {
        complaints.push_back(
            at(path, include.line, "<" + include.path + "> in a header: include it in the .cc"));
      }
    }
  }
  for (const auto& [library, units] : doors) {
    if (units.size() <= static_cast<std::size_t>(library->doors)) continue;
    std::string named;
    for (const std::string_view unit : units) named += " " + std::string(unit);
    complaints.push_back("<" + std::string(library->headers) + "> has more than " +
                         std::to_string(library->doors) + " door:" + named);
  }
  return complaints;
}

Complaints quiet_rooms(const Tree& tree) {
  Complaints complaints;
  for (const auto& [path, text] : tree) {
    if (!is_production(path) || folder_of(path) == "server") continue;
    for (const Include& include : includes_of(text)) {
      if (!kServerHeaders.contains(include.path) || is_address_parser(path, include.path)) continue;
      complaints.push_back(
          at(path, include.line, "<" + include.path + "> belongs to server/ alone"));
    }
    const std::vector<std::string_view> lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (const std::string_view call : kServerCalls) {
        if (!calls(without_comment(lines[i]), call)) continue;
        complaints.push_back(
            at(path, i + 1,
               std::string(call) + " belongs to server/ alone: take the value as an argument"));
      }
    }
  }
  return complaints;
}

Complaints units_of_sane_size(const Tree& tree) {
  Complaints complaints;
  for (const auto& [path, text] : tree) {
    if (!is_production(path) || !(is_header(path) || is_source(path))) continue;
    const std::size_t limit = is_header(path) ? kMaxHeaderLines : kMaxSourceLines;
    const std::size_t count = lines_of(text).size();
    if (count <= limit) continue;
    complaints.push_back(
        at(path, count, "longer than " + std::to_string(limit) + " lines: split it"));
  }
  return complaints;
}

}  // namespace rhumb::layering
