#include "tests/support/view.h"

#include <stdexcept>

#include "tests/support/process.h"
#include "zones/load.h"
#include "zones/zone_set.h"

namespace rhumb::test {
namespace {

[[noreturn]] void fail(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.all()) text += to_string(diagnostic) + "\n";
  throw std::runtime_error(text);
}

}  // namespace

std::unique_ptr<const View> view_of(const std::vector<std::string>& master_texts) {
  const TempDir folder;
  Diagnostics diagnostics;
  std::vector<std::shared_ptr<const Zone>> zones;
  for (const std::string& text : master_texts) {
    const std::string path = folder.write(std::to_string(zones.size()) + ".zone", text);
    zones.push_back(load_zone(path, {}, diagnostics).zone);
    if (zones.back() == nullptr) fail(diagnostics);
  }
  auto set = ZoneSet::link(std::move(zones), {}, {}, diagnostics);
  if (set == nullptr) fail(diagnostics);
  auto view = std::make_unique<View>();
  const auto alive = set->gates().alive();
  view->alive.assign(alive.begin(), alive.end());
  view->zones = std::move(set);
  return view;
}

}  // namespace rhumb::test
