#include "zones/advise.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/quote.h"
#include "zones/advice_view.h"
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
    for (std::size_t i = 0; i < uses_.size(); ++i) advise_on_check(i);
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

  void advise_on_check(std::size_t number) {
    const CheckSpec& check = view_.zones.checks()[number];
    const std::optional<std::string>& use = uses_[number];
    const std::string what = "the health check " + in_quotes(check.id);
    if (!use) {
      view_.log.add(Advice::kUnusedCheck, check.origin.place,
                    what +
                        " is used by no record set, so that it changes no answer; write "
                        "healthCheckId: " +
                        check.id + " in a record set, or remove it");
    } else if (check.disabled) {
      view_.log.add(Advice::kDisabledCheck, check.origin.place,
                    what + (check.inverted ? dead_text(*use) : alive_text(*use)));
    }
  }

  static std::string alive_text(const std::string& use) {
    return " is disabled and counts as healthy always: the record sets that use it, such as " +
           use + ", are answered even when their site is dead; remove disabled: true";
  }
  static std::string dead_text(const std::string& use) {
    return " is disabled and inverted, and counts as unhealthy always: the record sets that use "
           "it, such as " +
           use + ", are answered only when no other is alive; remove disabled: true";
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
