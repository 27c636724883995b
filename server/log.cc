#include "server/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include "server/clock.h"
#include "text/json.h"
#include "text/utf8.h"

namespace rhumb {
namespace {

// Lines that wait for a slow standard error; beyond them the oldest are lost rather than a thread
// held up, and a line says how many.
constexpr std::size_t kMaxWaitingLines = 8192;
// In the end: so long they are waited for, looked at so often. Nobody may ever read them.
constexpr std::chrono::milliseconds kLastLinesPatience{5'000};
constexpr std::chrono::milliseconds kLastLinesLook{5};

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
    if (size == 0 || control_size(text) > 0) {
      for (std::size_t i = 0; i < std::max<std::size_t>(size, 1); ++i) {
        append_escaped(out, static_cast<unsigned char>(text[i]));
      }
    } else {
      if (quoted && (text.front() == '"' || text.front() == '\\')) out += '\\';
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

std::string line_of(LogFormat format, LogLevel level, std::string_view event,
                    std::span<const LogField> fields) {
  const bool json = format == LogFormat::kJson;
  return json ? json_line(level, event, fields) : text_line(level, event, fields);
}

// Standard error. Before the line that follows lost ones it says how many these were.
// It is not stdio's: the end of a process waits for that, too.
class Output final : public spdlog::sinks::sink {
 public:
  // `format` is borrowed.
  explicit Output(const std::atomic<LogFormat>& format) : format_(format) {}
  // Requires: `pool` outlives the last line.
  void watch(spdlog::details::thread_pool* pool) { pool_ = pool; }

  void log(const spdlog::details::log_msg& line) override {
    tell_lost();
    put(std::string(line.payload.data(), line.payload.size()));
    ++written_;
  }
  // Of those that a thread was handed.
  [[nodiscard]] std::size_t written() const { return written_; }
  void write(const std::string& line) { put(line); }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  void put(std::string line) {
    line += '\n';
    const std::lock_guard lock(mutex_);
    for (std::string_view rest = line; !rest.empty();) {
      const ssize_t size = ::write(STDERR_FILENO, rest.data(), rest.size());
      if (size < 0 && errno != EINTR) return;
      if (size > 0) rest.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  void tell_lost() {
    const std::size_t lost = pool_->overrun_counter();
    const std::size_t told = std::exchange(told_, lost);
    if (lost == told) return;
    const LogField field{"lines", std::to_string(lost - told)};
    write(line_of(format_, LogLevel::kWarning, "standard error was too slow; lines were lost",
                  {&field, 1}));
  }

  std::mutex mutex_;
  const std::atomic<LogFormat>& format_;
  spdlog::details::thread_pool* pool_ = nullptr;
  std::size_t told_ = 0;  // the pool's thread's own
  std::atomic<std::size_t> written_ = 0;
};

}  // namespace

struct Log::Sink {
  std::atomic<LogLevel> level;
  std::atomic<LogFormat> format;
  std::shared_ptr<Output> output = std::make_shared<Output>(format);
  // spdlog's thread, and who hands it lines; null: there is none.
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  mutable std::atomic<std::size_t> handed = 0;  // lines, to the thread

  Sink(LogLevel level_now, LogFormat format_now) : level(level_now), format(format_now) {}
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  // The thread has gone before the logger that it uses. Requires: every line is written.
  ~Sink() { pool.reset(); }

  void start_thread() {
    pool = std::make_shared<spdlog::details::thread_pool>(kMaxWaitingLines, 1);
    output->watch(pool.get());
    logger = std::make_shared<spdlog::async_logger>("rhumb", output, pool,
                                                    spdlog::async_overflow_policy::overrun_oldest);
  }
  void write(LogLevel of, std::string_view event, std::span<const LogField> fields) const {
    if (of < level.load(std::memory_order_relaxed)) return;
    const std::string line = line_of(format, of, event, fields);
    if (logger == nullptr) return output->write(line);
    ++handed;
    logger->log(spdlog::level::info, spdlog::string_view_t(line));
  }
  // Whether every line is written, or lost; waits for it.
  [[nodiscard]] bool wait_written(std::chrono::milliseconds patience) const {
    const auto until = std::chrono::steady_clock::now() + patience;
    const auto is_done = [this] { return output->written() + pool->overrun_counter() >= handed; };
    while (pool != nullptr && !is_done()) {
      if (std::chrono::steady_clock::now() >= until) return false;
      std::this_thread::sleep_for(kLastLinesLook);
    }
    return true;
  }
  // Waits until the line is taken: none is lost, and none makes others lost.
  void write_now(const Diagnostic& found) const {
    const LogLevel of = found.severity == Severity::kError ? LogLevel::kError : LogLevel::kWarning;
    if (of < level.load(std::memory_order_relaxed)) return;
    const LogField place{"place", to_string(found.place)};
    output->write(line_of(format, of, found.message, {&place, place.value.empty() ? 0U : 1U}));
  }
};

Log::Log(LogLevel level, LogFormat format, LogWriter writer)
    : sink_(std::make_unique<Sink>(level, format)) {
  if (writer == LogWriter::kThread) sink_->start_thread();
}

// Where standard error takes nothing, its thread is left to it, with all that it uses, and ends
// with the process.
Log::~Log() {
  if (!sink_->wait_written(kLastLinesPatience)) (void)sink_.release();
}

void Log::debug(std::string_view event, std::initializer_list<LogField> fields) {
  sink_->write(LogLevel::kDebug, event, {fields.begin(), fields.size()});
}

void Log::info(std::string_view event, std::initializer_list<LogField> fields) {
  sink_->write(LogLevel::kInfo, event, {fields.begin(), fields.size()});
}

void Log::info(std::string_view event, std::span<const LogField> fields) {
  sink_->write(LogLevel::kInfo, event, fields);
}

void Log::warn(std::string_view event, std::initializer_list<LogField> fields) {
  sink_->write(LogLevel::kWarning, event, {fields.begin(), fields.size()});
}

void Log::error(std::string_view event, std::initializer_list<LogField> fields) {
  sink_->write(LogLevel::kError, event, {fields.begin(), fields.size()});
}

void Log::write(const Diagnostics& diagnostics) {
  for (const Diagnostic& found : diagnostics.all()) sink_->write_now(found);
}

void Log::configure(LogLevel level, LogFormat format) {
  sink_->level = level;
  sink_->format = format;
}

void Log::write_by_thread() { sink_->start_thread(); }

}  // namespace rhumb
