#include "server/database_watch.h"

namespace rhumb {

bool DatabaseWatch::look(const std::vector<LoadedDatabase>& in_use) {
  Look expected;
  Look now;
  for (const LoadedDatabase& database : in_use) {
    const std::string& path = database.file.path;
    expected.emplace_back(path, database.file.stamp);
    const Result<FileStamp> stamp = stamp_file(path);
    now.emplace_back(path, stamp.ok() ? std::optional(stamp.value()) : std::nullopt);
  }
  const bool is_settled = now == last_;
  last_ = now;
  if (now == expected || !is_settled || now == told_) return false;
  told_ = std::move(now);
  return true;
}

}  // namespace rhumb
