// A View and what moves it: checks that turn unhealthy, operators who take them out.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "answer/view.h"
#include "health/gates.h"
#include "tests/answer/maps.h"

namespace rhumb::testing {

class World {
 public:
  explicit World(std::shared_ptr<const ZoneSet> zones, const Atlas& atlas = {})
      : alive_(zones->gates()), standing_(zones->gates()) {
    view_.maps = maps_of(*zones, atlas);
    view_.zones = std::move(zones);
    publish();
  }

  void set_healthy(std::string_view check, bool healthy) {
    alive_.set(gate_of(check), healthy);
    publish();
  }
  // An operator's word that it is not to serve, or the end of it.
  void take_out(std::string_view check, bool out = true) {
    standing_.set(gate_of(check), !out);
    alive_.set(gate_of(check), !out);
    publish();
  }
  [[nodiscard]] bool has_check(std::string_view id) const {
    return std::ranges::find(view_.zones->checks(), id, &CheckSpec::id) !=
           view_.zones->checks().end();
  }
  [[nodiscard]] const View& view() const { return view_; }
  [[nodiscard]] AnswerOptions& options() { return view_.options; }

 private:
  [[nodiscard]] GateNumber gate_of(std::string_view id) const {
    const CheckRefs& checks = view_.zones->checks();
    const auto found = std::ranges::find(checks, id, &CheckSpec::id);
    if (found == checks.end()) {
      std::printf("there is no check %s\n", std::string(id).c_str());
      std::abort();
    }
    return static_cast<GateNumber>(1 + std::ranges::distance(checks.begin(), found));
  }
  void publish() {
    view_.alive.assign(alive_.alive().begin(), alive_.alive().end());
    view_.standing.assign(standing_.alive().begin(), standing_.alive().end());
  }

  View view_;
  Gates alive_;
  Gates standing_;
};

inline CheckSpec check_of(std::string id) {
  CheckSpec check;
  check.id = std::move(id);
  check.type = CheckType::kTcp;
  check.address = "192.0.2.99";
  check.port = 80;
  return check;
}

}  // namespace rhumb::testing
