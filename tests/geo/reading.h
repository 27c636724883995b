// Helpers of the tests that read places from text.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/yaml.h"

namespace rhumb::test {

using Lines = std::vector<std::string>;

inline Lines lines_of(const Diagnostics& diagnostics) {
  Lines lines;
  for (const Diagnostic& diagnostic : diagnostics.all()) lines.push_back(to_string(diagnostic));
  return lines;
}

// What a reader made of the YAML in `text`, and what it said.
template <typename T>
struct ReadYaml {
  T value;
  Lines found;
};

template <typename T>
ReadYaml<T> read_as(T (*reader)(YamlNode, Diagnostics&), std::string_view text) {
  Diagnostics diagnostics;
  const std::optional<YamlDocument> document = read_yaml(text, "z.yaml", diagnostics);
  EXPECT_TRUE(document.has_value()) << text;
  if (!document) return {T{}, lines_of(diagnostics)};
  T value = reader(document->root(), diagnostics);
  return {std::move(value), lines_of(diagnostics)};
}

}  // namespace rhumb::test
