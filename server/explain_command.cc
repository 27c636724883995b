#include "server/explain_command.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "server/clock.h"
#include "server/entropy.h"
#include "server/explain.h"
#include "server/loader.h"
#include "server/tables.h"
#include "text/json.h"
#include "text/quote.h"
#include "text/suggest.h"

namespace rhumb {
namespace {

// Check i of a zone set has this gate.
GateNumber gate_of(std::size_t check) { return static_cast<GateNumber>(check + 1); }

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

std::unique_ptr<const View> view_of(const Loaded& loaded, const std::vector<std::string>& dead) {
  Gates gates = loaded.zones->gates();
  for (std::size_t i = 0; i < loaded.zones->checks().size(); ++i) {
    if (is_named(dead, loaded.zones->checks()[i].id)) gates.set(gate_of(i), false);
  }
  auto view = std::make_unique<View>();
  view->zones = loaded.zones;
  view->maps = loaded.maps;
  view->alive.assign(gates.alive().begin(), gates.alive().end());
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
  const auto say = [&](const std::string& id) -> std::string {
    return is_named(command.unhealthy, id) ? "taken for unhealthy" : "taken for healthy";
  };
  const auto view = view_of(*loaded, command.unhealthy);
  const std::string json = explain_json(*view, question.value(), say);
  if (command.json) {
    out << json << '\n';
    return kExitDone;
  }
  out << explain_table(parse_json(json).value(), wall_clock_ms());
  return kExitDone;
}

}  // namespace rhumb
