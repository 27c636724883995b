// UTF-8 (RFC 3629) a character at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rhumb {

// Bytes of the character that `text` begins with; 0 when it begins with none: it is empty, cut,
// overlong, a surrogate or beyond U+10FFFF.
std::size_t utf8_size(std::string_view text);

// True when `text` consists of whole characters.
bool is_utf8(std::string_view text);

// The beginning of `text`, at most `size` bytes of it, with no character cut in two.
std::string_view cut(std::string_view text, std::size_t size);

// Bytes of the control character (U+0000–1F, U+007F–9F) that `text` begins with, which a terminal
// would act upon; 0 when it begins with none.
std::size_t control_size(std::string_view text);

// Requires: `character` is no surrogate and at most U+10FFFF.
void append_utf8(std::string& out, char32_t character);

}  // namespace rhumb
