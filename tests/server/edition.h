// An edition made for tests out of checks as values and a zone of routed sets in YAML.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/loader.h"
#include "tests/zones/reading.h"
#include "zones/zone_set.h"

namespace rhumb::test {

inline CheckSpec check_of(std::string id, std::vector<Label> labels = {}) {
  CheckSpec spec;
  spec.id = std::move(id);
  spec.labels = std::move(labels);
  spec.type = CheckType::kTcp;
  spec.address = "192.0.2.99";
  spec.port = 80;
  spec.failure_threshold = 1;
  spec.success_threshold = 1;
  spec.hold_down_ms = 0;
  return spec;
}

inline CheckSpec switch_of(std::string id, bool default_healthy = true) {
  CheckSpec spec = check_of(std::move(id));
  spec.type = CheckType::kSwitch;
  spec.address.clear();
  spec.default_healthy = default_healthy;
  return spec;
}

inline CheckSpec push_of(std::string id, std::int64_t expires_after_ms) {
  CheckSpec spec = check_of(std::move(id));
  spec.type = CheckType::kPush;
  spec.address.clear();
  spec.expires_after_ms = expires_after_ms;
  return spec;
}

inline CheckSpec calculated_of(std::string id, std::vector<std::string> children,
                               std::uint32_t health_threshold = 0) {
  CheckSpec spec = check_of(std::move(id));
  spec.type = CheckType::kCalculated;
  spec.address.clear();
  spec.children = std::move(children);
  spec.health_threshold = health_threshold;
  return spec;
}

// `records` are items of the zone blog.example.com. Throws when anything is wrong.
inline std::shared_ptr<const ZoneSet> edition(std::vector<CheckSpec> checks,
                                              const std::string& records = "") {
  const Reading reading = read_records(records);
  if (reading.zone == nullptr) throw std::runtime_error(reading.problems.at(0));
  Diagnostics diagnostics;
  auto zones = ZoneSet::link({reading.zone}, std::move(checks), Atlas(), diagnostics);
  if (zones == nullptr) throw std::runtime_error(to_string(diagnostics.all().at(0)));
  return zones;
}

inline std::shared_ptr<const Loaded> loaded_with(std::shared_ptr<const ZoneSet> zones) {
  auto loaded = std::make_shared<Loaded>();
  loaded->zones = std::move(zones);
  return loaded;
}

}  // namespace rhumb::test
