// Notices that databases on disk are others than those in use. It looks at files from outside and
// never into them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/loader.h"

namespace rhumb {

class DatabaseWatch {
 public:
  // To be called every few seconds. True when files are others than `in_use`, as they were at the
  // look before, so nobody is writing them; and once for each way in which they are,
  // as long as the same is in use.
  bool look(const std::shared_ptr<const Loaded>& in_use);

 private:
  // A path with its stamp; none: there is no such file.
  using Look = std::vector<std::pair<std::string, std::optional<FileStamp>>>;

  Look last_;
  Look told_;
  std::weak_ptr<const Loaded> told_of_;  // what was in use then
};

}  // namespace rhumb
