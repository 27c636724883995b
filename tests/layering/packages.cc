// The rule that ties scripts/packages.txt to includes and to CMake.
#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "tests/layering/libraries.h"
#include "tests/layering/rules.h"

namespace rhumb::layering {
namespace {

constexpr std::string_view kList = "scripts/packages.txt";

// What CMake itself brings, or the compiler.
const std::set<std::string_view> kNotALibrary = {"PkgConfig", "Threads"};

std::set<std::string, std::less<>> listed_packages(const Tree& tree) {
  std::set<std::string, std::less<>> packages;
  const auto file = tree.find(kList);
  if (file == tree.end()) return packages;
  for (const std::string_view line : lines_of(file->second)) {
    std::istringstream words{std::string(line)};
    std::string group;
    std::string package;
    if (words >> group >> package && group != "#") packages.insert(package);
  }
  return packages;
}

const Library* library_in(std::string_view header) {
  const Library* library = library_of(production_libraries(), header);
  return library != nullptr ? library : library_of(test_libraries(), header);
}

const Library* library_with_module(std::string_view module) {
  for (const std::span<const Library> libraries : {production_libraries(), test_libraries()}) {
    const auto found = std::ranges::find(libraries, module, &Library::module);
    if (found != libraries.end()) return &*found;
  }
  return nullptr;
}

// The library names that a CMake list asks for: the first argument of find_package, the second of
// rhumb_door.
std::vector<std::string> modules_of(std::string_view lists) {
  std::vector<std::string> modules;
  for (const std::string_view line : lines_of(lists)) {
    const std::size_t open = line.find('(');
    if (open == std::string_view::npos) continue;
    const std::size_t close = std::min(line.find(')', open), line.size());
    std::istringstream arguments{std::string(line.substr(open + 1, close - open - 1))};
    std::string first;
    std::string second;
    arguments >> first >> second;
    if (line.starts_with("find_package(")) modules.push_back(first);
    if (line.starts_with("rhumb_door(")) modules.push_back(second);
  }
  return modules;
}

}  // namespace

Complaints packages_listed(const Tree& tree) {
  Complaints complaints;
  const auto listed = listed_packages(tree);
  std::set<std::string_view> used;
  for (const auto& [path, text] : tree) {
    if (name_of(path) == "CMakeLists.txt" || path.ends_with(".cmake")) {
      for (const std::string& module : modules_of(text)) {
        const Library* library = library_with_module(module);
        if (kNotALibrary.contains(module) ||
            (library != nullptr && listed.contains(library->package)))
          continue;
        complaints.push_back(path + ": looks for " + module + ", whose package is not in " +
                             std::string(kList));
      }
    }
    if (!is_header(path) && !is_source(path)) continue;
    for (const Include& include : includes_of(text)) {
      const Library* library = include.quoted ? nullptr : library_in(include.path);
      if (library == nullptr) continue;
      used.insert(library->package);
      if (listed.contains(library->package)) continue;
      complaints.push_back(path + ": includes <" + include.path + ">, but " +
                           std::string(library->package) + " is not in " + std::string(kList));
    }
  }
  for (const std::string& package : listed) {
    const bool is_library = std::ranges::find(production_libraries(), package, &Library::package) !=
                            production_libraries().end();
    if (!is_library || used.contains(package)) continue;
    complaints.push_back(std::string(kList) + ": lists " + package + ", which nobody includes");
  }
  return complaints;
}

}  // namespace rhumb::layering
