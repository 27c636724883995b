#include "zones/check_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "zones/presentation.h"
#include "zones/source.h"

namespace rhumb {
namespace {

bool is_visible(char c) { return c > ' ' && c < 0x7F; }

}  // namespace

std::optional<std::string> why_unreadable(const std::string& path) {
  const Result<SourceText> text = SourceText::read(path);
  if (text.ok()) return std::nullopt;
  return text.error();
}

std::optional<std::string> why_not_executable(const std::string& path) {
  const Result<FileStamp> stamp = stamp_file(path);
  if (!stamp.ok()) return stamp.error();
  if (access(path.c_str(), X_OK) == 0) return std::nullopt;
  return "cannot be run: " + std::generic_category().message(errno);
}

std::string from_the_root(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::absolute(path, failed);
  return failed ? path : whole.string();
}

Result<std::string> read_token_file(const std::string& path) {
  const Result<FileStamp> stamp = stamp_file(path);
  if (stamp.ok() && stamp.value().size > kMaxTokenFileBytes) {
    return Error{"is larger than " + std::to_string(kMaxTokenFileBytes) +
                 " octets; write the token alone into its first line"};
  }
  const Result<SourceText> source = SourceText::read(path);
  if (!source.ok()) return Error{source.error()};
  const std::string_view text = source.value().text();
  const std::string_view token = trim_blanks(text.substr(0, text.find('\n')));
  if (token.empty()) return Error{"has no token; write it into the first line"};
  if (!std::all_of(token.begin(), token.end(), is_visible)) {
    return Error{"has a first line that is no token; write one word of ASCII into it"};
  }
  return std::string(token);
}

}  // namespace rhumb
