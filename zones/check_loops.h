// CALCULATED checks that lead back to themselves over their children, which would have no outcome.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "health/check_refs.h"

namespace rhumb {

// Reports each loop with its ids in order, at the first of them; true: there is one. `numbers` are
// those of `checks` by id; children that it lacks lead nowhere.
bool report_check_loops(const CheckRefs& checks,
                        const std::unordered_map<std::string_view, std::size_t>& numbers,
                        Diagnostics& diagnostics);

}  // namespace rhumb
