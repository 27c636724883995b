#include "server/request_bounds.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "server/control.h"
#include "text/scalar.h"

namespace rhumb {

bool holds_nul(std::string_view target) { return target.find("%00") != std::string_view::npos; }

std::string_view path_of(std::string_view target) {
  constexpr std::array<std::string_view, 2> kSchemes = {"http://", "https://"};
  const auto begins = [&](std::string_view scheme) {
    return equal_ignoring_case(target.substr(0, scheme.size()), scheme);
  };
  const auto* const scheme = std::ranges::find_if(kSchemes, begins);
  if (scheme == kSchemes.end()) return target;
  const std::size_t slash = target.find('/', scheme->size());
  return slash == std::string_view::npos ? "/" : target.substr(slash);
}

std::uint64_t content_length(std::string_view header) {
  std::uint64_t length = 0;
  std::from_chars(header.data(), header.data() + header.size(), length);
  return length;
}

ControlReply nul_in_target() {
  return error_reply(400, "the path or query holds %00, which no name here can have");
}

ControlReply headers_too_large() {
  return error_reply(
      431, "the headers have more than " + std::to_string(kMaxApiHeaderBytes) + " bytes together");
}

ControlReply body_too_large() {
  return error_reply(413, "the body has more than " + std::to_string(kMaxApiBodyBytes) + " bytes");
}

}  // namespace rhumb
