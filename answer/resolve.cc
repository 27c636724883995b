#include "answer/resolve.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "answer/draw.h"
#include "answer/explain.h"
#include "answer/tree.h"
#include "dns/name.h"

namespace rhumb {
namespace {

// CNAMEs in one reply, those made from DNAMEs counted; a longer chain is the client's to go on
// with.
constexpr int kMaxCnameChain = 16;
constexpr std::uint32_t kHinfoTtlS = 3600;  // of HINFO for ANY, as gdnsd has it

// How far a name matches (RFC 1034 §4.3.2 step 3).
struct Match {
  enum class Kind : std::uint8_t { kNode, kWildcard, kCut, kDname, kNothing };
  Kind kind;
  const Node* node;
};

// The deepest node at or above `name`, and how many of the name's labels it lacks.
struct Encloser {
  const Node* node;
  int missing;
};

Encloser find_encloser(const Zone& zone, const FoldedName& name, const Node* exact) {
  if (exact != nullptr) return {exact, 0};
  int missing = std::max(0, name.labels - zone.max_labels());
  const Node* node = zone.find(name, missing);
  while (node == nullptr) node = zone.find(name, ++missing);  // ends at the apex
  return {node, missing};
}

// `exact` is the name's node where that is known to be there.
Match match(const Zone& zone, const FoldedName& name, Type type, const Node* exact) {
  auto [node, missing] = find_encloser(zone, name, exact);
  // What is below a cut or a DNAME is not ours to tell: the one nearest to the apex decides.
  while (node->has(Node::kHidden)) node = zone.find(name, ++missing);
  if (node->has(Node::kCut)) {
    const bool is_parents = missing == 0 && type == Type::kDs;  // RFC 4035 §3.1.4.1
    return {is_parents ? Match::Kind::kNode : Match::Kind::kCut, node};
  }
  if (missing == 0) return {Match::Kind::kNode, node};
  if (node->has(Node::kDname)) return {Match::Kind::kDname, node};
  // RFC 4592 §3.3.1: the source of synthesis stands at the closest encloser or nowhere.
  if (node->has(Node::kWildChild)) return {Match::Kind::kWildcard, zone.wildcard(*node)};
  return {Match::Kind::kNothing, node};
}

class Walk {
 public:
  Walk(const View& view, const Position& position, const Query& query, Client& client, Reply& reply,
       Outcome& outcome, Explain* explain)
      : view_(view),
        ref_(*position.zone),
        zone_(*position.zone->zone),
        type_(query.type),
        client_(client),
        entropy_(query.entropy),
        reply_(reply),
        outcome_(outcome),
        explain_(explain),
        name_(&query.name),
        exact_(position.node),
        place_(reply.asked()) {}

  void run() {
    reply_.set_authoritative(true);
    while (step() == Next::kFollow) {
    }
  }

 private:
  enum class Next : std::uint8_t { kDone, kFollow };
  using Kind = Explain::Step::Kind;

  Next step() {
    const auto [kind, node] = match(zone_, *name_, type_, std::exchange(exact_, nullptr));
    switch (kind) {
      case Match::Kind::kNode:
        if (links_ == 0) outcome_.name_exists = true;
        [[fallthrough]];
      case Match::Kind::kWildcard:
        return answer_from(*node);
      case Match::Kind::kCut:
        refer(*node);
        break;
      case Match::Kind::kDname:
        return redirect(*node);
      case Match::Kind::kNothing:
        outcome_.rcode = Rcode::kNxDomain;  // of the last name of a chain: RFC 6604 §3
        deny(Kind::kNoSuchName, nullptr);
        break;
    }
    return Next::kDone;
  }

  Next answer_from(const Node& node) {
    if (const SetHead* set = find_set(node, type_)) {
      add(*set, node);
    } else if (const SetHead* cname = find_set(node, Type::kCname)) {
      return add_cname(*cname, node);
    } else if (type_ == Type::kAny) {
      answer_any(node);
    } else {
      deny(Kind::kNoSuchType, &node);
    }
    return Next::kDone;
  }

  // RFC 8482 §4.1 and §4.2: of the sets that depend neither on health nor on chance the smallest,
  // else HINFO.
  void answer_any(const Node& node) {
    if (node.set_count == 0) return deny(Kind::kNoSuchType, &node);
    const SetHead* smallest = nullptr;
    std::size_t least_octets = 0;
    for (const SetHead& set : node.sets()) {
      if (set.flags != 0) continue;
      const std::size_t octets = zone_.image(set.body)->wire().size();
      if (smallest != nullptr && octets >= least_octets) continue;
      smallest = &set;
      least_octets = octets;
    }
    if (smallest != nullptr) return static_cast<void>(add(*smallest, node));
    tell(Kind::kHinfo, &node, Type::kHinfo, kHinfoTtlS);
    fits(reply_.add_hinfo(place_, kHinfoTtlS));
  }

  // A CNAME is the whole answer to ANY (RFC 8482 §4.1); for other types its target is asked.
  Next add_cname(const SetHead& set, const Node& node) {
    if (links_ == kMaxCnameChain) return end_chain(Kind::kChainTooLong);
    const std::size_t target = reply_.size() + kRdataAt;
    if (!add(set, node) || type_ == Type::kAny) return Next::kDone;
    last_dname_ = nullptr;
    return follow(target);
  }

  // False: the reply says something else instead.
  bool add(const SetHead& set, const Node& node) {
    if ((set.flags & SetHead::kRouted) != 0) return add_routed(zone_.groups()[set.body], node);
    const Image& image = *zone_.image(set.body);
    if (explain_ != nullptr) tell(Kind::kSet, &node, set.type, ttl_of(image));
    return fits(reply_.add(Section::kAnswer, image, place_, place_.size));
  }

  bool add_routed(const Group& group, const Node& node) {
    client_.widen_scope(ref_, group);
    // Each group on the way draws for itself.
    const std::uint64_t entropy = links_ == 0 ? entropy_ : derive(entropy_, links_);
    Found found;
    find_leaves(view_, ref_, group, client_, entropy, found, explain_);
    note(group, found.choice);
    if (found.choice == Choice::kServFail) {
      fail();
      return false;
    }
    if (found.count == 0) {
      deny();
      return false;
    }
    return fits(reply_.add_leaves(found.leaves(), node, place_, found.ttl_s));
  }

  // The outcome tells of the first group asked.
  void note(const Group& group, Choice choice) {
    if (outcome_.group != Outcome::kNone) return;
    outcome_.group = static_cast<std::uint32_t>(&group - zone_.groups().data());
    outcome_.choice = choice;
  }

  // RFC 6672 §3.2 step 3.c: the DNAME and the CNAME that it makes for this name.
  Next redirect(const Node& node) {
    const Image& image = *zone_.image(find_set(node, Type::kDname)->body);
    // A DNAME that leads to below itself does so for ever; NSD, too, says it once.
    const bool endless = last_dname_ == &node && leads_below_itself(node, image);
    if (links_ == kMaxCnameChain || endless) return end_chain(Kind::kChainTooLong);
    const std::size_t dname = place_dname(node, image);
    if (dname == 0) return Next::kDone;
    const std::size_t kept = place_.size - node.name_size;
    if (kept + image.size - kRdataAt > kMaxNameSize) {
      outcome_.rcode = Rcode::kYxDomain;  // RFC 6672 §2.2
      tell(Kind::kNameTooLong, &node, Type::kDname);
      return Next::kDone;
    }
    const std::size_t target = reply_.size() + kRdataAt;
    const std::uint32_t ttl_s = ttl_of(image);  // RFC 6672 §3.1: the DNAME's
    tell(Kind::kDname, &node, Type::kDname, ttl_s);
    if (!fits(reply_.add_redirection(place_, kept, dname + kRdataAt, ttl_s))) return Next::kDone;
    last_dname_ = &node;
    return type_ == Type::kCname ? Next::kDone : follow(target);
  }

  static bool leads_below_itself(const Node& node, const Image& image) {
    const auto target = Name::from_wire(image.wire().subspan(kRdataAt));
    const auto owner = Name::from_wire(node.name());
    return target && owner && target->is_within(*owner);
  }

  // Where the node's DNAME stands in the reply, added on first use; 0 when it does not fit.
  std::size_t place_dname(const Node& node, const Image& image) {
    for (const Dname& used : std::span(dnames_).first(dname_count_)) {
      if (used.node == &node) return used.at;
    }
    const std::size_t at = reply_.size();
    if (!fits(reply_.add(Section::kAnswer, image, place_, node.name_size))) return 0;
    dnames_[dname_count_++] = {&node, at};
    return at;
  }

  // Goes on with the target of a CNAME, at `target` in the reply, unless it leaves the zone or was
  // on the way already. Two names of one hash would end a chain early, and the client would ask on.
  Next follow(std::size_t target) {
    seen_[links_++] = name_->hash[0];
    std::array<std::uint8_t, kMaxNameSize> wire;
    const std::size_t size = reply_.read_name(target, wire);
    fold(std::span(wire).first(size), target_);
    name_ = &target_;
    place_ = {target, size};
    const auto seen = std::span(seen_).first(links_);
    if (std::ranges::find(seen, name_->hash[0]) != seen.end()) {
      return end_chain(Kind::kChainTooLong);
    }
    return is_in_zone() ? Next::kFollow : end_chain(Kind::kElsewhere);
  }

  [[nodiscard]] bool is_in_zone() const {
    const int above = name_->labels - zone_.apex().labels;
    return above >= 0 && zone_.find(*name_, above) == &zone_.apex();
  }

  // RFC 1034 §4.3.2 step 3.b. AA speaks of the first name in the answer (§4.1.1 there).
  void refer(const Node& cut) {
    tell(Kind::kReferral, &cut, Type::kNs);
    reply_.set_authoritative(links_ > 0);
    const std::size_t start = reply_.size();
    const Image& image = *zone_.image(find_set(cut, Type::kNs)->body);
    if (!fits(reply_.add(Section::kAuthority, image, place_, cut.name_size))) return;
    const SetHead* glue = find_glue(cut);
    if (glue == nullptr) return;
    reply_.remember_targets(start, image.rr_count);
    add_glue(zone_.glue(glue->body)->items());
  }

  // RFC 9471 §3.1 and §3.2: without in-domain glue the client is to come back over TCP; the rest is
  // a courtesy as far as there is room.
  void add_glue(std::span<const GlueItem> items) {
    for (const GlueItem& item : items) {
      if (item.in_domain != 0) fits(reply_.add_addresses(zone_, *zone_.node(item.node)));
    }
    for (const GlueItem& item : items) {
      if (item.in_domain == 0) reply_.add_addresses(zone_, *zone_.node(item.node));
    }
  }

  // The client is to go on by itself.
  Next end_chain(Kind why) {
    tell(why, nullptr, type_);
    return Next::kDone;
  }

  void deny(Kind why, const Node* node) {
    tell(why, node, type_);
    deny();
  }
  // No such name or no such type: the SOA says for how long (RFC 2308 §2).
  void deny() {
    if (explain_ != nullptr) {
      const std::uint16_t last = static_cast<std::uint16_t>(explain_->step_count - 1);
      explain_->note_ttl({ttl_of(zone_.negative_soa()), last, Explain::kNone});
    }
    const std::size_t apex_size = zone_.apex().name_size;
    fits(reply_.add(Section::kAuthority, zone_.negative_soa(), place_, apex_size));
  }

  void fail() {
    reply_.clear();
    if (explain_ != nullptr) explain_->ttl.seconds = Explain::kNoTtl;
    outcome_.rcode = Rcode::kServFail;
  }

  void tell(Kind kind, const Node* node, Type type, std::uint32_t ttl_s = 0) {
    if (explain_ == nullptr) [[likely]]
      return;
    const std::uint16_t step = explain_->add_step(
        {.kind = kind, .type = type, .zone = &ref_, .node = node, .ttl_s = ttl_s});
    if (ttl_s > 0) explain_->note_ttl({ttl_s, step, Explain::kNone});
  }

  bool fits(bool added) {
    if (!added) reply_.set_truncated();
    return added;
  }

  struct Dname {
    const Node* node;
    std::size_t at;
  };

  const View& view_;
  const ZoneRef& ref_;
  const Zone& zone_;
  const Type type_;
  Client& client_;
  const std::uint64_t entropy_;
  Reply& reply_;
  Outcome& outcome_;
  Explain* const explain_;

  const FoldedName* name_;  // looked up now: the asked name, then target_
  const Node* exact_;       // its node where it is known to be there
  PlacedName place_;        // the same in the reply
  std::size_t links_ = 0;   // CNAMEs followed
  std::size_t dname_count_ = 0;
  const Node* last_dname_ = nullptr;
  FoldedName target_;
  std::array<std::uint64_t, kMaxCnameChain> seen_;
  std::array<Dname, kMaxCnameChain> dnames_;
};

}  // namespace

void resolve(const View& view, const Position& position, const Query& query, Client& client,
             Reply& reply, Outcome& outcome, Explain* explain) noexcept {
  Walk(view, position, query, client, reply, outcome, explain).run();
}

}  // namespace rhumb
