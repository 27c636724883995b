#include "text/quote.h"

#include <algorithm>

#include "text/utf8.h"

namespace rhumb {
namespace {

void append_hex(std::string& out, unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += "\\x";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

std::string quoted_up_to(std::size_t max_bytes, std::string_view text) {
  std::string out = "\"";
  std::size_t at = 0;
  while (at < text.size() && at < max_bytes) {
    const std::size_t size = std::max<std::size_t>(utf8_size(text.substr(at)), 1);
    const std::string_view character = text.substr(at, size);
    if (utf8_size(character) == 0 || control_size(character) > 0) {
      for (const char byte : character) append_hex(out, static_cast<unsigned char>(byte));
    } else {
      out += character;
    }
    at += size;
  }
  return out + (at < text.size() ? "...\"" : "\"");
}

}  // namespace

std::string in_quotes(std::string_view text, std::size_t max_bytes) {
  return quoted_up_to(max_bytes, text);
}

std::string path_in_quotes(std::string_view path) { return quoted_up_to(path.size(), path); }

}  // namespace rhumb
