#include "server/push_token.h"

#include <algorithm>
#include <fstream>

#include "text/quote.h"

namespace rhumb {

Result<std::string> read_push_token(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxPushTokenBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  std::string token = text.substr(0, text.find_first_of("\r\n"));
  if (token.empty() || token.size() > kMaxPushTokenBytes) {
    return Error{"the tokenFile " + path_in_quotes(path) + " holds no token, or cannot be read"};
  }
  return token;
}

bool is_same_token(std::string_view given, std::string_view token) {
  unsigned int difference = given.size() == token.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char other = token.empty() ? '\0' : token[i % token.size()];
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(other);
  }
  return difference == 0 && !token.empty();
}

}  // namespace rhumb
