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

bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7f; }

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  std::size_t at = 0;
  while (at < text.size() && at < kMaxQuotedBytes) {
    const std::size_t size = utf8_size(text.substr(at));
    const auto byte = static_cast<unsigned char>(text[at]);
    if (size == 0 || is_control(byte)) {
      append_hex(out, byte);
    } else {
      out += text.substr(at, size);
    }
    at += std::max<std::size_t>(size, 1);
  }
  return out + (at < text.size() ? "...\"" : "\"");
}

}  // namespace rhumb
