#include "text/utf8.h"

#include <cassert>

namespace rhumb {
namespace {

// Bytes that a character takes which begins with `first`; 0 for no first byte.
std::size_t size_by_first_byte(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;  // a continuation byte, or overlong
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

// RFC 3629 section 4: after some first bytes the second is bound more narrowly, which keeps out
// overlong forms, surrogates and what lies beyond U+10FFFF.
bool fits(unsigned char first, unsigned char second) {
  const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  return second >= low && second <= high;
}

bool is_continuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

}  // namespace

std::size_t utf8_size(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t size = size_by_first_byte(byte(0));
  if (size < 2) return size;
  if (text.size() < size || !fits(byte(0), byte(1))) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (!is_continuation(byte(i))) return 0;
  }
  return size;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string_view cut(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && is_continuation(static_cast<unsigned char>(text[size]))) --size;
  return text.substr(0, size);
}

std::size_t control_size(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x20 || first == 0x7f) return 1;
  if (first != 0xc2 || text.size() < 2) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  return second >= 0x80 && second < 0xa0 ? 2 : 0;
}

void append_utf8(std::string& out, char32_t character) {
  assert(character <= 0x10ffff && (character < 0xd800 || character > 0xdfff));
  const auto add = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (character < 0x80) return add(character);
  const auto tail = [&](int shift) { add(0x80 | ((character >> shift) & 0x3f)); };
  if (character < 0x800) {
    add(0xc0 | (character >> 6));
  } else if (character < 0x10000) {
    add(0xe0 | (character >> 12));
    tail(6);
  } else {
    add(0xf0 | (character >> 18));
    tail(12);
    tail(6);
  }
  tail(0);
}

}  // namespace rhumb
