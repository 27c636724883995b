// Helpers of the YAML tests.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/yaml.h"

namespace rhumb {

// Every error of reading `text` as z.yaml, as users see it.
inline std::vector<std::string> errors_of(std::string_view text) {
  Diagnostics diagnostics;
  const std::optional<YamlDocument> document = read_yaml(text, "z.yaml", diagnostics);
  EXPECT_NE(document.has_value(), diagnostics.has_errors());
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics.all()) lines.push_back(to_string(diagnostic));
  return lines;
}

// The tree of `text`, which must be good.
inline YamlDocument document_of(std::string_view text) {
  Diagnostics diagnostics;
  std::optional<YamlDocument> document = read_yaml(text, "z.yaml", diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.all()) ADD_FAILURE() << to_string(diagnostic);
  if (!document) document = read_yaml("{bad: document}", "z.yaml", diagnostics);
  return std::move(*document);
}

// The tree on one line: maps as {key=value}, lists as [item], quoted scalars in quotes.
inline std::string shape(YamlNode node) {  // NOLINT(misc-no-recursion): at most kMaxYamlDepth
  if (node.is_scalar()) {
    const std::string text(node.text());
    return node.quoted() ? "\"" + text + "\"" : text;
  }
  std::string out = node.is_map() ? "{" : "[";
  if (node.is_map()) {
    for (const YamlEntry entry : node.entries()) {
      out += (out.size() > 1 ? " " : "") + std::string(entry.key.text()) + "=" + shape(entry.value);
    }
  } else {
    for (const YamlNode item : node.items()) out += (out.size() > 1 ? " " : "") + shape(item);
  }
  return out + (node.is_map() ? "}" : "]");
}

inline std::string shape_of(std::string_view text) { return shape(document_of(text).root()); }

using Lines = std::vector<std::string>;

}  // namespace rhumb
