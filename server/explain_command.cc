#include "server/explain_command.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "server/clock.h"
#include "server/entropy.h"
#include "server/explain.h"
#include "server/lanes.h"
#include "server/loader.h"
#include "server/tables.h"
#include "text/json.h"
#include "text/quote.h"
#include "text/suggest.h"

namespace rhumb {
namespace {

bool is_named(const std::vector<std::string>& ids, const std::string& id) {
  return std::ranges::find(ids, id) != ids.end();
}

// "" or what is wrong with the ids.
std::string unknown_among(const std::vector<std::string>& ids, const ZoneSet& zones) {
  std::vector<std::string_view> known;
  for (const CheckSpec& check : zones.checks()) known.emplace_back(check.id);
  for (const std::string& id : ids) {
    if (std::ranges::find(known, id) != known.end()) continue;
    return "there is no health check " + in_quotes(id) + did_you_mean(id, known);
  }
  return {};
}

// A SWITCH is as it is set, and the others are taken for healthy.
Health first_found(const CheckSpec& spec) {
  if (spec.type != CheckType::kSwitch || spec.default_healthy) return Health::kHealthy;
  return verdict({.measured = Health::kUnhealthy}, spec);
}

std::unique_ptr<const View> view_of(const Loaded& loaded, const std::vector<std::string>& dead) {
  Lanes lanes(loaded.zones);
  const CheckRefs& checks = loaded.zones->checks();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    lanes.put_check(i, first_found(checks[i]), Operator());
  }
  Gates gates = lanes.alive();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (is_named(dead, checks[i].id)) gates.force(gate_of(i), Forced::kDead);
  }
  auto view = std::make_unique<View>();
  view->zones = loaded.zones;
  view->maps = loaded.maps;
  view->alive.assign(gates.alive().begin(), gates.alive().end());
  view->standing.assign(lanes.standing().begin(), lanes.standing().end());
  view->options = loaded.config.options;
  return view;
}

}  // namespace

int explain_files(const Command& command, const MapCompiler& compile, std::ostream& out,
                  std::ostream& err) {
  Result<ExplainQuestion> question =
      read_question(command.name, command.type, command.client, command.subnet);
  if (!question.ok()) {
    err << "rhumb: " << question.error() << '\n';
    return kExitUsage;
  }
  Diagnostics diagnostics;
  const auto loaded = load(command.config, nullptr, diagnostics, compile);
  if (loaded == nullptr) {
    for (const Diagnostic& found : diagnostics.all()) err << to_string(found) << '\n';
    return kExitFailed;
  }
  const std::string unknown = unknown_among(command.unhealthy, *loaded->zones);
  if (!unknown.empty()) {
    err << "rhumb: " << unknown << '\n';
    return kExitFailed;
  }
  question.value().entropy = draw_entropy();
  const auto say = [&](const std::string& id) -> CheckWords {
    return {is_named(command.unhealthy, id) ? "taken for unhealthy" : "taken for healthy"};
  };
  const auto no_drains = [](std::span<const Label> /*labels*/) { return std::string(); };
  const auto view = view_of(*loaded, command.unhealthy);
  const std::string json = explain_json(*view, question.value(), {say, no_drains});
  if (command.json) {
    out << json << '\n';
    return kExitDone;
  }
  out << explain_table(parse_json(json).value(), wall_clock_ms());
  return kExitDone;
}

}  // namespace rhumb
