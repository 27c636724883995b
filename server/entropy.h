// Chance from the kernel, for draws that need to be even and not secret.
#pragma once

#include <cstdint>

namespace rhumb {

// 1 when the kernel has none to give.
std::uint64_t draw_entropy();

}  // namespace rhumb
