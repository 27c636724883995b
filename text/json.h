// JSON out, written as it streams, and JSON in, parsed into a small read-only value. Neither knows
// what the members mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace rhumb {

// Arrays and objects that may stand in one another in what is parsed.
constexpr int kMaxJsonDepth = 64;
// What is parsed is bounded: a longer text is refused unread. A million zones fit.
constexpr std::size_t kMaxJsonSizeBytes = std::size_t{256} << 20;

// Appends compact JSON to a borrowed string. Requires calls in a grammatical order: within an
// object key() before each value, and as many ends as begins. Text that is no UTF-8 gets U+FFFD for
// each wrong byte; a double that is no number is written as null.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void text(std::string_view value);
  void whole(std::int64_t value);
  void whole_unsigned(std::uint64_t value);
  void number(double value);
  void boolean(bool value);
  void null();
  // A value that is JSON already.
  void raw(std::string_view json);

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  std::string& out_;
  bool comma_ = false;  // a value stands before in the same array or object
};

enum class JsonKind : std::uint8_t { kNull, kBoolean, kNumber, kText, kArray, kObject };

// A JSON value. Asked for what it is not, it answers with the empty value of that kind, so that a
// reply of another shape than expected is never undefined behaviour.
class JsonValue {
 public:
  [[nodiscard]] JsonKind kind() const { return kind_; }
  [[nodiscard]] bool is_null() const { return kind_ == JsonKind::kNull; }
  [[nodiscard]] bool boolean() const { return boolean_; }
  [[nodiscard]] double number() const { return number_; }
  // The number if it was written without fraction and exponent and fits.
  [[nodiscard]] std::optional<std::int64_t> whole() const { return whole_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  // Of an array; of an object the values, in the order of names().
  [[nodiscard]] std::span<const JsonValue> items() const { return items_; }
  [[nodiscard]] std::span<const std::string> names() const { return names_; }
  // The member of this name, or a null value.
  [[nodiscard]] const JsonValue& operator[](std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;

 private:
  friend class JsonBuilder;
  JsonKind kind_ = JsonKind::kNull;
  bool boolean_ = false;
  double number_ = 0;
  std::optional<std::int64_t> whole_;
  std::string text_;
  std::vector<JsonValue> items_;
  std::vector<std::string> names_;
};

// Parses one JSON text (RFC 8259). A member that stands twice is an error, as is nesting beyond
// kMaxJsonDepth.
Result<JsonValue> parse_json(std::string_view text);

}  // namespace rhumb
