// The files of a source tree as a value, with what the layering rules ask of them: which room a
// file stands in, what it includes, what it says outside comments. Reads files; judges nothing.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::layering {

// Path from the root, such as "base/ip.h", to text.
using Tree = std::map<std::string, std::string, std::less<>>;

// Every file below `root`, save what is built (build/) and what git and editors keep.
Tree read_tree(const std::filesystem::path& root);

struct Include {
  std::string path;
  bool quoted = false;
  std::size_t line = 0;  // from 1
};

// The #include lines of a source.
std::vector<Include> includes_of(std::string_view source);

// The lines of a text, without their ends.
std::vector<std::string_view> lines_of(std::string_view text);

// "base" of "base/ip.h"; "" of a file in the root.
std::string_view folder_of(std::string_view path);
// "base/ip" of "base/ip.h" and of "base/ip.cc".
std::string_view unit_of(std::string_view path);
// "ip.h" of "base/ip.h".
std::string_view name_of(std::string_view path);

bool is_header(std::string_view path);
bool is_source(std::string_view path);  // a .cc
// Whether the file stands in one of the rooms that make the program.
bool is_production(std::string_view path);

}  // namespace rhumb::layering
