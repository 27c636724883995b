#include "zones/advise.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zones/advice_view.h"
#include "zones/advise_check.h"
#include "zones/advise_families.h"
#include "zones/advise_group.h"
#include "zones/advise_hints.h"
#include "zones/advise_order.h"
#include "zones/advise_set.h"

namespace rhumb {
namespace {

class Advisor {
 public:
  explicit Advisor(const AdviceView& view) : view_(view), uses_(view.zones.checks().size()) {}

  void run() {
    for (const ZoneRef& zone : view_.zones.refs()) {
      const auto count = static_cast<std::uint32_t>(zone.zone->groups().size());
      for (std::uint32_t number = 0; number < count; ++number) {
        advise_on(advised_group(zone, number));
      }
      advise_on_hints(view_, zone);
    }
    advise_on_checks(view_, uses_);
  }

 private:
  void advise_on(const AdvisedGroup& at) {
    advise_on_group(view_, at);
    advise_on_order(view_, at);
    advise_on_families(view_, at);
    for (std::size_t i = 0; i < at.info.sets.size(); ++i) {
      advise_on_set(view_, at, i);
      note_use(at, at.info.sets[i]);
    }
  }

  void note_use(const AdvisedGroup& at, const GroupInfo::Set& set) {
    const auto check = view_.check_numbers.find(set.check_id);
    if (check == view_.check_numbers.end() || uses_[check->second]) return;
    uses_[check->second] = at.what(set);
  }

  const AdviceView& view_;
  std::vector<std::optional<std::string>> uses_;  // by check: a set that uses it
};

}  // namespace

void advise(const ZoneSet& zones, const Atlas& atlas, std::string_view database_type,
            Diagnostics& diagnostics) {
  AdviceLog log(diagnostics);
  const AdviceView view(zones, KnownOfClients(atlas, database_type), log);
  Advisor(view).run();
  log.finish();
}

}  // namespace rhumb
