#include "text/token.h"

#include <algorithm>

#include "text/blanks.h"

namespace rhumb {
namespace {

bool is_visible(char c) { return c > ' ' && c <= '~'; }

}  // namespace

Result<std::string> parse_token(std::string_view text) {
  const std::string_view token = trim_blanks(text.substr(0, text.find('\n')));
  if (token.empty()) {
    return Error{
        "has no token; write one into the first line, such as `openssl rand -hex 32` makes"};
  }
  if (!std::ranges::all_of(token, is_visible)) {
    return Error{"has a first line that is no token; write one word of visible ASCII into it"};
  }
  return std::string(token);
}

// Every octet that is given is looked at, whatever was found before.
bool is_same_token(std::string_view given, std::string_view token) {
  if (token.empty()) return false;
  unsigned int difference = given.size() == token.size() ? 0U : 1U;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto wanted = static_cast<unsigned char>(token[i % token.size()]);
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned int>(wanted);
  }
  return difference == 0;
}

}  // namespace rhumb
