// The rule against dead files.
#include <algorithm>
#include <set>

#include "tests/layering/rules.h"

namespace rhumb::layering {
namespace {

// Tools and people find these by their names.
bool is_found_by_name(std::string_view path) {
  static const std::set<std::string_view> kNames = {"CMakeLists.txt", "CMakePresets.json",
                                                    "LICENSE"};
  return kNames.contains(name_of(path)) || path == "README.md" || path == ".ci/run" ||
         name_of(path).starts_with('.');
}

bool contains(const Tree& tree, std::string_view path, std::string_view text) {
  const auto file = tree.find(path);
  return file != tree.end() && file->second.find(text) != std::string::npos;
}

// The CMake list of the folder takes the file in, by name or by pattern, or the one above takes the
// folder in.
bool has_target(const Tree& tree, std::string_view path) {
  const std::string folder(folder_of(path));
  const std::string above(folder_of(folder));
  const std::string lists = folder + "/CMakeLists.txt";
  if (is_production(path)) {
    const bool taken_in = name_of(path) == "main.cc"
                              ? contains(tree, lists, "main.cc")
                              : contains(tree, lists, "rhumb_room(" + folder);
    return taken_in && contains(tree, "CMakeLists.txt", "add_subdirectory(" + folder + ")");
  }
  if (contains(tree, lists, name_of(path)) || contains(tree, lists, "/*.cc")) return true;
  const std::size_t underscore = std::min(path.rfind('_'), path.size());
  const std::string kind = "/*" + std::string(path.substr(underscore));  // such as /*_fuzz.cc
  if (kind.ends_with(".cc") && contains(tree, lists, kind)) return true;
  const std::string name(name_of(folder));
  const std::string lists_above = above + "/CMakeLists.txt";
  return contains(tree, lists_above, "rhumb_tests(" + name + " ") ||
         contains(tree, lists_above, "rhumb_tests(" + name + ")") ||
         contains(tree, lists_above, "/" + name + "/*.cc");
}

bool is_included_elsewhere(const Tree& tree, std::string_view header) {
  return std::ranges::any_of(tree, [header](const auto& file) {
    if (unit_of(file.first) == unit_of(header)) return false;
    const std::vector<Include> includes = includes_of(file.second);
    return std::ranges::any_of(includes,
                               [header](const Include& include) { return include.path == header; });
  });
}

// Whether a file other than `path` says `text`. This test's own examples do not count.
bool is_said(const Tree& tree, std::string_view path, std::string_view text,
             std::string_view by_suffix) {
  return std::ranges::any_of(tree, [=](const auto& file) {
    return file.first != path && file.first.ends_with(by_suffix) &&
           !file.first.starts_with("tests/layering/") &&
           file.second.find(text) != std::string::npos;
  });
}

// A page is linked from another page, a README by its folder; other files are named by path, by a
// name that has an extension, or with all that stands in their folder.
bool is_named(const Tree& tree, std::string_view path) {
  if (name_of(path) == "README.md") return is_said(tree, path, folder_of(path), ".md");
  if (path.ends_with(".md")) return is_said(tree, path, name_of(path), ".md");
  if (is_said(tree, path, path, "")) return true;
  if (name_of(path).find('.') != std::string_view::npos && is_said(tree, path, name_of(path), ""))
    return true;
  for (std::string_view folder = folder_of(path); folder.find('/') != std::string_view::npos;
       folder = folder_of(folder)) {
    if (is_said(tree, path, folder, "")) return true;
  }
  return false;
}

// tests/fuzz/corpus/NAME/… feeds tests/fuzz/NAME_fuzz.cc.
bool is_alive_corpus(const Tree& tree, std::string_view path) {
  constexpr std::string_view kCorpus = "tests/fuzz/corpus/";
  if (!path.starts_with(kCorpus)) return false;
  const std::string_view target = name_of(folder_of(path));
  return tree.contains("tests/fuzz/" + std::string(target) + "_fuzz.cc");
}

}  // namespace

Complaints no_dead_files(const Tree& tree) {
  Complaints complaints;
  for (const auto& [path, text] : tree) {
    if (is_header(path)) {
      if (!is_included_elsewhere(tree, path))
        complaints.push_back(path + ": dead: no other file includes it");
    } else if (is_source(path)) {
      if (!has_target(tree, path)) complaints.push_back(path + ": dead: no target has it");
    } else if (!is_found_by_name(path) && !is_alive_corpus(tree, path) && !is_named(tree, path)) {
      complaints.push_back(path + ": dead: no other file names it");
    }
  }
  return complaints;
}

}  // namespace rhumb::layering
