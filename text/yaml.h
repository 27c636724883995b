// YAML in: reads one document strictly into a YamlDocument (yaml_tree.h). JSON is YAML. It knows no
// key and no meaning; the library behind it shows in no header.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "text/yaml_tree.h"

namespace rhumb {

// Maps and lists that may stand in one another.
constexpr int kMaxYamlDepth = 32;
// A larger text is refused unread.
constexpr std::size_t kMaxYamlSizeBytes = std::size_t{1} << 30;
// After so many errors the rest of a file is not read.
constexpr std::size_t kMaxYamlErrors = 100;

// What could be read of a text.
struct ReadYaml {
  std::optional<YamlDocument> document;  // none: something was wrong that hides what is behind it
  bool is_good = false;                  // nothing was wrong
};

// Reads the one document that `text` (UTF-8) holds. Refused, each with its place and what to write
// instead: duplicate keys, empty values, further documents, `<<`, tags, anchors, aliases, keys that
// are no text, nesting beyond kMaxYamlDepth, control characters, and what is no YAML. nullopt
// exactly if an error was added to `diagnostics`.
std::optional<YamlDocument> read_yaml(std::string_view text, std::string file_name,
                                      Diagnostics& diagnostics);

// The same, but errors that leave the rest readable leave a document too, so that more can be
// found in it: of keys that stand twice the first counts, and empty values are
// YamlNode::is_wrong().
ReadYaml read_yaml_with_errors(std::string_view text, std::string file_name,
                               Diagnostics& diagnostics);

}  // namespace rhumb
