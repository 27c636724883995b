// The text of a YAML file on its way to the parser: which characters may stand in it, where an
// offset is, and what has to be changed for the parser and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rhumb {

// What is wrong with the text, and from which byte on.
struct YamlFault {
  std::size_t offset = 0;
  std::string message;
};

// The first byte that is no UTF-8 or a control character other than tab and line end.
std::optional<YamlFault> find_bad_character(std::string_view text);

// Line and column (in characters) of offsets, both from 1. Asked in rising order, it reads the text
// once.
class YamlPlaces {
 public:
  struct At {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
  };
  explicit YamlPlaces(std::string_view text) : text_(text) {}
  // Requires: `offset` <= size of the text.
  At at(std::size_t offset);

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  At at_;
};

// What the parser is given for a text, and from its positions back to offsets.
//
// A text that begins with a bracket follows a document mark on the same line: else all of it might
// be a key, and the parser would hold the whole of it in tokens first.
//
// yaml-cpp refuses the halves of surrogate pairs that JSON writes for characters beyond U+FFFF. So
// the backslash of each `\uD8xx` is masked by a byte that is no UTF-8, and no position changes.
class YamlInput {
 public:
  explicit YamlInput(std::string_view file_text);
  [[nodiscard]] std::string& text() { return text_; }
  // The offset in the file of the parser's position, at most the file's size.
  [[nodiscard]] std::size_t offset(std::ptrdiff_t position) const;

 private:
  std::size_t skipped_ = 0;  // bytes at the start of the file that the parser does not get
  std::size_t prefix_ = 0;   // bytes of text_ that do not stand in the file
  std::string text_;
};

// The scalar that a masked text gave: within double quotes pairs become characters, elsewhere the
// backslashes come back. A half without its other half is an error.
Result<std::string> unmask_surrogates(std::string_view scalar, bool double_quoted);

}  // namespace rhumb
