#include "answer/tree.h"

#include <algorithm>

#include "answer/draw.h"
#include "answer/explain.h"
#include "answer/reply.h"

namespace rhumb {
namespace {

constexpr std::uint64_t kRotation = kMaxSetsPerGroup;      // the draw behind those that take sets
constexpr std::uint64_t kOwnDraws = 2 * kMaxSetsPerGroup;  // and those behind it, one a group

// A group to be steered, with what led to it.
struct Branch {
  const ZoneRef* zone;
  const Group* group;
  std::uint32_t ttl_s;      // the smallest of the sets that led here
  std::uint16_t depth;      // aliases on the way
  std::uint16_t from_step;  // for Explain: whose alias it was
  std::uint16_t from_set;
  std::uint16_t ttl_step;  // likewise: whose the smallest is
  std::uint16_t ttl_set;
};

class Descent {
 public:
  Descent(const View& view, Client& client, std::uint64_t entropy, Found& found, Explain* explain)
      : view_(view), client_(client), entropy_(entropy), found_(found), explain_(explain) {}

  void run(const ZoneRef& zone, const Group& group) {
    found_.choice = Choice::kPreferred;
    found_.ttl_s = kNoTtl;
    found_.count = 0;
    visit({.zone = &zone,
           .group = &group,
           .ttl_s = kNoTtl,
           .depth = 0,
           .from_step = Explain::kNone,
           .from_set = Explain::kNone,
           .ttl_step = Explain::kNone,
           .ttl_set = Explain::kNone},
          entropy_);
    while (waiting_ > 0) {
      const Branch branch = branches_[--waiting_];
      visit(branch, derive(entropy_, kOwnDraws + gate_of(branch)));
    }
    if (found_.count == 0) found_.choice = fails_ ? Choice::kServFail : Choice::kNoData;
    if (found_.count > 1 && !group.sticky) rotate();
  }

 private:
  static constexpr std::uint32_t kNoTtl = 0xFFFFFFFF;

  // The number of the group's first gate, which no other group has.
  static std::uint64_t gate_of(const Branch& branch) {
    return std::uint64_t{branch.zone->gate_base} + branch.group->first_gate;
  }

  void visit(const Branch& branch, std::uint64_t entropy) {
    const std::uint16_t step = explain_ == nullptr ? Explain::kNone : tell(branch);
    Steered steered;
    steer(view_, *branch.zone, *branch.group, client_, entropy, steered,
          step == Explain::kNone ? nullptr : explain_);
    if (steered.choice == Choice::kServFail) fails_ = true;
    if (steered.count > 0) found_.choice = std::max(found_.choice, steered.choice);
    const auto sets = branch.zone->zone->sets_of(*branch.group);
    for (const std::uint16_t set : steered.taken()) take(branch, sets[set], step, set);
  }

  // Goes on with a set that was taken: its values are a leaf, what its alias leads to is a leaf or
  // another branch.
  void take(Branch branch, const RoutedSet& set, std::uint16_t step, std::uint16_t number) {
    note_ttl(branch, set.ttl_s, step, number);
    switch (set.kind) {
      case RoutedSet::Kind::kEmpty:
        return;
      case RoutedSet::Kind::kImage:
        return add(branch, *branch.zone, *branch.zone->zone->node(branch.group->owner), set.target);
      case RoutedSet::Kind::kAlias:
        branch.from_step = step;
        branch.from_set = number;
        return follow(branch, view_.zones->link(*branch.zone, set.target));
    }
  }

  void follow(Branch& branch, const Link& link) {
    if (link.set == nullptr) return;  // no set of this type: this branch has nothing to give
    if ((link.set->flags & SetHead::kRouted) == 0) return add_plain(branch, link);
    // The groups of any sound tree fit; in one whose branches meet again and again, the last of the
    // ways to the same leaves are left out.
    if (branch.depth == kMaxAliasDepth || added_ == kMaxGroupsPerTree) return;
    ++added_;
    branch.zone = link.zone;
    branch.group = &link.zone->zone->groups()[link.set->body];
    ++branch.depth;
    branches_[waiting_++] = branch;
  }

  void add_plain(Branch& branch, const Link& link) {
    const std::uint32_t ttl_s = ttl_of(*link.zone->zone->image(link.set->body));
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
    note_ttl(branch, ttl_s, step, Explain::kNone);
    add(branch, *link.zone, *link.node, link.set->body);
  }

  void add(const Branch& branch, const ZoneRef& zone, const Node& owner, Ref image) {
    if (explain_ != nullptr) explain_->note_ttl(branch.ttl_s, branch.ttl_step, branch.ttl_set);
    found_.ttl_s = std::min(found_.ttl_s, branch.ttl_s);
    if (found_.count == found_.all.size()) return;
    found_.all[found_.count++] = {zone.zone->image(image), &owner};
  }

  static void note_ttl(Branch& branch, std::uint32_t ttl_s, std::uint16_t step, std::uint16_t set) {
    if (ttl_s >= branch.ttl_s) return;
    branch.ttl_s = ttl_s;
    branch.ttl_step = step;
    branch.ttl_set = set;
  }

  std::uint16_t tell(const Branch& branch) {
    const Zone& zone = *branch.zone->zone;
    const auto number = static_cast<std::size_t>(branch.group - zone.groups().data());
    return explain_->add_step({.kind = Explain::Step::Kind::kGroup,
                               .type = zone.info().groups[number].type,
                               .from_step = branch.from_step,
                               .from_set = branch.from_set,
                               .zone = branch.zone,
                               .node = zone.node(branch.group->owner),
                               .group = branch.group});
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
  int added_ = 1;  // groups, with the first
  std::size_t waiting_ = 0;
  std::array<Branch, kMaxGroupsPerTree> branches_;
};

}  // namespace

void find_leaves(const View& view, const ZoneRef& zone, const Group& group, Client& client,
                 std::uint64_t entropy, Found& found, Explain* explain) noexcept {
  Descent(view, client, entropy, found, explain).run(zone, group);
}

}  // namespace rhumb
