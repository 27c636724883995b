#include "server/state_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "zones/source.h"

namespace rhumb {
namespace {

constexpr char kLockName[] = "lock";
constexpr char kBadSuffix[] = ".bad";
constexpr mode_t kFileMode = 0600;

std::string reason_of(int code) { return std::generic_category().message(code); }

Error io_failed(const std::string& what) { return Error{what + ": " + reason_of(errno)}; }

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// `name` in `folder` with this content, on disk.
std::optional<Error> write_file(int folder, const std::string& name, std::string_view text) {
  Fd file(openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
  if (!file.valid()) return io_failed("cannot be created");
  if (!write_all(file.get(), text) || fsync(file.get()) != 0) return io_failed("cannot be written");
  if (close(file.release()) != 0) return io_failed("cannot be written");
  return std::nullopt;
}

}  // namespace

StateFolder::Held StateFolder::hold() {
  if (is_held()) return {};
  const int why_not_made = mkdir(path_.c_str(), kStateFolderMode) == 0 ? 0 : errno;
  Fd folder(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) {
    const bool is_missing = errno == ENOENT && why_not_made != 0;
    return {Hold::kFailed, reason_not_held(is_missing ? why_not_made : errno)};
  }
  Fd lock(openat(folder.get(), kLockName, O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (!lock.valid()) return {Hold::kFailed, reason_not_held(errno)};
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return {Hold::kFailed, reason_of(errno)};
    return {Hold::kOthers, "another rhumb uses it"};
  }
  folder_ = std::move(folder);
  lock_ = std::move(lock);
  return {};
}

Result<std::optional<std::string>> StateFolder::read(const std::string& name,
                                                     std::size_t max_size) const {
  const std::string path = path_of(name);
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::optional<std::string>();
  const Result<FileStamp> stamp = stamp_file(path);
  if (!stamp.ok()) return Error{stamp.error()};
  if (stamp.value().size > max_size) {
    return Error{"is larger than " + std::to_string(max_size) + " octets"};
  }
  const Result<SourceText> source = SourceText::read(path);
  if (!source.ok()) return Error{source.error()};
  return std::optional(std::string(source.value().text()));
}

std::optional<Error> StateFolder::replace(const std::string& name, std::string_view text) {
  if (Held held = hold(); held.hold != Hold::kOurs) return Error{std::move(held.reason)};
  const std::string beside = name + ".new";
  auto error = write_file(folder_.get(), beside, text);
  if (!error && renameat(folder_.get(), beside.c_str(), folder_.get(), name.c_str()) != 0) {
    error = io_failed("cannot be replaced");
  }
  if (error) {
    unlinkat(folder_.get(), beside.c_str(), 0);  // a part of it would only take up room
    return error;
  }
  if (fsync(folder_.get()) != 0) return io_failed("its folder cannot be written");
  return std::nullopt;
}

std::optional<Error> StateFolder::set_aside(const std::string& name) {
  if (!is_held()) return Error{"the folder is not held"};
  const std::string bad = name + kBadSuffix;
  if (renameat(folder_.get(), name.c_str(), folder_.get(), bad.c_str()) == 0) return std::nullopt;
  return io_failed("cannot be renamed");
}

// Landlock knows a folder by itself, and not by its path.
std::string StateFolder::reason_not_held(int code) const {
  const bool is_another = code == EACCES && folder_.valid();
  return reason_of(code) +
         (is_another ? "; the folder of the start is gone, and a restart takes another one in"
                     : "");
}

bool StateFolder::is_held() const {
  struct stat held {};
  struct stat found {};
  return lock_.valid() && fstat(folder_.get(), &held) == 0 && stat(path_.c_str(), &found) == 0 &&
         held.st_dev == found.st_dev && held.st_ino == found.st_ino;
}

}  // namespace rhumb
