// What the tests of checks share: checks in a few lines of YAML, and what was found wrong as text.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/zones/texts.h"
#include "zones/check_yaml.h"

namespace rhumb {

struct Checks {
  std::vector<CheckSpec> specs;
  std::vector<std::string> problems;
};

inline Checks read_checks_in(std::string_view text, const CheckDefaults& defaults = {},
                             const std::string& file = "/etc/c.yaml") {
  Diagnostics diagnostics;
  const auto document = read_yaml(text, file, diagnostics);
  Checks checks;
  if (document) checks.specs = read_checks(document->root(), defaults, diagnostics).good;
  checks.problems = texts_of(diagnostics);
  return checks;
}

struct Defaults {
  CheckDefaults given;
  std::vector<std::string> problems;
};

inline Defaults read_defaults(std::string_view text, const CheckDefaults& base = {}) {
  Diagnostics diagnostics;
  const auto document = read_yaml(text, "/etc/c.yaml", diagnostics);
  Defaults defaults;
  if (document) defaults.given = read_check_defaults(document->root(), base, diagnostics);
  defaults.problems = texts_of(diagnostics);
  return defaults;
}

}  // namespace rhumb
