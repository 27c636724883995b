// The lines of a log, caught where they go: standard error.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "server/log.h"
#include "tests/support/process.h"

namespace rhumb::test {

// What `write` writes to standard error.
inline std::vector<std::string> lines_of(LogLevel level, LogFormat format,
                                         const std::function<void(Log&)>& write) {
  const TempDir folder;
  const std::string path = folder.write("log", "");
  const int kept = dup(STDERR_FILENO);
  const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  dup2(file, STDERR_FILENO);
  {
    Log log(level, format);
    write(log);
  }
  dup2(kept, STDERR_FILENO);
  close(kept);
  close(file);
  std::vector<std::string> lines;
  std::string text = read_file(path);
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
    lines.push_back(text.substr(0, end));
    text.erase(0, end + 1);
  }
  return lines;
}

}  // namespace rhumb::test
