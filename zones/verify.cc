#include "zones/verify.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "text/scalar.h"
#include "zones/delegations.h"
#include "zones/image.h"
#include "zones/rdata_names.h"
#include "zones/verify_group.h"
#include "zones/zone.h"

namespace rhumb {
namespace {

bool is_signing(Type type) {
  static constexpr std::array kSigning = {Type::kRrsig, Type::kNsec, Type::kDnskey, Type::kNsec3,
                                          Type::kNsec3param};
  return std::ranges::find(kSigning, type) != kSigning.end();
}

class Verifier {
 public:
  Verifier(ZoneDraft& draft, Report& report) : draft_(draft), log_(draft.log), report_(report) {}

  void run() {
    for (Ref at = RecordLog::begin(); at != log_.end(); at = log_.after(at)) {
      if (log_[at].has(Record::kHead)) verify_owner(at);
    }
    verify_apex();
    if (signed_ != 0) report_signed();
  }

 private:
  void verify_owner(Ref head) {
    head_ = head;
    drop_hidden();
    records_of(log_, head, records_);
    std::span<const Ref> left = records_;
    int types = 0;
    for (; !left.empty(); ++types) {
      const std::span<const Ref> set = first_set(log_, left);
      left = left.subspan(set.size());
      verify_set(set);
    }
    if (types > 1) verify_cname();
    if (types > kMaxTypesPerName) {
      report_.add(Finding::kBroken, log_[records_[0]].place,
                  owner() + " has records of " + std::to_string(types) + " types; " +
                      std::to_string(kMaxTypesPerName) + " are possible");
    }
    if (head == draft_.apex_head || log_[head].owner_has(Node::kCut)) {
      check_targets(draft_, head, records_, report_);
    }
  }

  void drop_hidden() {
    if (!log_[head_].owner_has(Node::kCut | Node::kHidden)) return;
    Type last{};
    records_of(log_, head_, records_);
    for (const Ref ref : records_) {
      Record& record = log_[ref];
      if (is_served(log_[head_], record)) continue;
      if (record.type != last) report_hidden(record);
      last = record.type;
      record.flags |= Record::kDropped;
    }
  }

  void report_hidden(const Record& record) {
    const bool at_cut = log_[head_].owner_has(Node::kCut);
    const std::string where =
        at_cut ? " stands at a delegation" : " is below a delegation or DNAME";
    report_.add(Finding::kHidden, record.place, what(record) + where + " and is never answered");
  }

  void verify_set(std::span<const Ref> set) {
    const auto is_routed = [this](Ref ref) { return log_[ref].has(Record::kRouted); };
    if (!may_be_held(set[0])) return;
    const auto routed = std::ranges::find_if(set, is_routed);
    if (routed == set.end()) {
      verify_static(set);
      return;
    }
    verify_group(draft_.groups[log_[*routed].ttl_s], log_[head_], report_);
    if (set.size() > 1) report_mixed(*routed, set[*routed == set[0] ? 1 : 0]);
  }

  bool may_be_held(Ref ref) {
    const Record& record = log_[ref];
    if (is_signing(record.type)) {
      if (signed_ == 0) signed_ = ref;
      return false;
    }
    if (!is_meta(record.type) && record.type != Type{0}) return true;
    report_.add(Finding::kBroken, record.place,
                what(record) + ": this type is for queries, not for data (RFC 6895 §3.1)");
    return false;
  }

  void report_mixed(Ref group, Ref other) {
    const bool both = log_[other].has(Record::kRouted);
    report_.add(Finding::kBroken, log_[group].place,
                owner() + " " + to_string(log_[group].type) +
                    (both ? " is a group twice; the other is at "
                          : " has routed and static records; one of these is at ") +
                    report_.place_text(log_[other].place));
  }

  void verify_static(std::span<const Ref> set) {
    if (!is_sound(set) || !is_within_limits(set)) return;
    drop_duplicates(set);
    unify_ttl(set);
    verify_single(set);
    if (log_[set[0]].type == Type::kSoa) verify_mailbox(log_[set[0]]);
    verify_place(log_[set[0]]);
  }

  bool is_sound(std::span<const Ref> set) {
    bool sound = true;
    for (const Ref ref : set) {
      const Record& record = log_[ref];
      if (record.ttl_s > kMaxTtlS) {
        report_.add(Finding::kBroken, record.place,
                    what(record) + " has the TTL " + std::to_string(record.ttl_s) +
                        "; the largest is " + std::to_string(kMaxTtlS) + " (RFC 2181 §8)");
      }
      if (is_rdata_sound(record.type, record.rdata())) continue;
      report_.add(Finding::kBroken, record.place, what(record) + " has malformed data");
      sound = false;
    }
    return sound;
  }

  bool is_within_limits(std::span<const Ref> set) {
    std::size_t wire = 0;
    for (const Ref ref : set) wire += kWireRecordSize + log_[ref].rdata_size;
    if (set.size() > kMaxRecordsPerSet) {
      report_.add(Finding::kBroken, log_[set[0]].place,
                  what(log_[set[0]]) + " has " + std::to_string(set.size()) + " records; " +
                      std::to_string(kMaxRecordsPerSet) + " are possible");
    } else if (wire > kMaxSetSize) {
      report_.add(Finding::kBroken, log_[set[0]].place,
                  what(log_[set[0]]) + " takes " + std::to_string(wire) + " octets; " +
                      std::to_string(kMaxSetSize) + " are possible");
    } else {
      return true;
    }
    return false;
  }

  // RFC 2181 §5: a set never holds the same data twice. Drops all but the first of each.
  void drop_duplicates(std::span<const Ref> set) {
    if (set.size() < 2) return;
    hashed_.clear();
    for (const Ref ref : set) {
      const Record& record = log_[ref];
      const auto rdata = canonical_rdata(record.type, record.rdata(), buffer_);
      hashed_.emplace_back(hash_bytes(0, rdata), ref);
    }
    std::ranges::sort(hashed_);
    for (std::size_t i = 1; i < hashed_.size(); ++i) {
      if (hashed_[i].first != hashed_[i - 1].first) continue;
      if (is_same(log_[hashed_[i].second], log_[hashed_[i - 1].second])) {
        log_[hashed_[i].second].flags |= Record::kDropped;
      }
    }
  }

  bool is_same(const Record& a, const Record& b) {
    return std::ranges::equal(canonical_rdata(a.type, a.rdata(), buffer_),
                              canonical_rdata(b.type, b.rdata(), other_buffer_));
  }

  void unify_ttl(std::span<const Ref> set) {
    const auto ttl_of = [this](Ref ref) { return log_[ref].ttl_s; };
    const auto [lowest, highest] = std::ranges::minmax(set, {}, ttl_of);
    const std::uint32_t ttl_s = log_[lowest].ttl_s;
    if (ttl_s == log_[highest].ttl_s) return;
    report_.add(Finding::kTtl, log_[set[0]].place,
                what(log_[set[0]]) + " has records with different TTLs; the smallest, " +
                    std::to_string(ttl_s) + ", is used for all");
    for (const Ref ref : set) log_[ref].ttl_s = ttl_s;
  }

  // RFC 2181 §10.1, RFC 6672 §2.4, RFC 1035 §5.2: one CNAME, DNAME or SOA at a name.
  void verify_single(std::span<const Ref> set) {
    const Record& first = log_[set[0]];
    if (first.type != Type::kCname && first.type != Type::kDname && first.type != Type::kSoa)
      return;
    for (const Ref ref : set.subspan(1)) {
      if (log_[ref].has(Record::kDropped)) continue;
      report_.add(Finding::kBroken, log_[ref].place,
                  owner() + " has a second " + to_string(first.type) + "; the first is at " +
                      report_.place_text(first.place));
    }
  }

  // RFC 1035 §3.3.13: RNAME has a dot where the mail address has an @.
  void verify_mailbox(const Record& soa) {
    const auto rname = soa.rdata().subspan(wire_name_size(soa.rdata()));
    const auto mailbox = rname.first(wire_name_size(rname));
    if (std::ranges::find(mailbox, '@') == mailbox.end()) return;
    std::string meant = to_string(*Name::from_wire(mailbox));
    std::ranges::replace(meant, '@', '.');
    std::erase(meant, '\\');
    report_.add(Finding::kMailbox, soa.place,
                what(soa) + " has a mail address with an @; write " + meant);
  }

  void verify_place(const Record& record) {
    const std::span<const std::uint8_t> wire = log_[head_].owner();
    if (wire[0] != 1 || wire[1] != '*') return;
    if (record.type == Type::kDname) {
      report_.add(Finding::kBroken, record.place,
                  owner() + " has a DNAME; a wildcard cannot have one (RFC 6672 §3.3)");
    }
    if (record.type == Type::kNs && head_ != draft_.apex_head) {
      report_.add(Finding::kBroken, record.place,
                  owner() + " has an NS record; a wildcard cannot be delegated (RFC 4592 §4.2)");
    }
  }

  // RFC 1034 §3.6.2: nothing stands beside a CNAME. Requires: more than one type.
  void verify_cname() {
    const auto is_cname = [this](Ref ref) { return log_[ref].type == Type::kCname; };
    const auto cname = std::ranges::find_if(records_, is_cname);
    if (cname == records_.end()) return;
    for (const Ref ref : records_) {
      if (is_cname(ref) || log_[ref].has(Record::kDropped)) continue;
      report_.add(Finding::kBroken, log_[*cname].place,
                  owner() + " has a CNAME beside other data; " + to_string(log_[ref].type) +
                      " is at " + report_.place_text(log_[ref].place));
      return;
    }
  }

  void verify_apex() {
    records_of(log_, draft_.apex_head, records_);
    const auto has = [this](Type type) {
      return std::ranges::any_of(records_, [&](Ref ref) { return log_[ref].type == type; });
    };
    const std::string apex = to_string(*draft_.apex);
    if (draft_.apex->is_wildcard()) {
      report_.add(Finding::kBroken, draft_.place,
                  "the zone " + apex + " is named as a wildcard; write the name above it");
    }
    if (!has(Type::kSoa)) {
      report_.add(Finding::kBroken, draft_.place, "the zone " + apex + " has no SOA record");
    }
    if (!has(Type::kNs)) {
      report_.add(Finding::kBroken, draft_.place,
                  "the zone " + apex + " has no NS record at its own name; write at least one");
    }
  }

  void report_signed() {
    report_.add(Finding::kBroken, log_[signed_].place,
                "the zone " + to_string(*draft_.apex) + " is signed (it has " +
                    to_string(log_[signed_].type) +
                    " records); DNSSEC-signed zones are not served yet");
  }

  [[nodiscard]] std::string owner() const {
    return to_string(*Name::from_wire(log_[head_].owner()));
  }
  [[nodiscard]] std::string what(const Record& record) const {
    return owner() + " " + to_string(record.type);
  }

  ZoneDraft& draft_;
  RecordLog& log_;
  Report& report_;
  Ref head_ = 0;
  Ref signed_ = 0;
  std::vector<Ref> records_;
  std::vector<std::pair<std::uint64_t, Ref>> hashed_;
  std::vector<std::uint8_t> buffer_;
  std::vector<std::uint8_t> other_buffer_;
};

}  // namespace

void verify(ZoneDraft& draft, Report& report) { Verifier(draft, report).run(); }

}  // namespace rhumb
