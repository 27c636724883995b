// The libraries that rhumb may use: what their headers, CMake's and pkg-config's names and Debian
// packages are. A new library gets its line here, in scripts/packages.txt and in docs/.
#pragma once

#include <span>
#include <string_view>

namespace rhumb::layering {

struct Library {
  std::string_view headers;  // a header, or a folder of them with its final slash
  std::string_view module;   // what rhumb_door, pkg_check_modules or find_package is asked for
  std::string_view package;  // in scripts/packages.txt
  int doors = 1;             // how many units may include it
};

// What the program uses.
std::span<const Library> production_libraries();
// What only tests and benchmarks use.
std::span<const Library> test_libraries();

// The library that `header`, as written within <>, belongs to; null when none does.
const Library* library_of(std::span<const Library> libraries, std::string_view header);

// Whether `header` belongs to C++, C or the system, which need no door.
bool is_standard_header(std::string_view header);

}  // namespace rhumb::layering
