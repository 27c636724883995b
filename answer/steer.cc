#include "answer/steer.h"

#include <algorithm>
#include <utility>

#include "answer/draw.h"
#include "answer/explain.h"
#include "answer/set_mask.h"
#include "answer/sticky.h"

namespace rhumb {
namespace {

// Order: the ranks of a group as they suit this client, the best first.
class Order {
 public:
  Order(const View& view, const ZoneRef& zone, const Group& group, Client& client)
      : zone_(*zone.zone), group_(group) {
    if (group.rule == Group::kNoRule) return;
    map_ = view.maps->of_rule[view.zones->rule_number(zone, group.rule)].get();
    client_ = &client.address();
    locations_ = map_->order_of(*client_);
    rest_ = group.policy == Policy::kLatency || group.policy == Policy::kGeoproximity;
    if (rest_) left_ = SetMask::all(group.set_count);
  }

  // Whether the client's place decides.
  [[nodiscard]] bool is_by_location() const { return map_ != nullptr; }
  // Bits of the block of clients that have the same order.
  [[nodiscard]] std::uint8_t block() const {
    return map_ != nullptr ? map_->block_of(*client_) : 0;
  }
  // Whether any set suits the client.
  [[nodiscard]] bool has_any() const { return map_ == nullptr || rest_ || !locations_.empty(); }
  // False: past the last.
  bool next(SetMask& rank) {
    if (map_ == nullptr) {
      if (at_ == group_.rank_count) return false;
      rank = SetMask::of(zone_.rank(group_, at_++));
      return true;
    }
    if (at_ < locations_.size()) {
      rank = SetMask::of(zone_.rank(group_, locations_[at_++]));
      left_.drop_all(rank);
      return true;
    }
    // Those that the map does not order are as the file has them.
    rank = std::exchange(left_, SetMask{});
    return std::exchange(rest_, false) && !rank.none();
  }

 private:
  const Zone& zone_;
  const Group& group_;
  const ClientMap* map_ = nullptr;  // null: the ranks are in order as they stand
  const IpAddress* client_ = nullptr;
  std::span<const std::uint8_t> locations_;
  bool rest_ = false;
  SetMask left_;
  std::size_t at_ = 0;
};

// Take: what is chosen out of the live ones of each rank.
class Taker {
 public:
  Taker(const ZoneRef& zone, const Group& group, Client& client, std::uint64_t entropy,
        Steered& steered)
      : zone_(*zone.zone),
        group_(group),
        sets_(zone_.sets_of(group)),
        client_(client),
        entropy_(entropy),
        steered_(steered) {}

  // Takes from the order what is in `live`, up to maxAnswers. False: nothing was.
  bool take(Order order, const SetMask& live) {
    SetMask rank;
    while (left() > 0 && order.next(rank)) {
      if (order.is_by_location()) {
        take_in_order(rank, live);
      } else {
        take_rank(rank, live);
        if (steered_.count > 0) break;  // tiers are never mixed
      }
    }
    return steered_.count > 0;
  }
  [[nodiscard]] bool passed_over() const { return passed_over_; }

 private:
  [[nodiscard]] std::uint32_t left() const {
    return group_.max_answers - static_cast<std::uint32_t>(steered_.count);
  }

  void take_one(std::size_t set) {
    steered_.sets[static_cast<std::size_t>(steered_.count++)] = static_cast<std::uint16_t>(set);
  }

  // As the file has them.
  void take_in_order(const SetMask& rank, const SetMask& live) {
    rank.each([&](std::size_t set) {
      if (live.has(set)) {
        take_one(set);
      } else {
        passed_over_ = true;
      }
      return left() > 0;
    });
  }

  void take_rank(const SetMask& rank, const SetMask& live) {
    const SetMask candidates = rank & live;
    if (!(candidates == rank)) passed_over_ = true;
    const std::uint32_t count = candidates.count();
    if (group_.sticky) return take_sticky(candidates, std::min(count, left()));
    if (count <= left()) return take_all(candidates);
    if (group_.policy == Policy::kMultivalue) return take_window(candidates, count);
    take_by_lot(candidates);
  }

  void take_all(const SetMask& live) {
    live.each([&](std::size_t set) {
      take_one(set);
      return true;
    });
  }

  // Neighbours on the ring of the live ones, so that few different answers are possible.
  void take_window(const SetMask& live, std::uint32_t count) {
    const std::uint32_t first = draw_below(count, derive(entropy_, 0));
    const std::uint32_t end = first + left();
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
  void take_by_lot(SetMask live) {
    std::uint32_t shares = 0;
    live.each([&](std::size_t set) {
      shares += share(set);
      return true;
    });
    for (std::uint32_t n = 0; left() > 0; ++n) {
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
  void take_sticky(SetMask live, std::uint32_t wanted) {
    if (wanted == 0) return;
    const StickyDraw draw(client_.address(), zone_.node(group_.owner)->name());
    for (; wanted > 0; --wanted) {
      std::size_t cheapest = 0;
      std::uint64_t least = ~std::uint64_t{0};
      live.each([&](std::size_t set) {
        const std::uint64_t cost = draw.cost(sets_[set].identity, share(set));
        if (cost < least) {
          least = cost;
          cheapest = set;
        }
        return true;
      });
      take_one(cheapest);
      live.drop(cheapest);
    }
  }

  const Zone& zone_;
  const Group& group_;
  std::span<const RoutedSet> sets_;
  Client& client_;
  const std::uint64_t entropy_;
  Steered& steered_;
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

// What is alive, and what no operator has taken out, of one group.
struct Health {
  SetMask alive;
  SetMask standing;
};

// Without anything alive, the group itself says what to do.
void take_last_resort(Taker& taker, const Order& order, const Group& group, const SetMask& standing,
                      Steered& steered) {
  steered.choice = choice_without_live(group.on_all_unhealthy);
  if (steered.choice != Choice::kLastResort) return;
  if (!taker.take(order, standing)) taker.take(order, SetMask::all(group.set_count));
}

// Tells of all sets of the group: the candidates as the order has them, then the rest.
void tell(Order order, std::span<const RoutedSet> sets, const Health& health,
          const Steered& steered, Explain& explain) {
  Explain::Step& step = explain.last_step();
  step.choice = steered.choice;
  if (steered.choice == Choice::kLastResort) explain.last_resort = true;
  step.by_location = order.is_by_location();
  step.block = order.block();
  SetMask unsuited = SetMask::all(sets.size());
  SetMask chosen;
  for (const std::uint16_t set : steered.taken()) chosen.add(set);
  Explain::Candidate candidate{.suits = true};
  const auto add = [&](std::size_t set) {
    candidate.set = static_cast<std::uint16_t>(set);
    candidate.alive = health.alive.has(set);
    candidate.standing = health.standing.has(set);
    candidate.chosen = chosen.has(set);
    candidate.ttl_s = sets[set].ttl_s;
    explain.add_candidate(candidate);
    if (step.by_location) ++candidate.rank;  // where there is no lot, each is better than the next
    return true;
  };
  for (SetMask rank; order.next(rank);) {
    rank.each(add);
    unsuited.drop_all(rank);
    if (!step.by_location) ++candidate.rank;
  }
  candidate.suits = false;
  unsuited.each(add);
}

}  // namespace

void steer(const View& view, const ZoneRef& zone, const Group& group, Client& client,
           std::uint64_t entropy, Steered& steered, Explain* explain) noexcept {
  const std::size_t first_gate = std::size_t{zone.gate_base} + group.first_gate;
  const auto bits_of = [&](const std::vector<std::uint64_t>& words) {
    return SetMask::read(words, first_gate, group.set_count);
  };
  const auto standing = [&] {
    return view.standing.empty() ? SetMask::all(group.set_count) : bits_of(view.standing);
  };
  const SetMask alive = bits_of(view.alive);
  const Order order(view, zone, group, client);
  Taker taker(zone, group, client, entropy, steered);
  steered.count = 0;
  steered.choice = Choice::kPreferred;
  if (taker.take(order, alive)) {
    if (taker.passed_over()) steered.choice = Choice::kDegraded;
  } else if (!order.has_any()) {
    steered.choice = Choice::kNoData;
  } else {
    take_last_resort(taker, order, group, standing(), steered);
  }
  if (explain == nullptr) [[likely]]
    return;
  tell(order, zone.zone->sets_of(group), {alive, standing()}, steered, *explain);
}

}  // namespace rhumb
