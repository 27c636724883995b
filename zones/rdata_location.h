// LOC's presentation form (RFC 1876 §3), which ldns reads but guesses at what is left out or wrong.
#pragma once

#include <string>

#include "base/error.h"
#include "zones/presentation.h"

namespace rhumb {

// The same location with every part written out and in range.
Result<std::string> full_location(Tokens tokens);

}  // namespace rhumb
