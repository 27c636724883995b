// Where the files lie that are read: each at its own path, or as a copy that was kept of it when it
// was last accepted. It is told of the copies and finds none by itself.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "zones/source.h"

namespace rhumb {

// What was kept of a file.
struct KeptCopy {
  std::string copy;  // its path
  FileStamp stamp;   // of the file that was copied
};

// What was kept of all that was accepted together. Paths are from the root.
struct KeptFiles {
  std::int64_t at_ms = 0;  // Unix time
  std::map<std::string, KeptCopy> copies;
  std::vector<std::string> zones;  // those of `copies` that are a zone's first file
};

// A value that is cheap to copy.
class Sources {
 public:
  // Each file at its own path.
  Sources() = default;
  // Copies where there are any; other files at their own paths.
  explicit Sources(KeptFiles kept);

  // Null: there are no copies.
  [[nodiscard]] const KeptFiles* kept() const { return kept_.get(); }
  // As SourceText::read(); a copy goes by the path and the stamp of what it is of.
  [[nodiscard]] Result<SourceText> read(const std::string& path,
                                        std::size_t max_size = kMaxSourceSize) const;
  // As stamp_file(), of what a copy is of.
  [[nodiscard]] Result<FileStamp> stamp(const std::string& path) const;
  // For who opens it himself.
  [[nodiscard]] std::string path_to_open(const std::string& path) const;

 private:
  [[nodiscard]] const KeptCopy* copy_of(const std::string& path) const;

  std::shared_ptr<const KeptFiles> kept_;
};

// The same file by its whole path, without `.` and `..`; `path` as it is when there is no current
// folder.
std::string path_from_root(const std::string& path);

}  // namespace rhumb
