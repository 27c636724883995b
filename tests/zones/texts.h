// What was found wrong, as it is printed. For tests alone.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace rhumb {

inline std::vector<std::string> texts_of(const Diagnostics& diagnostics) {
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : diagnostics.all()) texts.push_back(to_string(diagnostic));
  return texts;
}

}  // namespace rhumb
