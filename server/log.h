// Log lines as an event and its fields, as text or JSON, to standard error. The door to spdlog.
// Never called from the answering core.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rhumb {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
enum class LogFormat : std::uint8_t { kText, kJson };

struct LogField {
  std::string_view key;
  std::string value;
};

// Who writes the lines: a thread of the log's own, so that nobody else waits for standard error, or
// whoever has something to say, as long as there must be no other thread.
enum class LogWriter : std::uint8_t { kThread, kCaller };

// Safe to use from every thread.
class Log {
 public:
  Log(LogLevel level, LogFormat format, LogWriter writer = LogWriter::kThread);
  // Waits for the lines that are not written yet; where nobody reads them, a few seconds.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // `event` is a short sentence without the particulars; those are fields.
  void debug(std::string_view event, std::initializer_list<LogField> fields = {});
  void info(std::string_view event, std::initializer_list<LogField> fields = {});
  // With as many fields as there are.
  void info(std::string_view event, std::span<const LogField> fields);
  void warn(std::string_view event, std::initializer_list<LogField> fields = {});
  void error(std::string_view event, std::initializer_list<LogField> fields = {});
  // Each diagnostic as a line of its own, its place a field. Waits for a slow standard error rather
  // than lose one: not for threads that answer or probe.
  void write(const Diagnostics& diagnostics);
  // Takes effect at once; a reload may change both.
  void configure(LogLevel level, LogFormat format);
  // From now on by a thread. Requires: kCaller until now, and there is no other thread.
  void write_by_thread();

 private:
  struct Sink;
  std::unique_ptr<Sink> sink_;
};

}  // namespace rhumb
