#include "geo/place.h"

#include <algorithm>
#include <cassert>

namespace rhumb {

Code::Code(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
  assert(text.size() <= kMaxSize);
  std::ranges::transform(text, text_.begin(), [](char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  });
}

}  // namespace rhumb
