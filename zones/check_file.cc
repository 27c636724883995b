#include "zones/check_file.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "zones/source.h"

namespace rhumb {

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

}  // namespace rhumb
