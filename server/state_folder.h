// The folder in which a server keeps its state: held by one server at a time, its files replaced
// whole. It knows nothing of what is in them. Used by one thread at a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "server/listeners.h"

namespace rhumb {

inline constexpr mode_t kStateFolderMode = 0750;

class StateFolder {
 public:
  enum class Hold : std::uint8_t {
    kOurs,
    kOthers,  // another server holds it
    kFailed   // it cannot be made, opened or written
  };
  struct Held {
    Hold hold = Hold::kOurs;
    std::string reason;  // unless it is ours
  };

  explicit StateFolder(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }
  // Makes it if only it itself is missing, and holds it until the end; by a lock on a file in it,
  // which ends with the process. Anew if what was held is no longer what the path leads to.
  Held hold();
  // Null: there is no such file. The error does not name it.
  [[nodiscard]] Result<std::optional<std::string>> read(const std::string& name,
                                                        std::size_t max_size) const;
  // Holds the folder and replaces a file: written beside, forced to disk, renamed. What went wrong
  // leaves the file as it was; the error does not name it.
  std::optional<Error> replace(const std::string& name, std::string_view text);
  // Renames a file to NAME.bad, in place of an older one. Requires: it is held.
  std::optional<Error> set_aside(const std::string& name);

 private:
  [[nodiscard]] bool is_held() const;
  // `code` is errno's.
  [[nodiscard]] std::string reason_not_held(int code) const;

  std::string path_;
  Fd folder_;
  Fd lock_;
};

}  // namespace rhumb
