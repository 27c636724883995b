#include <algorithm>
#include <array>
#include <cstring>

#include "zones/delegations.h"
#include "zones/draft.h"
#include "zones/report.h"
#include "zones/zone.h"

namespace rhumb {
namespace {

constexpr std::size_t kBatch = 16;  // names whose slots are fetched at once

class Arranger {
 public:
  Arranger(ZoneDraft& draft, Report& report) : draft_(draft), log_(draft.log), report_(report) {}

  void run() {
    fold(draft_.apex->wire(), draft_.folded_apex);
    add_groups();
    const Ref end = log_.end();
    draft_.owners.reserve(log_.owner_changes() + 1, log_);
    add_apex();
    for (Ref at = RecordLog::begin(); at != end;) at = arrange_batch(at, end);
  }

 private:
  void add_groups() {
    for (std::size_t i = 0; i < draft_.groups.size(); ++i) {
      const GroupSpec& group = draft_.groups[i];
      Record record{};
      record.type = group.type;
      record.ttl_s = static_cast<std::uint32_t>(i);
      record.flags = Record::kRouted;
      record.place = group.place;
      log_.append(group.owner.wire(), record, {});
    }
  }

  // Before all others, which look up to it.
  void add_apex() {
    const FoldedName& apex = draft_.folded_apex;
    const auto is_own = [this](ZoneDraft::Soa soa) {
      return !log_[soa.record].has(Record::kDropped);
    };
    const auto soa = std::ranges::find_if(draft_.soas, is_own);
    const Ref head = soa != draft_.soas.end() ? soa->owner : append_placeholder(apex.suffix(0));
    std::memcpy(log_[head].bytes(), apex.lower.data(), apex.size);
    insert(apex, 0, head);
    draft_.apex_head = head;
  }

  // Folds the names of a batch and asks for their slots, then arranges it; returns where the next
  // one starts.
  Ref arrange_batch(Ref at, Ref end) {
    std::array<Ref, kBatch> batch{};
    std::size_t count = 0;
    for (; count < kBatch && at != end; at = log_.after(at)) {
      if (log_[at].owner_size != 0) {
        fold(log_[at].owner(), names_[count]);
        draft_.owners.prefetch(names_[count], 0);
      }
      batch[count++] = at;
    }
    for (std::size_t i = 0; i < count; ++i) arrange(batch[i], names_[i]);
    return at;
  }

  // `name` is set when the record has an owner of its own; otherwise it goes with the one before.
  void arrange(Ref at, const FoldedName& name) {
    if (log_[at].owner_size != 0) {
      std::memcpy(log_[at].bytes(), name.lower.data(), name.size);
      owner_at_ = at;
      owner_head_ = draft_.labels_below_apex(name) < 0 ? 0 : head_of(name, at);
    }
    if (owner_head_ == 0) {
      report_out_of_zone(at);
    } else {
      link(at);
    }
  }

  // The head of the records of `name`: this one, at `candidate`, if it is the first.
  Ref head_of(const FoldedName& name, Ref candidate) {
    const Ref head = draft_.owners.find(log_, name, 0);
    if (head != 0) return head;
    insert(name, 0, candidate);
    add_parents(name);
    return candidate;
  }

  void insert(const FoldedName& name, int label, Ref head) {
    log_[head].flags |= Record::kHead;
    draft_.owners.insert(log_, name, label, head);
  }

  // Up to the first that is there already, and so has its own.
  void add_parents(const FoldedName& name) {
    const int apex_label = name.labels - draft_.folded_apex.labels;
    int parent = 1;
    for (; parent < apex_label && draft_.owners.find(log_, name, parent) == 0; ++parent) {
      insert(name, parent, append_placeholder(name.suffix(parent)));
    }
    for (int label = 0; label < std::min(parent, apex_label); ++label) mark_wildcard(name, label);
  }

  // RFC 4592 §2.1.1: the label is one asterisk.
  void mark_wildcard(const FoldedName& name, int label) {
    const std::span<const std::uint8_t> wire = name.suffix(label);
    if (wire[0] != 1 || wire[1] != '*') return;
    const Ref parent = draft_.owners.find(log_, name, label + 1);
    log_[parent].owner_flags |= Node::kWildChild;
  }

  Ref append_placeholder(std::span<const std::uint8_t> owner) {
    Record record{};
    record.flags = Record::kPlaceholder;
    return log_.append(owner, record, {});
  }

  void link(Ref at) {
    Record& record = log_[at];
    Record& head = log_[owner_head_];
    if (at != owner_head_) {
      record.next = head.next;
      head.next = at;
    }
    if (record.type == Type::kA || record.type == Type::kAaaa) {
      head.owner_flags |= Record::kHasAddress;
    }
    if (record.has(Record::kRouted)) return;
    if (record.type == Type::kNs && owner_head_ != draft_.apex_head) mark(head, Node::kCut);
    if (record.type == Type::kDname) mark(head, Node::kDname);
  }

  void mark(Record& head, Node::Flag flag) {
    head.owner_flags |= flag;
    draft_.has_cuts = true;
  }

  void report_out_of_zone(Ref at) {
    if (log_[at].has(Record::kDropped)) return;  // an SOA of which more has been said
    log_[at].flags |= Record::kDropped;
    const std::optional<Name> owner = Name::from_wire(log_[owner_at_].owner());
    report_.add(Finding::kOutOfZone, log_[at].place,
                to_string(*owner) + " is not in the zone " + to_string(*draft_.apex) +
                    "; only names that end in the zone's can stand here");
  }

  ZoneDraft& draft_;
  RecordLog& log_;
  Report& report_;
  std::array<FoldedName, kBatch> names_;
  Ref owner_at_ = 0;    // the record that named the owner which goes on
  Ref owner_head_ = 0;  // of that owner; 0: out of the zone
};

// Which names NS records name is known only now.
void settle_default_ttls(ZoneDraft& draft) {
  RecordLog& log = draft.log;
  if (draft.ttls.ttl_s == draft.ttls.ns_ttl_s) return;
  for (Ref head = RecordLog::begin(); head != log.end(); head = log.after(head)) {
    if (!log[head].owner_has(Record::kNsTarget)) continue;
    for (Ref at = head; at != 0; at = log[at].next) {
      const bool address = log[at].type == Type::kA || log[at].type == Type::kAaaa;
      if (address && log[at].has(Record::kDefaultTtl)) log[at].ttl_s = draft.ttls.ns_ttl_s;
    }
  }
}

}  // namespace

int ZoneDraft::labels_below_apex(const FoldedName& name) const {
  const int below = name.labels - folded_apex.labels;
  if (below < 0) return -1;
  const std::span<const std::uint8_t> suffix = name.suffix(below);
  const bool within = suffix.size() == folded_apex.size &&
                      std::memcmp(suffix.data(), folded_apex.lower.data(), suffix.size()) == 0;
  return within ? below : -1;
}

void arrange(ZoneDraft& draft, Report& report) {
  Arranger(draft, report).run();
  mark_delegations(draft);
  settle_default_ttls(draft);
}

}  // namespace rhumb
