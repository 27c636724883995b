#include "zones/advise_group.h"

#include <algorithm>
#include <span>
#include <string>
#include <variant>

namespace rhumb {
namespace {

constexpr std::uint16_t kPrimaryTier = 1;

class GroupAdvisor {
 public:
  GroupAdvisor(const AdviceView& view, const AdvisedGroup& at)
      : view_(view), at_(at), info_(at.info) {}

  void run() {
    switch (info_.policy) {
      case Policy::kFailover:
        advise_on_primary();
        return advise_on_weights();
      case Policy::kPriority:
      case Policy::kWeighted:
        return advise_on_weights();
      case Policy::kLatency:
        return advise_on_latency();
      case Policy::kGeoproximity:
        return advise_on_distance();
      case Policy::kGeolocation:
        advise_on_default();
        return advise_on_areas();
      case Policy::kCidr:
        return advise_on_default();
      case Policy::kSimple:
      case Policy::kMultivalue:
        return;
    }
  }

 private:
  void advise_on_primary() {
    const GroupInfo::Set& first = info_.sets.front();
    if (first.tier == kPrimaryTier) return;
    view_.log.add(Advice::kNoPrimary, first.place,
                  at_.what() +
                      " has a SECONDARY and no PRIMARY: the SECONDARY is answered always, "
                      "as if it were one; write failover: PRIMARY in the record set that "
                      "is to be answered as long as it is alive");
  }

  // Sets of one tier stand together.
  void advise_on_weights() {
    for (std::span<const GroupInfo::Set> left = info_.sets; !left.empty();) {
      std::size_t size = 1;
      while (size < left.size() && left[size].tier == left.front().tier) ++size;
      advise_on_weights(left.first(size));
      left = left.subspan(size);
    }
  }

  void advise_on_weights(std::span<const GroupInfo::Set> tier) {
    if (!std::ranges::all_of(tier, [](const GroupInfo::Set& set) { return set.weight == 0; })) {
      return;
    }
    const GroupInfo::Set& first = tier.front();
    const std::string text =
        tier.size() == 1
            ? at_.what(first) + " has the weight 0 and " + tier_text(first, "is alone in ") +
                  ": it is chosen all the same; write weight: 1, or remove the record set"
            : at_.what() + " has no weight but 0" + tier_text(first, " in ") +
                  ": its sets are chosen with even odds; write weight: 1 for that, or the weights "
                  "that are meant";
    view_.log.add(Advice::kZeroWeights, first.place, text);
  }

  [[nodiscard]] std::string tier_text(const GroupInfo::Set& set, const std::string& before) const {
    if (info_.policy == Policy::kPriority) return before + "priority " + std::to_string(set.tier);
    if (info_.policy == Policy::kFailover) {
      return before + (set.tier == kPrimaryTier ? "PRIMARY" : "SECONDARY");
    }
    return before.front() == ' ' ? "" : "is alone";
  }

  void advise_on_default() {
    const auto is_default = [](const GroupInfo::Set& set) {
      const auto* const area = std::get_if<Area>(&*set.location);
      return area != nullptr ? area->is_default()
                             : std::get<CidrLocation>(*set.location).is_default();
    };
    if (info_.no_match_meant || std::ranges::any_of(info_.sets, is_default)) return;
    const auto* const cidr = std::get_if<CidrLocation>(&*info_.sets.front().location);
    const std::string wanted =
        cidr == nullptr ? "geoLocation: {default: true}"
                        : "cidr: {collection: " + cidr->collection + ", location: \"*\"}";
    view_.log.add(Advice::kNoDefault, info_.place,
                  at_.what() +
                      " has no default: one client elsewhere gets NODATA, which blanks "
                      "the name for everyone behind the same public resolver; write a "
                      "record set with " +
                      wanted + ", or onNoMatch: noData under routing: if that is meant");
  }

  void advise_on_latency() {
    if (view_.known.coordinates || view_.known.round_trips) return;
    advise_on_file_order("latency",
                         "geo: {database: FILE} with a City database, or latency: FILE,");
  }

  void advise_on_distance() {
    if (view_.known.coordinates) return;
    advise_on_file_order("distance", "geo: {database: FILE} with a City database");
  }

  void advise_on_file_order(const std::string& what, const std::string& wanted) {
    if (at_.group.rank_count < 2) return;
    view_.log.add(Advice::kUnknownPlace, info_.sets.front().location_place,
                  at_.what() + " is chosen by " + what +
                      ", but no client's coordinates are known: all get the order of the file; "
                      "write " +
                      wanted + " in rhumb.yaml");
  }

  void advise_on_areas() {
    for (const GroupInfo::Set& set : info_.sets) {
      const Area& area = std::get<Area>(*set.location);
      const bool asks_place = !area.continent.empty() || !area.country.empty();
      if (asks_place && !view_.known.codes) return advise_on_area(set, "country", "database");
      if (area.asn != 0 && !view_.known.asns) {
        return advise_on_area(set, "AS number", "asnDatabase");
      }
    }
  }

  void advise_on_area(const GroupInfo::Set& set, const std::string& what, const std::string& key) {
    view_.log.add(Advice::kUnknownPlace, set.location_place,
                  at_.what(set) + " is for " + set.suits + ", but no client's " + what +
                      " is known: it is never chosen; write geo: {" + key +
                      ": FILE} in rhumb.yaml");
  }

  const AdviceView& view_;
  const AdvisedGroup& at_;
  const GroupInfo& info_;
};

}  // namespace

void advise_on_group(const AdviceView& view, const AdvisedGroup& at) {
  GroupAdvisor(view, at).run();
}

}  // namespace rhumb
