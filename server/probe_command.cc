#include "server/probe_command.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "server/clock.h"
#include "server/loader.h"
#include "server/probe_once.h"
#include "server/probe_table.h"
#include "text/json.h"
#include "text/quote.h"
#include "text/suggest.h"

namespace rhumb {
namespace {

std::string unknown_check(const std::string& id, const ZoneSet& zones) {
  std::vector<std::string_view> known;
  for (const CheckSpec& check : zones.checks()) known.emplace_back(check.id);
  return "there is no health check " + in_quotes(id) + did_you_mean(id, known);
}

int refuse(std::ostream& err, const std::string& why) {
  err << "rhumb: " << why << '\n';
  return kExitFailed;
}

}  // namespace

int probe_files(const Command& command, Helper* helper, std::ostream& out, std::ostream& err) {
  Diagnostics diagnostics;
  const auto loaded = load(command.config, nullptr, diagnostics, compiler_of(helper));
  if (loaded == nullptr) {
    for (const Diagnostic& found : diagnostics.all()) err << to_string(found) << '\n';
    return kExitFailed;
  }
  const CheckRefs& checks = loaded->zones->checks();
  const auto check = std::ranges::find(checks, command.id, &CheckSpec::id);
  if (check == checks.end()) return refuse(err, unknown_check(command.id, *loaded->zones));
  if (!is_probed(check->type)) {
    return refuse(err, "the check " + in_quotes(command.id) + " is of a type that probes nobody");
  }
  const ProbeReport report = probe_once(std::make_shared<const CheckSpec>(*check), helper);
  std::string json;
  JsonWriter writer(json);
  write_probe_report(writer, report, wall_clock_ms());
  if (command.json) {
    out << json << '\n';
  } else {
    out << probe_table(parse_json(json).value(), wall_clock_ms(), command.colour);
  }
  return kExitDone;
}

}  // namespace rhumb
