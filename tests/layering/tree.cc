#include "tests/layering/tree.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace rhumb::layering {
namespace {

constexpr std::array<std::string_view, 8> kRooms = {"base", "text",  "dns",    "health",
                                                    "geo",  "zones", "answer", "server"};

bool is_kept_by_tools(const std::filesystem::path& folder) {
  const std::string name = folder.filename().string();
  return name == "build" || name == ".git" || name == ".cache" || name == "__pycache__";
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Tree read_tree(const std::filesystem::path& root) {
  Tree tree;
  auto entry = std::filesystem::recursive_directory_iterator(root);
  for (; entry != std::filesystem::recursive_directory_iterator(); ++entry) {
    if (entry->is_directory() && is_kept_by_tools(entry->path())) entry.disable_recursion_pending();
    if (!entry->is_regular_file()) continue;
    tree[entry->path().lexically_relative(root).string()] = read_file(entry->path());
  }
  return tree;
}

std::vector<Include> includes_of(std::string_view source) {
  std::vector<Include> includes;
  const std::vector<std::string_view> lines = lines_of(source);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with("#include")) continue;
    const std::size_t open = lines[i].find_first_of("<\"");
    if (open == std::string_view::npos) continue;
    const std::size_t close = lines[i].find_first_of(">\"", open + 1);
    if (close == std::string_view::npos) continue;
    const std::string_view path = lines[i].substr(open + 1, close - open - 1);
    includes.push_back({std::string(path), lines[i][open] == '"', i + 1});
  }
  return includes;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : path.substr(0, slash);
}

std::string_view unit_of(std::string_view path) { return path.substr(0, path.rfind('.')); }

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_header(std::string_view path) { return path.ends_with(".h"); }

bool is_source(std::string_view path) { return path.ends_with(".cc"); }

bool is_production(std::string_view path) {
  return std::ranges::find(kRooms, folder_of(path)) != kRooms.end();
}

}  // namespace rhumb::layering
