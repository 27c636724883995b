#include "zones/verify_group.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/scalar.h"
#include "zones/image.h"
#include "zones/rdata_names.h"

namespace rhumb {
namespace {

using Wire = std::vector<std::uint8_t>;

// Erases all but the first of each value; the order stays.
void remove_duplicates(Type type, std::vector<Wire>& rdata) {
  std::vector<Wire> seen;
  Wire buffer;
  std::erase_if(rdata, [&](const Wire& value) {
    const auto canonical = canonical_rdata(type, value, buffer);
    Wire key(canonical.begin(), canonical.end());
    const auto at = std::ranges::lower_bound(seen, key);
    if (at != seen.end() && *at == key) return true;
    seen.insert(at, std::move(key));
    return false;
  });
}

std::size_t wire_size(const GroupSpec::Set& set) {
  std::size_t size = 0;
  for (const Wire& value : set.rdata) size += kWireRecordSize + value.size();
  return size;
}

class GroupVerifier {
 public:
  GroupVerifier(GroupSpec& group, const Record& head, Report& report)
      : group_(group),
        head_(head),
        report_(report),
        what_(to_string(group.owner) + " " + to_string(group.type)) {}

  void run() {
    verify_type();
    verify_options();
    verify_identifiers();
    for (GroupSpec::Set& set : group_.sets) verify_set(set);
    verify_together();
  }

 private:
  void verify_type() {
    static constexpr std::array kFixed = {Type::kSoa, Type::kNs, Type::kDs, Type::kDname};
    const auto is_alias = [](const GroupSpec::Set& set) { return set.alias.has_value(); };
    const std::string cannot =
        std::ranges::any_of(group_.sets, is_alias) ? "cannot be an alias" : "cannot be routed";
    if (std::ranges::find(kFixed, group_.type) != kFixed.end()) {
      error(group_.place, cannot + "; what it says must be the same for all");
    }
    const bool is_address = group_.type == Type::kA || group_.type == Type::kAaaa;
    if (is_address && head_.owner_has(Record::kNsTarget)) {
      error(group_.place, cannot + ": an NS record of this zone names it");
    }
  }

  void verify_options() {
    const std::size_t count = group_.sets.size();
    if (count == 0) error(group_.place, "is a group without record sets");
    if (count > kMaxSetsPerGroup) {
      error(group_.place, "has " + std::to_string(count) + " record sets; " +
                              std::to_string(kMaxSetsPerGroup) + " are possible");
    }
    if (group_.policy == Policy::kSimple && count > 1) {
      error(group_.sets[1].place, "has several record sets but no routing policy");
    }
    if (group_.max_answers < 1) error(group_.place, "has maxAnswers 0; write 1 or more");
    if (group_.min_healthy < 1 || group_.min_healthy > std::max<std::size_t>(count, 1)) {
      error(group_.place, "has minHealthy " + std::to_string(group_.min_healthy) +
                              "; write a number from 1 to that of its record sets, " +
                              std::to_string(count));
    }
  }

  void verify_identifiers() {
    std::unordered_map<std::string_view, RecordPlace> seen;
    for (const GroupSpec::Set& set : group_.sets) {
      const auto [first, is_new] = seen.emplace(set.identifier, set.place);
      if (is_new) continue;
      error(set.place, "has the setIdentifier \"" + set.identifier + "\" twice; the first is at " +
                           report_.place_text(first->second));
    }
  }

  void verify_set(GroupSpec::Set& set) {
    verify_numbers(set);
    assert(set.location.has_value() == is_location_policy(group_.policy));
    if (set.alias) {
      assert(set.rdata.empty());
      return;
    }
    const auto is_sound = [this](const Wire& value) { return is_rdata_sound(group_.type, value); };
    if (!std::ranges::all_of(set.rdata, is_sound)) {
      error(set.place, "has malformed data");
      return;
    }
    if (!is_within_limits(set.place, set.rdata.size(), wire_size(set))) return;
    remove_duplicates(group_.type, set.rdata);
    if (group_.type == Type::kCname && set.rdata.size() > 1) {  // RFC 2181 §10.1
      error(set.place, "has a CNAME with several values; only one is possible");
    }
  }

  void verify_numbers(const GroupSpec::Set& set) {
    if (set.ttl_s > kMaxTtlS) {
      error(set.place, "has the TTL " + std::to_string(set.ttl_s) + "; the largest is " +
                           std::to_string(kMaxTtlS) + " (RFC 2181 §8)");
    }
    if (set.weight > kMaxWeight) {
      error(set.place, "has the weight " + std::to_string(set.weight) + "; the largest is " +
                           std::to_string(kMaxWeight));
    }
    if (set.tier < 1 || set.tier > kMaxTier) {
      error(set.place, "has the priority " + std::to_string(set.tier) + "; write 1 to " +
                           std::to_string(kMaxTier));
    }
  }

  bool is_within_limits(RecordPlace place, std::size_t records, std::size_t wire) {
    if (records > kMaxRecordsPerSet) {
      error(place, "has " + std::to_string(records) + " records; " +
                       std::to_string(kMaxRecordsPerSet) + " are possible");
    } else if (wire > kMaxSetSize) {
      error(place, "takes " + std::to_string(wire) + " octets; " + std::to_string(kMaxSetSize) +
                       " are possible");
    } else {
      return true;
    }
    return false;
  }

  // What maxAnswers sets may make together, at worst. What aliases lead to is not known here.
  void verify_together() {
    if (group_.type == Type::kCname && group_.policy == Policy::kMultivalue) {
      error(group_.place,
            "has multivalue routing, but a CNAME can have only one answer; write a weight instead");
      return;
    }
    if (group_.max_answers <= 1) return;
    if (group_.type == Type::kCname) {
      error(group_.place, "has maxAnswers " + std::to_string(group_.max_answers) +
                              "; a CNAME can have only one answer");
      return;
    }
    std::vector<std::size_t> counts;
    std::vector<std::size_t> sizes;
    for (const GroupSpec::Set& set : group_.sets) {
      counts.push_back(set.rdata.size());
      sizes.push_back(wire_size(set));
    }
    is_within_limits(group_.place, sum_of_largest(counts), sum_of_largest(sizes));
  }

  [[nodiscard]] std::size_t sum_of_largest(std::vector<std::size_t>& numbers) const {
    std::ranges::sort(numbers, std::greater());
    numbers.resize(std::min<std::size_t>(numbers.size(), group_.max_answers));
    std::size_t sum = 0;
    for (const std::size_t number : numbers) sum += number;
    return sum;
  }

  void error(RecordPlace place, const std::string& message) {
    report_.add(Finding::kBroken, place, what_ + " " + message);
  }

  GroupSpec& group_;
  const Record& head_;
  Report& report_;
  std::string what_;
};

}  // namespace

void verify_group(GroupSpec& group, const Record& head, Report& report) {
  GroupVerifier(group, head, report).run();
}

}  // namespace rhumb
