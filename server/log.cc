#include "server/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <span>

#include "server/clock.h"
#include "text/json.h"
#include "text/utf8.h"

namespace rhumb {
namespace {

// Lines that wait for a slow standard error; when it is full, the oldest are lost rather than a
// thread held up.
constexpr std::size_t kMaxWaitingLines = 8192;

struct LevelName {
  std::string_view name;
  std::string_view padded;
};

LevelName name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return {"debug", "debug"};
    case LogLevel::kInfo:
      return {"info", "info "};
    case LogLevel::kWarning:
      return {"warn", "warn "};
    case LogLevel::kError:
      return {"error", "error"};
  }
  return {};
}

void append_escaped(std::string& out, unsigned char octet) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\x";
  out += kHex[octet >> 4U];
  out += kHex[octet & 15U];
}

// Keeps a line one line and a terminal safe: control characters and what is no UTF-8 as \xNN.
void append_printable(std::string& out, std::string_view text, bool quoted) {
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool c1_control =
        size == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    if (size == 0 || first < 0x20 || first == 0x7f || c1_control) {
      for (std::size_t i = 0; i < std::max<std::size_t>(size, 1); ++i) {
        append_escaped(out, static_cast<unsigned char>(text[i]));
      }
    } else {
      if (quoted && (first == '"' || first == '\\')) out += '\\';
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char letter : value) {
    if (static_cast<unsigned char>(letter) <= 0x20 || letter == '"' || letter == '=') return true;
  }
  return false;
}

std::string text_line(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  std::string line = to_rfc3339(wall_clock_ms()) + " ";
  line.append(name_of(level).padded).append(" ");
  append_printable(line, event, false);
  for (const LogField& field : fields) {
    line.append(" ").append(field.key).append("=");
    const bool quoted = needs_quotes(field.value);
    if (quoted) line += '"';
    append_printable(line, field.value, quoted);
    if (quoted) line += '"';
  }
  return line;
}

std::string json_line(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  std::string line;
  JsonWriter json(line);
  const auto add = [&json](std::string_view key, std::string_view value) {
    json.key(key);
    json.text(value);
  };
  json.begin_object();
  add("at", to_rfc3339(wall_clock_ms()));
  add("level", name_of(level).name);
  add("event", event);
  for (const LogField& field : fields) add(field.key, field.value);
  json.end_object();
  return line;
}

}  // namespace

// The lines are written by a thread of spdlog's, so that no other waits for standard error.
struct Log::Sink {
  std::atomic<LogLevel> level;
  std::atomic<LogFormat> format;
  std::shared_ptr<spdlog::details::thread_pool> pool =
      std::make_shared<spdlog::details::thread_pool>(kMaxWaitingLines, 1);
  std::shared_ptr<spdlog::async_logger> logger = std::make_shared<spdlog::async_logger>(
      "rhumb", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool,
      spdlog::async_overflow_policy::overrun_oldest);

  Sink(LogLevel level_now, LogFormat format_now) : level(level_now), format(format_now) {
    logger->set_pattern("%v");
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  // Every line is written, and the thread gone, before the logger that it uses.
  ~Sink() { pool.reset(); }

  void write(LogLevel of, std::string_view event, std::initializer_list<LogField> fields) const {
    if (of < level.load(std::memory_order_relaxed)) return;
    const std::span<const LogField> all(fields.begin(), fields.size());
    const bool json = format.load(std::memory_order_relaxed) == LogFormat::kJson;
    const std::string line = json ? json_line(of, event, all) : text_line(of, event, all);
    logger->log(spdlog::level::info, spdlog::string_view_t(line));
  }
};

Log::Log(LogLevel level, LogFormat format) : sink_(std::make_unique<Sink>(level, format)) {}

Log::~Log() = default;

void Log::debug(std::string_view event, std::initializer_list<LogField> fields) {
  sink_->write(LogLevel::kDebug, event, fields);
}

void Log::info(std::string_view event, std::initializer_list<LogField> fields) {
  sink_->write(LogLevel::kInfo, event, fields);
}

void Log::warn(std::string_view event, std::initializer_list<LogField> fields) {
  sink_->write(LogLevel::kWarning, event, fields);
}

void Log::error(std::string_view event, std::initializer_list<LogField> fields) {
  sink_->write(LogLevel::kError, event, fields);
}

void Log::write(const Diagnostics& diagnostics) {
  for (const Diagnostic& found : diagnostics.all()) {
    const LogLevel level =
        found.severity == Severity::kError ? LogLevel::kError : LogLevel::kWarning;
    const std::string place = to_string(found.place);
    if (place.empty()) {
      sink_->write(level, found.message, {});
    } else {
      sink_->write(level, found.message, {{"place", place}});
    }
  }
}

void Log::configure(LogLevel level, LogFormat format) {
  sink_->level = level;
  sink_->format = format;
}

}  // namespace rhumb
