#include "server/check_command.h"

#include <ostream>
#include <string>
#include <string_view>

#include "server/config_confine.h"
#include "server/config_rate_limit.h"
#include "server/control_json.h"
#include "server/loader.h"
#include "server/tables.h"
#include "text/json.h"
#include "zones/advise.h"

namespace rhumb {
namespace {

std::string to_json(const Loaded* loaded, const Diagnostics& diagnostics, bool ok) {
  std::string text;
  JsonWriter json(text);
  const std::size_t errors = diagnostics.error_count();
  json.begin_object();
  json.key("ok");
  json.boolean(ok);
  json.key("errors");
  json.whole_unsigned(errors);
  json.key("warnings");
  json.whole_unsigned(diagnostics.all().size() - errors);
  json.key("diagnostics");
  json.begin_array();
  for (const Diagnostic& found : diagnostics.all()) write_diagnostic(json, found);
  json.end_array();
  json.key("zones");
  json.begin_array();
  if (loaded != nullptr) {
    const auto alive = loaded->zones->gates().alive();
    for (const ZoneRef& ref : loaded->zones->refs()) write_zone(json, ref, alive);
  }
  json.end_array();
  json.key("checks");
  json.whole_unsigned(loaded == nullptr ? 0 : loaded->zones->checks().size());
  json.end_object();
  return text + "\n";
}

std::string to_text(const Loaded* loaded, const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& found : diagnostics.all()) text += to_string(found) + "\n";
  const std::size_t errors = diagnostics.error_count();
  const std::size_t warnings = diagnostics.all().size() - errors;
  if (loaded == nullptr) {
    return text + counted(errors, "error") + ", " + counted(warnings, "warning") +
           ": nothing would be served\n";
  }
  return text + "would serve " + counted(loaded->zones->zones().size(), "zone") + " with " +
         counted(record_count(*loaded->zones), "record") + " and " +
         counted(loaded->zones->checks().size(), "health check") + "; " +
         counted(warnings, "warning") + "\n";
}

// Of the database of places. Not known where maps were not compiled from it.
std::string_view database_type(const Loaded& loaded) {
  const bool is_known = !loaded.config.atlas.database.empty() && !loaded.databases.empty();
  return is_known ? loaded.databases.front().info.type : std::string_view();
}

}  // namespace

int check_config(const Command& command, std::ostream& out, const MapCompiler& compile) {
  Diagnostics diagnostics;
  const auto loaded = load(command.config, nullptr, diagnostics, compile);
  if (loaded != nullptr) {
    advise(*loaded->zones, loaded->config.atlas, database_type(*loaded), diagnostics);
    advise_rate_limit(loaded->config, diagnostics);
    warn_of_user(loaded->config, diagnostics);
    diagnostics.sort_by_place();
  }
  const bool ok = loaded != nullptr && !(command.strict && !diagnostics.all().empty());
  out << (command.json ? to_json(loaded.get(), diagnostics, ok)
                       : to_text(loaded.get(), diagnostics));
  return ok ? kExitDone : kExitFailed;
}

}  // namespace rhumb
