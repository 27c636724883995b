// A View over zones written as master file text, for tests that need something to answer from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "answer/view.h"

namespace rhumb::test {

// Throws with the diagnostics when a zone does not load. Everything in it is alive.
std::unique_ptr<const View> view_of(const std::vector<std::string>& master_texts);

}  // namespace rhumb::test
