#include "text/yaml_source.h"

#include <algorithm>
#include <cassert>

#include "text/quote.h"
#include "text/utf8.h"

namespace rhumb {
namespace {

constexpr char kMask = '\xC0';           // stands in no UTF-8 (RFC 3629 section 1)
constexpr std::size_t kEscapeBytes = 6;  // \uD83D
bool is_plain_ascii(char c) { return c >= 0x20 && c < 0x7f; }

// The message about the character at `offset`, or "" when it may stand there.
std::string judge_character(std::string_view text, std::size_t offset) {
  const std::string_view rest = text.substr(offset);
  if (rest[0] == '\n' || rest[0] == '\t' || rest.substr(0, 2) == "\r\n") return "";
  if (rest[0] == '\r') return "a carriage return without a line feed; end lines with a line feed";
  const std::size_t size = utf8_size(rest);
  if (size == 0) return in_quotes(rest.substr(0, 1)) + " is no UTF-8; save the file as UTF-8";
  if (control_size(rest) > 0) {
    return "a control character; remove it, or write it as an escape in double quotes";
  }
  return "";
}

std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

// The code unit of `\uXXXX` (whatever byte stands for the backslash) if it is half of a pair.
std::optional<char32_t> surrogate(std::string_view escape) {
  if (escape.size() < kEscapeBytes || escape[1] != 'u') return std::nullopt;
  char32_t unit = 0;
  for (std::size_t i = 2; i < kEscapeBytes; ++i) {
    const std::optional<unsigned> digit = hex_value(escape[i]);
    if (!digit) return std::nullopt;
    unit = unit * 16 + *digit;
  }
  if (unit < 0xd800 || unit > 0xdfff) return std::nullopt;
  return unit;
}

// The character of the masked pair that `text` begins with.
std::optional<char32_t> pair_value(std::string_view text) {
  const std::string_view second = text.substr(std::min(kEscapeBytes, text.size()));
  if (second.empty() || second[0] != kMask) return std::nullopt;
  const std::optional<char32_t> high = surrogate(text);
  const std::optional<char32_t> low = surrogate(second);
  if (!high || !low || *high >= 0xdc00 || *low < 0xdc00) return std::nullopt;
  return 0x10000 + ((*high - 0xd800) << 10) + (*low - 0xdc00);
}

std::string mask_surrogates(std::string_view text) {
  std::string masked(text);
  std::size_t at = 0;
  while ((at = text.find('\\', at)) != std::string_view::npos) {
    const bool is_half = surrogate(text.substr(at)).has_value();
    if (is_half) masked[at] = kMask;
    // Of two backslashes the second is escaped and begins nothing.
    at += is_half ? kEscapeBytes : text.substr(at + 1, 1) == "\\" ? 2 : 1;
  }
  return masked;
}

}  // namespace

std::optional<YamlFault> find_bad_character(std::string_view text) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    if (is_plain_ascii(text[offset])) {
      ++offset;
      continue;
    }
    std::string message = judge_character(text, offset);
    if (!message.empty()) return YamlFault{offset, std::move(message)};
    offset += utf8_size(text.substr(offset));
  }
  return std::nullopt;
}

YamlPlaces::At YamlPlaces::at(std::size_t offset) {
  assert(offset <= text_.size());
  if (offset < offset_) {
    offset_ = 0;
    at_ = {};
  }
  for (; offset_ < offset; ++offset_) {
    const char c = text_[offset_];
    if (c == '\n') {
      at_ = {at_.line + 1, 1};
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {  // not within a character
      ++at_.column;
    }
  }
  return at_;
}

YamlInput::YamlInput(std::string_view file_text) {
  const std::size_t first = file_text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (file_text[first] == '{' || file_text[first] == '[')) {
    skipped_ = first;
    text_ = "--- ";
    prefix_ = text_.size();
  }
  text_ += mask_surrogates(file_text.substr(skipped_));
}

std::size_t YamlInput::offset(std::ptrdiff_t position) const {
  const auto fed = static_cast<std::size_t>(std::max<std::ptrdiff_t>(position, 0));
  return skipped_ + std::clamp(fed, prefix_, text_.size()) - prefix_;
}

Result<std::string> unmask_surrogates(std::string_view scalar, bool double_quoted) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t mask; (mask = scalar.find(kMask, at)) != std::string_view::npos;) {
    out += scalar.substr(at, mask - at);
    if (!double_quoted) {
      out += '\\';
      at = mask + 1;
      continue;
    }
    const std::optional<char32_t> character = pair_value(scalar.substr(mask));
    if (!character) {
      return Error{"\\" + std::string(scalar.substr(mask + 1, kEscapeBytes - 1)) +
                   " is half a character; write both halves of the pair"};
    }
    append_utf8(out, *character);
    at = mask + 2 * kEscapeBytes;
  }
  out += scalar.substr(at);
  return out;
}

}  // namespace rhumb
