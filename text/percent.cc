#include "text/percent.h"

#include <charconv>

namespace rhumb {
namespace {

constexpr std::size_t kEscapeSize = 3;  // %4A

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

}  // namespace

std::string percent_encoded(std::string_view text, std::string_view also_plain) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (is_unreserved(c) || also_plain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded.append({'%', kHex[octet >> 4U], kHex[octet & 15U]});
    }
  }
  return encoded;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    unsigned int octet = 0;
    const std::string_view escape = text.substr(0, kEscapeSize);
    const char* const end = escape.data() + escape.size();
    const bool is_escape = escape.size() == kEscapeSize && escape[0] == '%' &&
                           std::from_chars(escape.data() + 1, end, octet, 16).ptr == end;
    decoded += is_escape ? static_cast<char>(octet) : text[0];
    text.remove_prefix(is_escape ? kEscapeSize : 1);
  }
  return decoded;
}

}  // namespace rhumb
