#include "server/database_watch.h"

namespace rhumb {

bool DatabaseWatch::look(const std::shared_ptr<const Loaded>& in_use) {
  Look expected;
  Look now;
  for (const LoadedDatabase& database : in_use->databases) {
    const std::string& path = database.file.path;
    expected.emplace_back(path, database.file.stamp);
    const Result<FileStamp> stamp = stamp_file(path);
    now.emplace_back(path, stamp.ok() ? std::optional(stamp.value()) : std::nullopt);
  }
  const bool is_settled = now == last_;
  last_ = now;
  const bool is_told = now == told_ && told_of_.lock() == in_use;
  if (now == expected || !is_settled || is_told) return false;
  told_ = std::move(now);
  told_of_ = in_use;
  return true;
}

}  // namespace rhumb
