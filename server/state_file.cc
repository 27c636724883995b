#include "server/state_file.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "text/json.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "text/utf8.h"
#include "zones/digest.h"

namespace rhumb {
namespace {

constexpr std::string_view kFormat = "rhumb state";

constexpr Named<Health> kVerdicts[] = {{"healthy", Health::kHealthy},
                                       {"unhealthy", Health::kUnhealthy},
                                       {"unknown", Health::kUnknown}};

// A line under construction.
class Line {
 public:
  explicit Line(std::string& out) : out_(out), json_(out) { json_.begin_object(); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() {
    json_.end_object();
    out_ += '\n';
  }
  void text(std::string_view key, std::string_view value) {
    json_.key(key);
    json_.text(value);
  }
  void whole(std::string_view key, std::int64_t value) {
    json_.key(key);
    json_.whole(value);
  }
  void boolean(std::string_view key, bool value) {
    json_.key(key);
    json_.boolean(value);
  }
  void time(std::string_view key, const std::optional<std::int64_t>& time_ms) {
    if (time_ms) whole(key, *time_ms);
  }

 private:
  std::string& out_;
  JsonWriter json_;
};

void write_first(std::string& out) {
  Line line(out);
  line.text("format", kFormat);
  line.whole("version", kStateVersion);
}

void write_last(std::string& out, std::size_t lines) {
  Line line(out);
  line.whole("lines", static_cast<std::int64_t>(lines));
}

void write_check(std::string& out, const SavedCheck& check) {
  Line line(out);
  line.text("check", check.id);
  line.text("measured", to_string(check.state.measured));
  line.whole("since", check.state.since_ms);
  line.whole("streak", check.state.streak);
  line.boolean("streakOk", check.state.streak_of == Sample::kOk);
  line.boolean("recover", check.state.recover_asked);
  line.time("pushed", check.pushed_ms);
  if (!check.last) return;
  line.boolean("ok", check.last->ok);
  line.boolean("counts", check.last->counts);
  line.whole("at", check.last->at_ms);
  line.whole("durationMs", check.last->duration_ms);
  line.text("reason", cut(check.last->reason, kMaxSavedReasonBytes));
}

void write_override(std::string& out, const SavedOverride& each) {
  Line line(out);
  line.text("override", each.id);
  line.text("state", to_string(each.state));
  line.time("until", each.until_ms);
  line.text("reason", cut(each.reason, kMaxSavedReasonBytes));
}

void write_drain(std::string& out, const SavedDrain& drain) {
  Line line(out);
  line.text("drain", drain.label);
  line.time("until", drain.until_ms);
  line.text("reason", cut(drain.reason, kMaxSavedReasonBytes));
}

void write_zone(std::string& out, const SavedZone& zone) {
  Line line(out);
  line.text("zone", zone.apex);
  line.whole("serial", zone.serial);
  line.text("digest", digest_text(zone.digest));
}

// Takes the members of a line one after the other. Of all that is wrong, the first is told.
class Members {
 public:
  explicit Members(const JsonValue& line) : line_(line) {}

  // False, too, when it is there and null: nobody writes that.
  [[nodiscard]] bool has(std::string_view name) const { return !line_[name].is_null(); }
  std::string text(std::string_view name, std::size_t max_size = kMaxStateLineBytes) {
    const JsonValue& value = take(name, JsonKind::kText);
    if (value.text().size() > max_size) fail(name, "is too long");
    return std::string(value.text());
  }
  std::int64_t whole(std::string_view name, std::int64_t max) {
    const auto value = take(name, JsonKind::kNumber).whole();
    if (value && *value >= 0 && *value <= max) return *value;
    fail(name, "is no whole number from 0 to " + std::to_string(max));
    return 0;
  }
  std::int64_t time(std::string_view name) { return whole(name, kMaxSavedTimeMs); }
  std::optional<std::int64_t> time_if_any(std::string_view name) {
    return has(name) ? std::optional(time(name)) : std::nullopt;
  }
  bool boolean(std::string_view name) { return take(name, JsonKind::kBoolean).boolean(); }
  Health health(std::string_view name) {
    const auto parsed = parse_one_of(take(name, JsonKind::kText).text(), kVerdicts);
    if (parsed.ok()) return parsed.value();
    fail(name, "is no verdict");
    return Health::kUnknown;
  }
  std::uint64_t digest(std::string_view name) {
    const std::string_view digits = take(name, JsonKind::kText).text();
    std::uint64_t value = 0;
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (code != std::errc() || end != digits.data() + digits.size()) fail(name, "is no digest");
    return value;
  }
  void fail(std::string_view name, const std::string& what) {
    if (error_.empty()) error_ = in_quotes(name) + " " + what;
  }
  // What is wrong with the line; empty: nothing.
  [[nodiscard]] std::string finish() const {
    if (!error_.empty()) return error_;
    return line_.names().size() == taken_ ? "" : "a member is not known";
  }

 private:
  const JsonValue& take(std::string_view name, JsonKind kind) {
    ++taken_;
    const JsonValue& value = line_[name];
    if (value.kind() != kind) fail(name, "is missing, or of another kind");
    return value;
  }

  const JsonValue& line_;
  std::size_t taken_ = 0;
  std::string error_;
};

SavedCheck check_of(Members& line) {
  SavedCheck check;
  check.id = line.text("check");
  check.state.measured = line.health("measured");
  check.state.since_ms = line.time("since");
  check.state.streak =
      static_cast<std::uint32_t>(line.whole("streak", std::numeric_limits<std::uint32_t>::max()));
  check.state.streak_of = line.boolean("streakOk") ? Sample::kOk : Sample::kFailed;
  check.state.recover_asked = line.boolean("recover");
  check.pushed_ms = line.time_if_any("pushed");
  if (!line.has("at")) return check;
  LastProbe last;
  last.ok = line.boolean("ok");
  last.counts = line.boolean("counts");
  last.at_ms = line.time("at");
  last.duration_ms = line.time("durationMs");
  last.reason = line.text("reason", kMaxSavedReasonBytes);
  check.last = std::move(last);
  return check;
}

SavedOverride override_of(Members& line) {
  SavedOverride each;
  each.id = line.text("override");
  each.state = line.health("state");
  if (each.state == Health::kUnknown) line.fail("state", "is neither healthy nor unhealthy");
  each.until_ms = line.time_if_any("until");
  each.reason = line.text("reason", kMaxSavedReasonBytes);
  return each;
}

SavedDrain drain_of(Members& line) {
  SavedDrain drain;
  drain.label = line.text("drain");
  drain.until_ms = line.time_if_any("until");
  drain.reason = line.text("reason", kMaxSavedReasonBytes);
  return drain;
}

SavedZone zone_of(Members& line) {
  SavedZone zone;
  zone.apex = line.text("zone");
  zone.serial =
      static_cast<std::uint32_t>(line.whole("serial", std::numeric_limits<std::uint32_t>::max()));
  zone.digest = line.digest("digest");
  return zone;
}

template <typename Kept>
std::string find_twice(const std::vector<Kept>& all, std::string Kept::*name,
                       std::string_view kind) {
  std::vector<std::string_view> names;
  names.reserve(all.size());
  for (const Kept& each : all) names.push_back(each.*name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return "";
  return "the " + std::string(kind) + " " + in_quotes(*twice) + " stands twice";
}

std::string find_twice(const SavedState& state) {
  std::string twice = find_twice(state.checks, &SavedCheck::id, "check");
  if (twice.empty()) twice = find_twice(state.overrides, &SavedOverride::id, "override");
  if (twice.empty()) twice = find_twice(state.drains, &SavedDrain::label, "drain");
  if (twice.empty()) twice = find_twice(state.zones, &SavedZone::apex, "zone");
  return twice;
}

class StateReader {
 public:
  // What is wrong, with line() the line it stands in; empty: nothing.
  std::string read(std::string_view text);
  [[nodiscard]] std::uint32_t line() const { return line_; }
  [[nodiscard]] std::uint32_t too_long() const { return too_long_; }
  [[nodiscard]] SavedState take() { return std::move(state_); }

 private:
  std::string read_line(std::string_view text);
  std::string read_thing(const JsonValue& line);
  std::string read_first(Members& line);
  std::string read_last(Members& line);

  SavedState state_;
  std::uint32_t line_ = 0;
  std::uint32_t too_long_ = 0;
  bool is_whole_ = false;
};

std::string StateReader::read(std::string_view text) {
  if (text.size() > kMaxStateSizeBytes) {
    return "is larger than " + std::to_string(kMaxStateSizeBytes) + " octets";
  }
  while (!text.empty()) {
    ++line_;
    const std::size_t size = text.find('\n');
    if (size == std::string_view::npos) return "the line has no end";
    if (is_whole_) return "a line follows the last one";
    std::string wrong = read_line(text.substr(0, size));
    if (!wrong.empty()) return wrong;
    text.remove_prefix(size + 1);
  }
  if (!is_whole_) return "the end is missing";
  return find_twice(state_);
}

std::string StateReader::read_line(std::string_view text) {
  if (text.size() > kMaxStateLineBytes) {
    if (line_ == 1) return "the line is too long";
    if (too_long_ == 0) too_long_ = line_;
    return "";
  }
  const Result<JsonValue> line = parse_json(text);
  return line.ok() ? read_thing(line.value()) : line.error();
}

std::string StateReader::read_thing(const JsonValue& line) {
  Members members(line);
  if (line_ == 1) return read_first(members);
  if (members.has("lines")) return read_last(members);
  if (members.has("check")) {
    state_.checks.push_back(check_of(members));
  } else if (members.has("override")) {
    state_.overrides.push_back(override_of(members));
  } else if (members.has("drain")) {
    state_.drains.push_back(drain_of(members));
  } else if (members.has("zone")) {
    state_.zones.push_back(zone_of(members));
  } else {
    return "it is not known what this is";
  }
  return members.finish();
}

std::string StateReader::read_first(Members& line) {
  if (line.text("format") != kFormat) return "this is no saved state";
  const std::int64_t version = line.whole("version", std::numeric_limits<std::int32_t>::max());
  std::string wrong = line.finish();
  if (wrong.empty() && version != kStateVersion) {
    return "it is of version " + std::to_string(version) + ", and this program reads version " +
           std::to_string(kStateVersion);
  }
  return wrong;
}

std::string StateReader::read_last(Members& line) {
  const std::int64_t lines = line.whole("lines", std::numeric_limits<std::uint32_t>::max());
  is_whole_ = true;
  std::string wrong = line.finish();
  return wrong.empty() && lines != line_ ? "lines are missing" : wrong;
}

}  // namespace

std::string write_state(const SavedState& state) {
  std::string out;
  write_first(out);
  for (const SavedCheck& check : state.checks) write_check(out, check);
  for (const SavedOverride& each : state.overrides) write_override(out, each);
  for (const SavedDrain& drain : state.drains) write_drain(out, drain);
  for (const SavedZone& zone : state.zones) write_zone(out, zone);
  const std::size_t lines =
      2 + state.checks.size() + state.overrides.size() + state.drains.size() + state.zones.size();
  write_last(out, lines);
  return out;
}

ReadState read_state(std::string_view text) {
  StateReader reader;
  std::string wrong = reader.read(text);
  if (wrong.empty()) return {reader.take(), "", 0, reader.too_long()};
  return {{}, std::move(wrong), reader.line(), 0};
}

}  // namespace rhumb
