// What counts as blank around a word, in files of every kind and in headers. Pure; it knows nothing
// of what the word means.
#pragma once

#include <string_view>

namespace rhumb {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// `text` without the blanks at its ends.
constexpr std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace rhumb
