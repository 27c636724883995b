// rhumb.yaml of one zone and the keys that a test is about, read from a folder of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "server/config.h"
#include "tests/support/process.h"

namespace rhumb::test {

class ConfigReader : public ::testing::Test {
 protected:
  // The diagnostics, without the folder; the value is in config_.
  std::vector<std::string> read(const std::string& keys) {
    const std::string path = folder_.write("rhumb.yaml", "zones: a.zone\n" + keys + "\n");
    Diagnostics diagnostics;
    config_ = read_config(path, diagnostics, before_ ? &*before_ : nullptr);
    std::vector<std::string> found;
    for (const Diagnostic& each : diagnostics.all()) {
      found.push_back(to_string(each).substr(folder_.path().size() + 1));
    }
    return found;
  }

  TempDir folder_;
  Config config_;
  std::optional<Config> before_;  // what the reload is over; nullopt: a start
};

}  // namespace rhumb::test
