#include "server/token_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace rhumb {

// Not a stream: a FIFO in the file's place must not hold anybody up.
Result<std::string> read_token(const std::string& path) {
  const std::string file = "tokenFile " + path;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  std::array<char, kMaxTokenBytes + 1> buffer{};
  const ssize_t size = fd < 0 ? -1 : read(fd, buffer.data(), buffer.size());
  const int error = errno;
  if (fd >= 0) close(fd);
  if (size < 0) {
    return Error{file + " cannot be read: " + std::generic_category().message(error)};
  }
  std::string_view token(buffer.data(), static_cast<std::size_t>(size));
  if (token.size() > kMaxTokenBytes) return Error{file + " is too long for a token"};
  token = token.substr(0, token.find('\n'));
  if (token.ends_with('\r')) token.remove_suffix(1);
  const auto is_visible = [](char c) { return c > ' ' && c < 0x7F; };
  if (token.empty()) return Error{file + " is empty"};
  if (!std::ranges::all_of(token, is_visible)) {
    return Error{file + " is no token: its first line must be visible ASCII without blanks"};
  }
  return std::string(token);
}

}  // namespace rhumb
