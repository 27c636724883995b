#include "answer/tree.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "answer/draw.h"
#include "answer/explain.h"
#include "answer/reply.h"

namespace rhumb {
namespace {

constexpr std::uint64_t kRotation = kMaxSetsPerGroup;  // the draw behind those that take sets
constexpr std::uint64_t kOwnDraws = kRotation + 1;     // and those behind it, one a group

// A group to be steered, with what led to it.
struct Branch {
  const ZoneRef* zone;
  const Group* group;
  Explain::Ttl ttl;         // the smallest of the sets that led here
  std::uint16_t from_step;  // for Explain: whose alias was the first to lead here
  std::uint16_t from_set;
};

std::uint32_t index_of(const Branch& branch) {
  return static_cast<std::uint32_t>(branch.group - branch.zone->zone->groups().data());
}

// The groups of a tree that are to be steered yet, each once however many ways lead to it. Those
// that lead to others come first, so that when one comes all ways to it are known.
class Waiting {
 public:
  [[nodiscard]] bool empty() const { return count_ == 0; }

  // Requires: `branch` is behind all that was taken.
  void add(const ZoneSet& zones, const Branch& branch) {
    if (Branch* const known = find(branch)) {
      if (branch.ttl.seconds < known->ttl.seconds) known->ttl = branch.ttl;
      return;
    }
    assert(added_ < all_.size());
    if (added_ == 0) lines_.fill({kNone, kNone});
    const std::uint16_t number = added_++;
    ++count_;
    all_[number] = branch;
    Line& line = lines_[zones.reach(*branch.zone, index_of(branch)).height];
    (line.empty() ? line.first : next_[line.last]) = number;
    line.last = number;
    next_[number] = kNone;
  }

  // Requires: it is not empty.
  Branch take() {
    Line* line = &lines_.back();
    while (line->empty()) --line;
    --count_;
    return all_[std::exchange(line->first, next_[line->first])];
  }

 private:
  static constexpr std::uint16_t kNone = 0xFFFF;
  static constexpr unsigned kSlotBits = 9;

  // Groups of one height, in the order in which they were reached.
  struct Line {
    std::uint16_t first;
    std::uint16_t last;
    [[nodiscard]] bool empty() const { return first == kNone; }
  };

  // The same group where it waits, or null. While none does, no two ways can have met.
  Branch* find(const Branch& branch) {
    if (count_ == 0) return nullptr;
    if (entered_ == 0) slots_.fill(kNone);
    for (; entered_ < added_; ++entered_) slot_of(all_[entered_]) = entered_;
    const std::uint16_t known = slot_of(branch);
    return known == kNone ? nullptr : &all_[known];
  }

  // Where the group is entered, or is to be.
  std::uint16_t& slot_of(const Branch& branch) {
    const std::uint32_t number = branch.zone->group_base + index_of(branch);
    std::size_t slot = number * 0x9E3779B9U >> (32U - kSlotBits);
    const auto is_other = [&](std::uint16_t at) {
      return at != kNone && all_[at].group != branch.group;
    };
    while (is_other(slots_[slot])) slot = (slot + 1) % slots_.size();
    return slots_[slot];
  }

  std::uint16_t count_ = 0;                     // that wait
  std::uint16_t added_ = 0;                     // those and what was taken
  std::uint16_t entered_ = 0;                   // in slots_
  std::array<Line, kMaxAliasDepth + 1> lines_;  // by height; set as soon as something is added
  std::array<Branch, kMaxGroupsPerTree> all_;   // the first added_ are set
  std::array<std::uint16_t, kMaxGroupsPerTree> next_;             // in the line
  std::array<std::uint16_t, std::size_t{1} << kSlotBits> slots_;  // set as soon as one is entered
};

std::uint16_t tell(Explain& explain, const Branch& branch) {
  const Zone& zone = *branch.zone->zone;
  return explain.add_step({.kind = Explain::Step::Kind::kGroup,
                           .type = zone.info().groups[index_of(branch)].type,
                           .from_step = branch.from_step,
                           .from_set = branch.from_set,
                           .zone = branch.zone,
                           .node = zone.node(branch.group->owner),
                           .group = branch.group});
}

class Descent {
 public:
  Descent(const View& view, Client& client, std::uint64_t entropy, Found& found, Explain* explain)
      : view_(view), client_(client), entropy_(entropy), found_(found), explain_(explain) {}

  void run(const ZoneRef& zone, const Group& group) {
    const Branch root{.zone = &zone,
                      .group = &group,
                      .ttl = {Explain::kNoTtl, Explain::kNone, Explain::kNone},
                      .from_step = Explain::kNone,
                      .from_set = Explain::kNone};
    Steered steered;
    const std::uint16_t step = steer_branch(root, entropy_, steered);
    if (explain_ == nullptr && is_one_leaf(root, steered)) [[likely]]
      return;
    go_down(root, steered, step);
  }

 private:
  std::uint16_t steer_branch(const Branch& branch, std::uint64_t entropy, Steered& steered) {
    const std::uint16_t step = explain_ == nullptr ? Explain::kNone : tell(*explain_, branch);
    steer(view_, *branch.zone, *branch.group, client_, entropy, steered,
          step == Explain::kNone ? nullptr : explain_);
    return step;
  }

  // What most groups come to: a set that has values. Then that is what was found.
  bool is_one_leaf(const Branch& root, const Steered& steered) {
    if (steered.count != 1) return false;
    const Zone& zone = *root.zone->zone;
    const RoutedSet& set = zone.sets_of(*root.group)[steered.sets[0]];
    if (set.kind != RoutedSet::Kind::kImage) return false;
    found_.choice = steered.choice;
    found_.ttl_s = set.ttl_s;
    found_.count = 1;
    found_.all[0] = {zone.image(set.target), zone.node(root.group->owner), set.ttl_s};
    return true;
  }

  void go_down(const Branch& root, const Steered& steered, std::uint16_t step) {
    found_.choice = Choice::kPreferred;
    found_.ttl_s = Explain::kNoTtl;
    found_.count = 0;
    take_all(root, steered, step);
    while (!waiting_.empty()) {
      const Branch branch = waiting_.take();
      Steered next;
      const std::uint64_t entropy = derive(entropy_, kOwnDraws + gate_of(branch));
      const std::uint16_t next_step = steer_branch(branch, entropy, next);
      take_all(branch, next, next_step);
    }
    if (found_.count == 0) found_.choice = fails_ ? Choice::kServFail : Choice::kNoData;
    if (found_.count > 1 && !root.group->sticky) rotate();
  }

  // The number of the group's first gate, which no other group has.
  static std::uint64_t gate_of(const Branch& branch) {
    return std::uint64_t{branch.zone->gate_base} + branch.group->first_gate;
  }

  void take_all(const Branch& branch, const Steered& steered, std::uint16_t step) {
    if (steered.choice == Choice::kServFail) fails_ = true;
    if (steered.count > 0) found_.choice = std::max(found_.choice, steered.choice);
    const auto sets = branch.zone->zone->sets_of(*branch.group);
    for (const std::uint16_t set : steered.taken()) take(branch, sets[set], step, set);
  }

  // Goes on with a set that was taken: its values are a leaf, what its alias leads to is a leaf or
  // another branch.
  void take(const Branch& branch, const RoutedSet& set, std::uint16_t step, std::uint16_t number) {
    switch (set.kind) {
      case RoutedSet::Kind::kEmpty:
        return;
      case RoutedSet::Kind::kImage: {
        const Zone& zone = *branch.zone->zone;
        note_ttl(least(branch, set.ttl_s, step, number));
        return add({zone.image(set.target), zone.node(branch.group->owner), set.ttl_s});
      }
      case RoutedSet::Kind::kAlias: {
        Branch next = branch;
        next.ttl = least(branch, set.ttl_s, step, number);
        next.from_step = step;
        next.from_set = number;
        return follow(next, view_.zones->link(*branch.zone, set.target));
      }
    }
  }

  void follow(Branch& branch, const Link& link) {
    if (link.set == nullptr) return;  // no set of this type: this branch has nothing to give
    if ((link.set->flags & SetHead::kRouted) == 0) return add_plain(branch, link);
    branch.zone = link.zone;
    branch.group = &link.zone->zone->groups()[link.set->body];
    waiting_.add(*view_.zones, branch);
  }

  void add_plain(const Branch& branch, const Link& link) {
    const Image& image = *link.zone->zone->image(link.set->body);
    const std::uint32_t ttl_s = ttl_of(image);
    std::uint16_t step = Explain::kNone;
    if (explain_ != nullptr) {
      step = explain_->add_step({.kind = Explain::Step::Kind::kSet,
                                 .type = link.set->type,
                                 .from_step = branch.from_step,
                                 .from_set = branch.from_set,
                                 .zone = link.zone,
                                 .node = link.node,
                                 .ttl_s = ttl_s});
    }
    note_ttl(least(branch, ttl_s, step, Explain::kNone));
    add({&image, link.node, ttl_s});
  }

  // No tree has more leaves: zones/answer_bound.cc.
  void add(Leaf leaf) {
    assert(found_.count < found_.all.size());
    found_.all[found_.count++] = leaf;
  }

  static Explain::Ttl least(const Branch& branch, std::uint32_t ttl_s, std::uint16_t step,
                            std::uint16_t set) {
    return ttl_s < branch.ttl.seconds ? Explain::Ttl{ttl_s, step, set} : branch.ttl;
  }

  void note_ttl(Explain::Ttl ttl) {
    found_.ttl_s = std::min(found_.ttl_s, ttl.seconds);
    if (explain_ != nullptr) explain_->note_ttl(ttl);
  }

  // So that each of them is as often the first in the reply. A sticky group's own comes first.
  void rotate() {
    const auto leaves = std::span(found_.all).first(found_.count);
    const std::uint32_t first =
        draw_below(static_cast<std::uint32_t>(leaves.size()), derive(entropy_, kRotation));
    std::rotate(leaves.begin(), leaves.begin() + first, leaves.end());
  }

  const View& view_;
  Client& client_;
  const std::uint64_t entropy_;
  Found& found_;
  Explain* const explain_;
  bool fails_ = false;
  Waiting waiting_;
};

}  // namespace

void find_leaves(const View& view, const ZoneRef& zone, const Group& group, Client& client,
                 std::uint64_t entropy, Found& found, Explain* explain) noexcept {
  Descent(view, client, entropy, found, explain).run(zone, group);
}

}  // namespace rhumb
