#include "zones/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

namespace rhumb {
namespace {

class File {
 public:
  // Never waits: a FIFO without a writer would hold up the open().
  explicit File(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

Error system_error() { return Error{"cannot be read: " + std::generic_category().message(errno)}; }

Error changed() { return Error{"changed while it was read; it is read again at the next reload"}; }

std::optional<Error> refuse_kind(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return std::nullopt;
  if (S_ISDIR(status.st_mode)) return Error{"is a directory, not a file"};
  if (S_ISFIFO(status.st_mode)) return Error{"is a FIFO; only regular files are read"};
  return Error{"is a device or socket; only regular files are read"};
}

FileStamp stamp_of(const struct stat& status) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {.size = static_cast<std::uint64_t>(status.st_size),
          .device = status.st_dev,
          .inode = status.st_ino,
          .mtime_ns = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

Result<FileStamp> stamp(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return system_error();
  if (auto refused = refuse_kind(status)) return *std::move(refused);
  return stamp_of(status);
}

// read(), again when a signal cut it short.
ssize_t read_some(int fd, std::byte* to, std::size_t size) {
  while (true) {
    const ssize_t got = ::read(fd, to, size);
    if (got >= 0 || errno != EINTR) return got;
  }
}

// Exactly as many octets as the stamp says, and the end of the file behind them.
Result<Arena> read_all(int fd, std::size_t size) {
  Arena bytes(size);
  std::size_t at = 0;
  while (at < size) {
    const ssize_t got = read_some(fd, bytes.data() + at, size - at);
    if (got < 0) return system_error();
    if (got == 0) return changed();
    at += static_cast<std::size_t>(got);
  }
  std::byte more{};
  if (read_some(fd, &more, 1) != 0) return changed();
  return bytes;
}

}  // namespace

std::string why_not_opened(const std::string& path, int code) {
  if (code == EACCES && faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0) {
    return "it lies outside the folders that this process keeps to since its start; a restart "
           "takes it in";
  }
  return std::generic_category().message(code);
}

Result<FileStamp> stamp_file(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return system_error();
  if (auto refused = refuse_kind(status)) return *std::move(refused);
  return stamp_of(status);
}

std::string path_beside(const std::string& from, std::string_view path) {
  const std::filesystem::path folder = std::filesystem::path(from).parent_path();
  return (folder / path).lexically_normal().string();
}

Result<SourceText> SourceText::read(const std::string& path, std::size_t max_size) {
  const File file(path);
  if (file.fd() < 0) return Error{"cannot be read: " + why_not_opened(path, errno)};
  const Result<FileStamp> before = stamp(file.fd());
  if (!before.ok()) return Error{before.error()};
  if (before.value().size > max_size) {
    return Error{"is larger than " + std::to_string(max_size) + " octets"};
  }
  Result<Arena> bytes = read_all(file.fd(), before.value().size);
  if (!bytes.ok()) return Error{bytes.error()};
  const Result<FileStamp> after = stamp(file.fd());
  if (!after.ok()) return Error{after.error()};
  if (!(after.value() == before.value())) return changed();
  return SourceText(std::move(bytes).value(), {.path = path, .stamp = after.value()});
}

}  // namespace rhumb
