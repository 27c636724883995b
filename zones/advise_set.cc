#include "zones/advise_set.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "geo/special_networks.h"
#include "text/quote.h"
#include "zones/image.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxNamedAddresses = 3;

std::int64_t whole_seconds(std::int64_t ms) { return (ms + 999) / 1000; }

class SetAdvisor {
 public:
  SetAdvisor(const AdviceView& view, const AdvisedGroup& at, std::size_t number)
      : view_(view), at_(at), number_(number), set_(at.info.sets[number]) {}

  void run() {
    const CheckSpec* const check = view_.check(set_.check_id);
    if (check == nullptr || set_.link || check->disabled) return;
    advise_on_ttl();
    // Others speak of a site, and not of one of its addresses.
    if (!has_address(check->type)) return;
    if (at_.info.type != Type::kA && at_.info.type != Type::kAaaa) return;
    advise_on_count();
    advise_on_address(*check);
  }

 private:
  // Where there is no other set, caches keep what would be answered anyhow.
  void advise_on_ttl() {
    if (at_.info.sets.size() < 2 || set_.ttl_s <= kShortTtlS) return;
    const auto detection = view_.detections.of(view_.check_numbers.at(set_.check_id));
    if (!detection) return;
    const std::int64_t sensible_s = kTtlPerDetection * *detection / 1000;
    if (set_.ttl_s <= sensible_s) return;
    const std::int64_t wanted_s = std::max<std::int64_t>(sensible_s, kShortTtlS);
    view_.log.add(Advice::kLongTtl, set_.place,
                  at_.what(set_) + " has the TTL " + std::to_string(set_.ttl_s) +
                      "s: caches keep a dead site for so long, though its health check finds it "
                      "dead within " +
                      std::to_string(whole_seconds(*detection)) +
                      "s; write ttl: " + std::to_string(wanted_s) + "s or less");
  }

  void advise_on_count() {
    if (set_.values < 2) return;
    const bool is_simple = at_.info.policy == Policy::kSimple;
    view_.log.add(Advice::kSeveralValues, set_.place,
                  at_.what(set_) + " has " + std::to_string(set_.values) +
                      " addresses behind one health check: all of them live and die by it, the "
                      "dead with the living; write a record set with multiValueAnswer: true and a "
                      "check of its own for each" +
                      (is_simple ? "" : ", at another name, and an aliasTarget of that name here"));
  }

  // The site's inner side may be asked for its outer one.
  void advise_on_address(const CheckSpec& check) {
    const std::optional<IpAddress> asked = IpAddress::parse(check.address);
    if (!asked || asked->is_v4() != (at_.info.type == Type::kA)) return;
    const std::vector<IpAddress> answered = addresses();
    if (answered.empty() || std::ranges::find(answered, *asked) != answered.end()) return;
    if (is_inner(*asked) && std::ranges::none_of(answered, is_inner)) return;
    view_.log.add(Advice::kOtherAddress, set_.check_place,
                  "the health check " + in_quotes(set_.check_id) + " asks " + to_string(*asked) +
                      ", but " + at_.what(set_) + " answers " + text_of(answered) +
                      ": clients are sent where nothing is probed; write an address that is "
                      "answered as the check's address, or the site's own check here");
  }

  [[nodiscard]] std::vector<IpAddress> addresses() const {
    const RoutedSet& placed = at_.zone.zone->sets_of(at_.group)[number_];
    std::vector<IpAddress> found;
    if (placed.kind != RoutedSet::Kind::kImage) return found;
    each_rdata(*at_.zone.zone->image(placed.target), [&](std::span<const std::uint8_t> rdata) {
      found.push_back(at_.info.type == Type::kA ? IpAddress::v4(rdata.first<4>())
                                                : IpAddress::v6(rdata.first<16>()));
    });
    return found;
  }

  static std::string text_of(const std::vector<IpAddress>& addresses) {
    std::string text;
    for (std::size_t i = 0; i < std::min(addresses.size(), kMaxNamedAddresses); ++i) {
      text += (i == 0 ? "" : ", ") + to_string(addresses[i]);
    }
    return addresses.size() > kMaxNamedAddresses ? text + ", …" : text;
  }

  const AdviceView& view_;
  const AdvisedGroup& at_;
  std::size_t number_;
  const GroupInfo::Set& set_;
};

}  // namespace

void advise_on_set(const AdviceView& view, const AdvisedGroup& at, std::size_t number) {
  SetAdvisor(view, at, number).run();
}

}  // namespace rhumb
