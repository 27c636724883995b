#include "zones/advise_check.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "text/quote.h"

namespace rhumb {
namespace {

// The id of the check whose /probed this one asks for: with the same files on all servers, that of
// another server means ours. Empty: none.
std::string_view asked_of_peers(const CheckSpec& check) {
  constexpr std::string_view kBefore = "/api/v1/health-checks/";
  constexpr std::string_view kBehind = "/probed";
  std::string_view id = check.path;
  const bool is_http = check.type == CheckType::kHttp || check.type == CheckType::kHttps;
  if (!is_http || !id.starts_with(kBefore) || !id.ends_with(kBehind)) return {};
  id.remove_prefix(kBefore.size());
  return id.substr(0, id.size() - std::min(id.size(), kBehind.size()));
}

class CheckAdvisor {
 public:
  CheckAdvisor(const AdviceView& view, std::span<const std::optional<std::string>> uses)
      : view_(view), checks_(view.zones.checks()), uses_(uses), parents_(checks_.size()) {
    for (const CheckSpec& check : checks_) {
      if (check.type == CheckType::kCalculated) {
        for (const std::string& child : check.children) note_parent(child, check);
      }
      note_parent(asked_of_peers(check), check);
    }
  }

  void run() {
    for (std::size_t i = 0; i < checks_.size(); ++i) {
      if (!uses_[i] && parents_[i] == nullptr) {
        advise_on_want_of_use(checks_[i]);
      } else if (checks_[i].disabled) {
        advise_on_disabled(i);
      } else if (checks_[i].type == CheckType::kCalculated) {
        advise_on_children(i);
      } else {
        advise_on_days(checks_[i]);
      }
    }
  }

 private:
  void note_parent(std::string_view child, const CheckSpec& check) {
    const auto number = view_.check_numbers.find(child);
    if (number == view_.check_numbers.end() || &checks_[number->second] == &check) return;
    if (parents_[number->second] == nullptr) parents_[number->second] = &check;
  }

  static std::string what(const CheckSpec& check) {
    return "the health check " + in_quotes(check.id);
  }

  void advise_on_want_of_use(const CheckSpec& check) {
    view_.log.add(Advice::kUnusedCheck, check.origin.place,
                  what(check) +
                      " is used by no record set, so that it changes no answer; write "
                      "healthCheckId: " +
                      check.id + " in a record set, or remove it");
  }

  void advise_on_disabled(std::size_t number) {
    const CheckSpec& check = checks_[number];
    const std::string text =
        uses_[number] ? (check.inverted ? dead_text(*uses_[number]) : alive_text(*uses_[number]))
                      : parent_text(check, *parents_[number]);
    view_.log.add(Advice::kDisabledCheck, check.origin.place, what(check) + text);
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
  static std::string parent_text(const CheckSpec& check, const CheckSpec& parent) {
    const bool is_child = parent.type == CheckType::kCalculated;
    return std::string(check.inverted ? " is disabled and inverted, and counts as unhealthy always"
                                      : " is disabled and counts as healthy always") +
           (is_child ? ", whatever it is a child of: " : ", also for those who ask for it: ") +
           what(parent) + " hears nothing of its site; remove disabled: true";
  }

  void advise_on_children(std::size_t number) {
    const CheckSpec& check = checks_[number];
    if (!check.inverted && !view_.mortality.can_die(static_cast<GateNumber>(1 + number))) {
      view_.log.add(Advice::kFixedCheck, check.origin.place,
                    what(check) +
                        " counts as healthy always: children of it that are disabled are enough; "
                        "remove disabled: true from them");
      return;
    }
    if (check.health_threshold == 0 || check.health_threshold == check.children.size()) return;
    for (const std::string& child : check.children) {
      const CheckSpec* const found = view_.check(child);
      if (found == nullptr || found->type != CheckType::kSwitch) continue;
      view_.log.add(Advice::kWeakSwitch, check.origin.place,
                    what(check) + " has the switch " + in_quotes(child) +
                        " among children of which not all are needed: switching it off need not "
                        "take anything out; put these "
                        "children into a check of their own, and write it beside the switch "
                        "without a healthThreshold");
      return;
    }
  }

  void advise_on_days(const CheckSpec& check) {
    if (check.type != CheckType::kTls || check.min_days_left < kRenewalDays) return;
    view_.log.add(Advice::kEarlyDays, check.origin.place,
                  what(check) + " wants a certificate that is valid for " +
                      std::to_string(check.min_days_left) +
                      " days more: one of 90 days is commonly renewed when " +
                      std::to_string(kRenewalDays) +
                      " are left, and its site is taken out before; write minDaysLeft: 14");
  }

  const AdviceView& view_;
  const CheckRefs& checks_;
  std::span<const std::optional<std::string>> uses_;
  std::vector<const CheckSpec*> parents_;  // by check: one that has it as a child or asks for it
};

}  // namespace

void advise_on_checks(const AdviceView& view, std::span<const std::optional<std::string>> uses) {
  CheckAdvisor(view, uses).run();
}

}  // namespace rhumb
