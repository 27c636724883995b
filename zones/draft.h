// A zone between reading and freezing: what ZoneBuilder gathered, then arranged by owner, then
// verified. Each step is a function of its own that works on this.
#pragma once

#include <optional>
#include <vector>

#include "dns/name.h"
#include "health/check.h"
#include "zones/builder.h"
#include "zones/owners.h"
#include "zones/records.h"

namespace rhumb {

struct ZoneDraft {
  std::vector<SourceFile> sources;
  std::optional<Name> apex;
  RecordPlace place;  // of what names the zone: for errors about it as a whole
  DefaultTtls ttls;
  RecordLog log;
  struct Soa {
    Ref record;
    Ref owner;  // the record that has its owner's name
  };
  std::vector<Soa> soas;
  std::vector<GroupSpec> groups;
  std::vector<CheckSpec> checks;
  std::vector<CheckSpec> wrong_checks;  // in a zone with errors
  std::vector<CheckUse> lost_uses;      // by sets that are in no group
  bool all_checks_named = true;

  // By arrange():
  FoldedName folded_apex;
  OwnerTable owners;
  Ref apex_head = 0;
  bool has_cuts = false;  // or DNAMEs: something below them may be hidden

  // How many labels `name` has below the apex; -1 when it is not in the zone.
  [[nodiscard]] int labels_below_apex(const FoldedName& name) const;
};

// Finds the owners of all records and the empty non-terminals between them (RFC 4592 §2.2.2), and
// marks cuts, DNAMEs, wildcards' parents and what is hidden below. Groups get a record each, and
// name servers' addresses the default TTL that is theirs. Requires: `apex` is known.
void arrange(ZoneDraft& draft, class Report& report);

}  // namespace rhumb
