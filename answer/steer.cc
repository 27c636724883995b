#include "answer/steer.h"

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <vector>

#include "answer/draw.h"
#include "answer/explain.h"
#include "answer/set_mask.h"
#include "answer/sticky.h"

namespace rhumb {
namespace {

// Order: the ranks of a group as they suit this client, the best first.
template <typename Mask>
class Order {
 public:
  Order(const View& view, const ZoneRef& zone, const Group& group, Client& client)
      : zone_(*zone.zone), group_(group), count_(group.rank_count) {
    if (group.rule == Group::kNoRule) return;
    map_ = view.maps->of_rule[view.zones->rule_number(zone, group.rule)].get();
    client_ = &client.address();
    locations_ = client.order_in(*map_);
    has_rest_ = group.policy == Policy::kLatency || group.policy == Policy::kGeoproximity;
    count_ = locations_.size() + (has_rest_ ? 1 : 0);
  }

  // Whether the client's place decides.
  [[nodiscard]] bool is_by_location() const { return map_ != nullptr; }
  // Bits of the block of clients that have the same order.
  [[nodiscard]] std::uint8_t block() const {
    return map_ != nullptr ? map_->block_of(*client_) : std::uint8_t{0};
  }
  // None: no set suits the client.
  [[nodiscard]] std::size_t rank_count() const { return count_; }
  [[nodiscard]] Mask rank(std::size_t at) const {
    if (!is_by_location()) return Mask::of(zone_.rank(group_, at));
    if (at < locations_.size()) return Mask::of(zone_.rank(group_, locations_[at]));
    return rest();
  }

 private:
  // Those that the map does not order are as the file has them.
  [[nodiscard]] Mask rest() const {
    Mask left = Mask::all(group_.set_count);
    for (const std::uint8_t location : locations_) {
      left.drop_all(Mask::of(zone_.rank(group_, location)));
    }
    return left;
  }

  const Zone& zone_;
  const Group& group_;
  const ClientMap* map_ = nullptr;  // null: the ranks are in order as they stand
  const IpAddress* client_ = nullptr;
  std::span<const std::uint8_t> locations_;
  bool has_rest_ = false;
  std::size_t count_;
};

// Take: what is chosen out of the live ones of each rank.
template <typename Mask>
class Taker {
 public:
  Taker(const ZoneRef& zone, const Group& group, Client& client, std::uint64_t entropy,
        Steered& steered)
      : zone_(*zone.zone),
        group_(group),
        sets_(zone_.sets_of(group)),
        client_(client),
        entropy_(entropy),
        steered_(steered),
        left_(group.max_answers) {}

  // Takes from the order what is in `live`, up to maxAnswers. False: nothing was.
  bool take(const Order<Mask>& order, Mask live) {
    for (std::size_t i = 0; i < order.rank_count() && left_ > 0; ++i) {
      if (order.is_by_location()) {
        take_in_order(order.rank(i), live);
      } else {
        take_rank(order.rank(i), live);
        if (steered_.count > 0) break;  // tiers are never mixed
      }
    }
    return steered_.count > 0;
  }
  [[nodiscard]] bool passed_over() const { return passed_over_; }

 private:
  void take_one(std::size_t set) {
    steered_.sets[static_cast<std::size_t>(steered_.count++)] = static_cast<std::uint16_t>(set);
    --left_;
  }

  // As the file has them.
  void take_in_order(Mask rank, Mask live) {
    rank.each([&](std::size_t set) {
      if (live.has(set)) {
        take_one(set);
      } else {
        passed_over_ = true;
      }
      return left_ > 0;
    });
  }

  void take_rank(Mask rank, Mask live) {
    const Mask candidates = rank & live;
    if (!(candidates == rank)) passed_over_ = true;
    if (group_.sticky) return take_sticky(candidates);
    if (!has_more_than_wanted(candidates)) return take_all(candidates);
    if (group_.policy == Policy::kMultivalue) return take_window(candidates);
    take_by_lot(candidates);
  }

  [[nodiscard]] bool has_more_than_wanted(Mask live) const {
    std::uint32_t seen = 0;
    live.each([&](std::size_t /*set*/) { return ++seen <= left_; });
    return seen > left_;
  }

  void take_all(Mask live) {
    live.each([&](std::size_t set) {
      take_one(set);
      return true;
    });
  }

  // Neighbours on the ring of the live ones, so that few different answers are possible.
  void take_window(Mask live) {
    const std::uint32_t count = live.count();
    const std::uint32_t first = draw_below(count, derive(entropy_, 0));
    const std::uint32_t end = first + left_;
    std::uint32_t at = 0;
    live.each([&](std::size_t set) {
      if ((at >= first && at < end) || at + count < end) take_one(set);
      ++at;
      return true;
    });
  }

  // A rank's sets all have weights or have none, and then share evenly.
  [[nodiscard]] std::uint32_t share(std::size_t set) const {
    return std::max<std::uint32_t>(sets_[set].weight, 1);
  }

  // By weight and without replacement.
  void take_by_lot(Mask live) {
    std::uint32_t shares = 0;
    live.each([&](std::size_t set) {
      shares += share(set);
      return true;
    });
    for (std::uint32_t n = 0; left_ > 0; ++n) {
      std::uint32_t point = draw_below(shares, derive(entropy_, n));
      std::size_t taken = 0;
      live.each([&](std::size_t set) {
        taken = set;
        if (point < share(set)) return false;
        point -= share(set);
        return true;
      });
      take_one(taken);
      shares -= share(taken);
      live.drop(taken);
    }
  }

  // The client's own, the cheapest first.
  void take_sticky(Mask live) {
    if (live.none()) return;
    struct Offer {
      std::uint64_t cost;
      std::size_t set;
      auto operator<=>(const Offer&) const = default;
    };
    const StickyDraw draw(client_.address(), zone_.node(group_.owner)->name());
    std::array<Offer, Mask::kMaxSets> offers;  // the first `count` are set
    std::size_t count = 0;
    live.each([&](std::size_t set) {
      offers[count++] = {draw.cost(sets_[set].identity, share(set)), set};
      return true;
    });
    const auto all = std::span(offers).first(count);
    const std::size_t wanted = std::min<std::size_t>(left_, count);
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(wanted), all.end());
    for (const Offer& offer : all.first(wanted)) take_one(offer.set);
  }

  const Zone& zone_;
  const Group& group_;
  std::span<const RoutedSet> sets_;
  Client& client_;
  const std::uint64_t entropy_;
  Steered& steered_;
  std::uint32_t left_;  // to be taken yet
  bool passed_over_ = false;
};

Choice choice_without_live(OnAllUnhealthy rule) {
  switch (rule) {
    case OnAllUnhealthy::kIgnoreHealth:
      return Choice::kLastResort;
    case OnAllUnhealthy::kNoData:
      return Choice::kNoData;
    case OnAllUnhealthy::kServFail:
      return Choice::kServFail;
  }
  return Choice::kServFail;
}

// Steers one group whose sets fit the mask.
template <typename Mask>
class Steering {
 public:
  Steering(const View& view, const ZoneRef& zone, const Group& group, Client& client)
      : view_(view),
        zone_(zone),
        group_(group),
        client_(client),
        order_(view, zone, group, client) {}

  void run(std::uint64_t entropy, Steered& steered) const {
    Taker<Mask> taker(zone_, group_, client_, entropy, steered);
    steered.count = 0;
    steered.choice = order_.rank_count() > 0 ? Choice::kPreferred : Choice::kNoData;
    for (Mask live = bits_of(view_.alive); !taker.take(order_, live);) {
      if (steered.choice == Choice::kNoData) return;  // no set suits the client
      live = fall_back(steered);
      if (live.none()) return;
    }
    if (steered.choice == Choice::kPreferred && taker.passed_over()) {
      steered.choice = Choice::kDegraded;
    }
  }

  // Tells of all sets of the group: the candidates as the order has them, then the rest.
  void tell(const Steered& steered, Explain& explain) const {
    Explain::Step& step = explain.last_step();
    step.choice = steered.choice;
    if (steered.choice == Choice::kLastResort) explain.last_resort = true;
    step.by_location = order_.is_by_location();
    step.block = order_.block();
    Mask unsuited = Mask::all(group_.set_count);
    Explain::Candidate candidate{};
    candidate.suits = true;
    for (std::size_t i = 0; i < order_.rank_count(); ++i) {
      order_.rank(i).each([&](std::size_t set) {
        add(set, candidate, steered, explain);
        unsuited.drop(set);
        if (step.by_location) ++candidate.rank;  // no lots are drawn: each is better than the next
        return true;
      });
      if (!step.by_location) ++candidate.rank;
    }
    candidate.suits = false;
    unsuited.each([&](std::size_t set) {
      add(set, candidate, steered, explain);
      return true;
    });
  }

 private:
  [[nodiscard]] Mask bits_of(std::span<const std::uint64_t> words) const {
    return Mask::read(words, std::size_t{zone_.gate_base} + group_.first_gate, group_.set_count);
  }
  [[nodiscard]] Mask standing() const {
    return view_.standing.empty() ? Mask::all(group_.set_count) : bits_of(view_.standing);
  }

  // Without anything to take, the group itself says what to do: nothing, or to take from among what
  // no operator has taken out, or from all if that is nothing either.
  [[nodiscard]] Mask fall_back(Steered& steered) const {
    if (steered.choice == Choice::kLastResort) return Mask::all(group_.set_count);
    steered.choice = choice_without_live(group_.on_all_unhealthy);
    if (steered.choice != Choice::kLastResort) return Mask{};
    const Mask left = standing();
    return left.none() ? Mask::all(group_.set_count) : left;
  }

  void add(std::size_t set, Explain::Candidate candidate, const Steered& steered,
           Explain& explain) const {
    const std::span<const std::uint16_t> taken = steered.taken();
    candidate.set = static_cast<std::uint16_t>(set);
    candidate.alive = bits_of(view_.alive).has(set);
    candidate.standing = standing().has(set);
    candidate.chosen = std::ranges::find(taken, candidate.set) != taken.end();
    candidate.ttl_s = zone_.zone->sets_of(group_)[set].ttl_s;
    explain.add_candidate(candidate);
  }

  const View& view_;
  const ZoneRef& zone_;
  const Group& group_;
  Client& client_;
  const Order<Mask> order_;
};

template <typename Mask>
void steer_by(const View& view, const ZoneRef& zone, const Group& group, Client& client,
              std::uint64_t entropy, Steered& steered, Explain* explain) {
  const Steering<Mask> steering(view, zone, group, client);
  steering.run(entropy, steered);
  if (explain != nullptr) [[unlikely]]
    steering.tell(steered, *explain);
}

}  // namespace

void steer(const View& view, const ZoneRef& zone, const Group& group, Client& client,
           std::uint64_t entropy, Steered& steered, Explain* explain) noexcept {
  if (group.set_count <= kMaskWordBits) [[likely]] {
    steer_by<SetMask<1>>(view, zone, group, client, entropy, steered, explain);
  } else {
    steer_by<SetMask<kMaxMaskWords>>(view, zone, group, client, entropy, steered, explain);
  }
}

}  // namespace rhumb
