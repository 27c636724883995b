#include "text/json.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "text/quote.h"
#include "text/utf8.h"

namespace rhumb {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

void append_control(std::string& out, unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (byte) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
  }
}

// Bytes at the start of `text` that stand in a JSON string as they are.
std::size_t plain_run(std::string_view text) {
  const auto needs_care = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\';
  };
  return static_cast<std::size_t>(std::find_if(text.begin(), text.end(), needs_care) -
                                  text.begin());
}

// Appends the character that `text` begins with. Returns the bytes read.
std::size_t append_character(std::string& out, std::string_view text) {
  if (text[0] == '"' || text[0] == '\\') {
    out += '\\';
    out += text[0];
    return 1;
  }
  if (const std::size_t control = control_size(text); control > 0) {
    append_control(out, static_cast<unsigned char>(text[control - 1]));
    return control;
  }
  const std::size_t size = utf8_size(text);
  out += size == 0 ? kReplacement : text.substr(0, size);
  return std::max<std::size_t>(size, 1);
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t run = plain_run(text);
    out += text.substr(0, run);
    text.remove_prefix(run);
    if (!text.empty()) text.remove_prefix(append_character(out, text));
  }
  out += '"';
}

template <typename Number>
void append_number(std::string& out, Number value) {
  char digits[32];
  const auto [end, code] = std::to_chars(std::begin(digits), std::end(digits), value);
  assert(code == std::errc());
  out.append(digits, end);
}

}  // namespace

void JsonWriter::key(std::string_view name) {
  separate();
  append_string(out_, name);
  out_ += ':';
  comma_ = false;
}

void JsonWriter::text(std::string_view value) {
  separate();
  append_string(out_, value);
}

void JsonWriter::whole(std::int64_t value) {
  separate();
  append_number(out_, value);
}

void JsonWriter::whole_unsigned(std::uint64_t value) {
  separate();
  append_number(out_, value);
}

void JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  append_number(out_, value);
}

void JsonWriter::boolean(bool value) { raw(value ? "true" : "false"); }

void JsonWriter::null() { raw("null"); }

void JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
}

void JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  comma_ = false;
}

void JsonWriter::close(char bracket) {
  out_ += bracket;
  comma_ = true;
}

void JsonWriter::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

const JsonValue& JsonValue::operator[](std::string_view name) const {
  static const JsonValue kNothing;
  const auto found = std::find(names_.begin(), names_.end(), name);
  return found == names_.end() ? kNothing
                               : items_[static_cast<std::size_t>(found - names_.begin())];
}

bool JsonValue::has(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

// Takes nlohmann's events and builds our value. The values under construction stand on a stack of
// our own and move into their parent when they end, so nothing recurses.
class JsonBuilder {
 public:
  bool null() {
    return add(JsonKind::kNull, [](JsonValue&) {});
  }
  bool boolean(bool value) {
    return add(JsonKind::kBoolean, [value](JsonValue& v) { v.boolean_ = value; });
  }
  bool number_integer(std::int64_t value) { return add_number(static_cast<double>(value), value); }
  bool number_unsigned(std::uint64_t value) {
    const bool fits = value <= std::numeric_limits<std::int64_t>::max();
    return add_number(static_cast<double>(value),
                      fits ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt);
  }
  bool number_float(double value, const std::string&) { return add_number(value, std::nullopt); }
  bool string(std::string& value) {
    return add(JsonKind::kText, [&value](JsonValue& v) { v.text_ = std::move(value); });
  }
  bool binary(nlohmann::json::binary_t&) { return fail("binary values are not JSON"); }

  bool start_object(std::size_t) { return begin(JsonKind::kObject); }
  bool start_array(std::size_t) { return begin(JsonKind::kArray); }
  bool end_array() { return end(); }
  bool end_object();
  bool key(std::string& name) {
    open_.back().names_.push_back(std::move(name));
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const std::exception&) {
    return fail("this is no JSON at byte " + std::to_string(position));
  }

  Result<JsonValue> take() && {
    if (!error_.empty()) return Error{std::move(error_)};
    return std::move(root_);
  }

 private:
  bool fail(std::string message) {
    error_ = std::move(message);
    return false;
  }

  template <typename Fill>
  bool add(JsonKind kind, Fill fill) {
    JsonValue value;
    value.kind_ = kind;
    fill(value);
    return place(std::move(value));
  }

  bool add_number(double number, std::optional<std::int64_t> whole) {
    return add(JsonKind::kNumber, [&](JsonValue& v) {
      v.number_ = number;
      v.whole_ = whole;
    });
  }

  bool begin(JsonKind kind) {
    if (open_.size() == kMaxJsonDepth) {
      return fail("nested deeper than " + std::to_string(kMaxJsonDepth));
    }
    open_.emplace_back().kind_ = kind;
    return true;
  }

  bool end() {
    JsonValue value = std::move(open_.back());
    open_.pop_back();
    return place(std::move(value));
  }

  bool place(JsonValue value) {
    JsonValue& slot = open_.empty() ? root_ : open_.back().items_.emplace_back();
    slot = std::move(value);
    return true;
  }

  std::vector<JsonValue> open_;
  JsonValue root_;
  std::string error_;
};

bool JsonBuilder::end_object() {
  std::vector<std::string_view> names(open_.back().names_.begin(), open_.back().names_.end());
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) return fail("the member " + in_quotes(*twice) + " stands twice");
  return end();
}

Result<JsonValue> parse_json(std::string_view text) {
  if (text.size() > kMaxJsonSizeBytes) {
    return Error{"JSON of more than " + std::to_string(kMaxJsonSizeBytes) + " bytes"};
  }
  JsonBuilder builder;
  try {
    nlohmann::json::sax_parse(text, &builder);
  } catch (const std::exception& exception) {
    return Error{std::string("this is no JSON: ") + exception.what()};
  }
  return std::move(builder).take();
}

}  // namespace rhumb
