#include "zones/delegations.h"

#include <algorithm>
#include <cstring>

#include "zones/zone.h"

namespace rhumb {
namespace {

constexpr std::uint8_t kDelegates = Node::kCut | Node::kDname;

bool is_address(Type type) { return type == Type::kA || type == Type::kAaaa; }

// The highest name above `name` that has a cut or DNAME; 0: none, so that it is not hidden.
Ref find_hiding(const ZoneDraft& draft, const FoldedName& name) {
  for (int label = draft.labels_below_apex(name); label > 0; --label) {
    const Ref above = draft.owners.find(draft.log, name, label);
    if (above == 0) return 0;
    if (draft.log[above].owner_has(kDelegates)) return above;
  }
  return 0;
}

void mark_hidden(ZoneDraft& draft) {
  RecordLog& log = draft.log;
  FoldedName name;
  for (Ref at = RecordLog::begin(); at != log.end(); at = log.after(at)) {
    if (!log[at].has(Record::kHead)) continue;
    fold(log[at].owner(), name);
    const Ref above = find_hiding(draft, name);
    if (above == 0) continue;
    // Cut and DNAME flags stay until all names are judged; what is below is below a higher one,
    // too.
    log[at].owner_flags |= Node::kHidden;
    if (!log[above].owner_has(Node::kCut)) log[at].owner_flags |= Record::kBelowDname;
  }
}

// A cut or DNAME that is itself hidden is none, nor is a DNAME beside a cut (RFC 6672 §2.3).
void unmark_hidden_cuts(RecordLog& log) {
  for (Ref at = RecordLog::begin(); at != log.end(); at = log.after(at)) {
    std::uint8_t& flags = log[at].owner_flags;
    if (log[at].owner_has(Node::kHidden)) flags &= static_cast<std::uint8_t>(~kDelegates);
    if (log[at].owner_has(Node::kCut)) flags &= static_cast<std::uint8_t>(~Node::kDname);
  }
}

// Folds the name in an NS record into `target`; false when it is not in the zone, or the record is
// another.
bool read_target(const ZoneDraft& draft, const Record& record, FoldedName& target) {
  if (record.type != Type::kNs || record.has(Record::kDropped | Record::kRouted)) return false;
  return fold(record.rdata(), target) != 0 && draft.labels_below_apex(target) >= 0;
}

void mark_targets(ZoneDraft& draft, Ref head) {
  FoldedName target;
  for (Ref at = head; at != 0; at = draft.log[at].next) {
    if (!read_target(draft, draft.log[at], target)) continue;
    const Ref named = draft.owners.find(draft.log, target, 0);
    if (named != 0) draft.log[named].owner_flags |= Record::kNsTarget;
  }
}

bool has_cname(const RecordLog& log, Ref head) {
  for (Ref at = head; at != 0; at = log[at].next) {
    if (log[at].type == Type::kCname && !log[at].has(Record::kDropped)) return true;
  }
  return false;
}

// The owner that answers for `name`: itself, else the wildcard below the closest encloser (RFC 4592
// §3.3.1), else 0.
Ref source_of(const ZoneDraft& draft, const FoldedName& name) {
  const Ref exact = draft.owners.find(draft.log, name, 0);
  if (exact != 0) return exact;
  int label = 1;
  while (draft.owners.find(draft.log, name, label) == 0) ++label;
  const Name encloser = *Name::from_wire(name.suffix(label));
  const Result<Name> wildcard = Name::parse("*", encloser);
  if (!wildcard.ok()) return 0;
  FoldedName folded;
  fold(wildcard.value().wire(), folded);
  return draft.owners.find(draft.log, folded, 0);
}

// The name's addresses are for another zone to say: it is at or below a cut other than that of
// `head`, or below a DNAME.
bool is_known_elsewhere(const ZoneDraft& draft, Ref head, const FoldedName& name) {
  const Ref exact = draft.owners.find(draft.log, name, 0);
  const bool is_cut = exact != 0 && draft.log[exact].owner_has(Node::kCut);
  if (!is_cut && find_hiding(draft, name) == 0) return false;
  const auto owner = Name::from_wire(draft.log[head].owner());
  return head == draft.apex_head || !Name::from_wire(name.suffix(0))->is_within(*owner);
}

}  // namespace

void mark_delegations(ZoneDraft& draft) {
  if (draft.has_cuts) {
    mark_hidden(draft);
    unmark_hidden_cuts(draft.log);
  }
  mark_targets(draft, draft.apex_head);
  if (!draft.has_cuts) return;
  for (Ref at = RecordLog::begin(); at != draft.log.end(); at = draft.log.after(at)) {
    if (draft.log[at].owner_has(Node::kCut)) mark_targets(draft, at);
  }
}

bool is_served(const Record& head, const Record& record) {
  if (!head.owner_has(Node::kCut | Node::kHidden)) return true;
  if (head.owner_has(Record::kBelowDname)) return false;
  if (is_address(record.type)) return head.owner_has(Record::kNsTarget);
  return head.owner_has(Node::kCut) && (record.type == Type::kNs || record.type == Type::kDs);
}

void glue_of(const ZoneDraft& draft, std::span<const Ref> records, std::vector<Ref>& out) {
  out.clear();
  FoldedName target;
  for (const Ref ref : records) {
    if (!read_target(draft, draft.log[ref], target)) continue;
    const Ref named = draft.owners.find(draft.log, target, 0);
    if (named == 0 || !draft.log[named].owner_has(Record::kHasAddress)) continue;
    if (draft.log[named].owner_has(Record::kBelowDname)) continue;
    if (std::ranges::find(out, named) == out.end()) out.push_back(named);
  }
}

void check_targets(const ZoneDraft& draft, Ref head, std::span<const Ref> records, Report& report) {
  FoldedName target;
  for (const Ref ref : records) {
    if (!read_target(draft, draft.log[ref], target)) continue;
    const Ref source = source_of(draft, target);
    if (source != 0 && draft.log[source].owner_has(Record::kHasAddress)) continue;
    const std::string name = to_string(*Name::from_wire(target.suffix(0)));
    if (has_cname(draft.log, source)) {
      report.add(Finding::kTarget, draft.log[ref].place,
                 "the name server " + name +
                     " is a CNAME, which resolvers may refuse; name the server that it points to");
    } else if (!is_known_elsewhere(draft, head, target)) {
      report.add(Finding::kTarget, draft.log[ref].place,
                 "the name server " + name +
                     " is in this zone but has no address; write an A or AAAA record for it");
    }
  }
}

}  // namespace rhumb
