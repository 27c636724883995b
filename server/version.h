// What this program is: its version and how it was built.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace rhumb {

std::string_view version();
// Compiler and kind of build: "g++ 12.2.0, Release".
std::string build();
// What it can do, in words for programs, sorted.
std::span<const std::string_view> features();

}  // namespace rhumb
