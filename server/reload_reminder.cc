#include "server/reload_reminder.h"

#include <optional>
#include <string>

#include "server/clock.h"

namespace rhumb {
namespace {

std::string served_instead(Reloader& reloader) {
  const auto now = reloader.current();
  if (now->config.sources.kept() != nullptr) return "the last good files";
  return now->bad_zones.empty() ? "what was accepted before" : words_on(now->bad_zones);
}

}  // namespace

bool ReloadReminder::is_due(std::int64_t found_ms, std::int64_t now_ms) {
  if (found_ms != found_ms_) {
    found_ms_ = found_ms;
    said_ms_ = found_ms;
  }
  if (now_ms - said_ms_ < kReloadReminderMs) return false;
  said_ms_ = now_ms;
  return true;
}

void ReloadReminder::look(Reloader& reloader, std::int64_t now_ms, Log& log) {
  const std::optional<PendingErrors> pending = reloader.pending();
  if (!pending || !is_due(pending->at_ms, now_ms)) return;
  log.warn("the files on disk are still refused; a restart would fail",
           {{"refused", to_rfc3339(pending->at_ms)},
            {"errors", std::to_string(pending->errors)},
            {"served", served_instead(reloader)}});
}

}  // namespace rhumb
