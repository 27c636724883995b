// A file that a zone was read from, with the stamp by which a reload sees whether it changed, and
// the way from one file to another that it names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "zones/arena.h"

namespace rhumb {

inline constexpr std::size_t kMaxSourceSize = std::size_t{4} << 30U;  // octets of one file

// Size, inode and mtime in nanoseconds: any rewrite changes at least one.
struct FileStamp {
  std::uint64_t size = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t mtime_ns = 0;

  bool operator==(const FileStamp&) const = default;
};

struct SourceFile {
  std::string path;
  FileStamp stamp;
};

// What open() meant by `code` at `path`. Where the file's own permissions let us in, something else
// holds this process in.
std::string why_not_opened(const std::string& path, int code);

// The stamp of a file as it is now, or why it cannot be had.
Result<FileStamp> stamp_file(const std::string& path);

// `path` as seen from the folder of the file `from` that it is written in, without the `.` and `..`
// that can be spared.
std::string path_beside(const std::string& from, std::string_view path);

// A whole file in memory with the stamp of what was read. A copy and no mapping, so that a file
// that is cut short while it is read is an error and not a SIGBUS.
class SourceText {
 public:
  // The error says why `path` cannot be read: a directory, a FIFO, no permission, too large,
  // changed meanwhile. It does not name the path. No more than `max_size` octets are read, and no
  // open() waits.
  static Result<SourceText> read(const std::string& path, std::size_t max_size = kMaxSourceSize);
  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  [[nodiscard]] const SourceFile& file() const { return file_; }
  // The same text, read in the place of `file`.
  [[nodiscard]] SourceText known_as(SourceFile file) && {
    return {std::move(bytes_), std::move(file)};
  }

 private:
  SourceText(Arena bytes, SourceFile file) : bytes_(std::move(bytes)), file_(std::move(file)) {}
  Arena bytes_;
  SourceFile file_;
};

}  // namespace rhumb
