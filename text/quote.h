// How a message shows a user's own text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rhumb {

// Longer text is cut, unless the caller wants more.
constexpr std::size_t kMaxQuotedBytes = 80;

// `text` in double quotes on one line: control characters and bytes that are no UTF-8 as \xNN, what
// is too long cut with `...`.
std::string in_quotes(std::string_view text, std::size_t max_bytes = kMaxQuotedBytes);

// The path of a file, shown in the same way but whole: its end is what tells it from others.
std::string path_in_quotes(std::string_view path);

}  // namespace rhumb
