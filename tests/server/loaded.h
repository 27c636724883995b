// What a server would have loaded, made for tests from a few lines of YAML.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "server/loader.h"
#include "tests/support/process.h"

namespace rhumb::test {

inline std::string small_zone(const std::string& apex) {
  return "$ORIGIN " + apex + ".\n$TTL 300\n@ SOA ns1 hostmaster 1 3600 600 86400 60\n@ NS ns1\n" +
         "ns1 A 192.0.2.53\n";
}

// One zone, these items of `healthChecks`, and more keys of rhumb.yaml. Throws when it does not
// load.
inline std::shared_ptr<const Loaded> loaded_with_checks(const std::string& checks,
                                                        const std::string& config = "") {
  const TempDir folder;
  folder.write("a.zone", small_zone("a.example"));
  const std::string path =
      folder.write("rhumb.yaml", "zones: [a.zone]\n" + config +
                                     (checks.empty() ? "" : "healthChecks:\n" + checks));
  Diagnostics diagnostics;
  auto loaded = load(path, nullptr, diagnostics);
  if (loaded == nullptr) throw std::runtime_error(to_string(diagnostics.all().at(0)));
  return loaded;
}

}  // namespace rhumb::test
