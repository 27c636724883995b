// What went wrong and where: a Place in a file, a Diagnostic that names it, the Diagnostics that a
// load gathers, and Result, a value or one Error. Nothing here prints or throws.
#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rhumb {

// A place in a text file. Lines and columns count from 1; 0 means "not known" and is not printed.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  bool operator==(const Place&) const = default;
};

// FILE, FILE:LINE or FILE:LINE:COLUMN.
std::string to_string(const Place& place);

enum class Severity : std::uint8_t { kError, kWarning };

struct Diagnostic {
  Severity severity = Severity::kError;
  Place place;
  std::string message;  // one sentence: what is wrong and what to write instead

  bool operator==(const Diagnostic&) const = default;
};

// FILE:LINE:COLUMN: error: MESSAGE
std::string to_string(const Diagnostic& diagnostic);

// Everything that a load found, in the order found unless sorted; a load goes on after an error to
// find them all.
class Diagnostics {
 public:
  void error(Place place, std::string message);
  void warn(Place place, std::string message);
  // By line and column within each file, what has no line last; the files stay in the order in
  // which they first came.
  void sort_by_place();
  // Takes over all that `other` gathered.
  void append(Diagnostics other);

  [[nodiscard]] bool has_errors() const { return errors_ > 0; }
  [[nodiscard]] std::size_t error_count() const { return errors_; }
  [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

// An error with no place yet; who knows the place adds it.
struct Error {
  std::string message;
};

// A value or an Error. Ask ok() first: value() of an error and error() of a value are our own bugs.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: meant to convert
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  [[nodiscard]] const T& value() const& { return check_value(), std::get<0>(state_); }
  [[nodiscard]] T& value() & { return check_value(), std::get<0>(state_); }
  [[nodiscard]] T&& value() && { return check_value(), std::get<0>(std::move(state_)); }
  [[nodiscard]] const std::string& error() const {
    assert(!ok());
    return std::get<1>(state_).message;
  }

 private:
  void check_value() const { assert(ok()); }
  std::variant<T, Error> state_;
};

}  // namespace rhumb
