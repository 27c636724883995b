// What delegations and DNAMEs do to the rest of a zone while it is being gathered: which names they
// hide, which addresses are glue, and which name servers have no usable name.
#pragma once

#include <span>
#include <vector>

#include "zones/draft.h"
#include "zones/report.h"

namespace rhumb {

// Marks names below a cut or DNAME as hidden (a cut there is none), and the owners that NS records
// of the apex and of cuts name. Called by arrange().
void mark_delegations(ZoneDraft& draft);

// True when the record, at its owner's `head`, is answered or is glue: not below a cut or DNAME,
// nor beside a cut. Nothing is said of whether it may be routed. Below a DNAME there is no glue
// (RFC 6672 §2.4: that data is occluded).
[[nodiscard]] bool is_served(const Record& head, const Record& record);

// Owners within the zone that the NS records among `records` name and that have addresses, each
// once and in that order. Requires: `records` as records_of() gives them.
void glue_of(const ZoneDraft& draft, std::span<const Ref> records, std::vector<Ref>& out);

// Warns of name servers within the zone that have no address or are a CNAME (RFC 2181 §10.3).
// Requires: `head` is the apex or a cut, and `records` are its own.
void check_targets(const ZoneDraft& draft, Ref head, std::span<const Ref> records, Report& report);

}  // namespace rhumb
