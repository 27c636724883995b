// The walk of RFC 1034 §4.3.2 through one zone: from a question to the record sets that answer it.
// Chooses what the reply holds; how octets are laid out is Reply's.
#pragma once

#include "answer/answer.h"
#include "answer/locate.h"
#include "answer/reply.h"
#include "answer/view.h"
#include "dns/query.h"
#include "zones/zone_set.h"

namespace rhumb {

// Requires: `position` is the asked name's, and has a zone. Fills `outcome` save its zone, length
// and truncated, and the steps and TTL of `explain` unless it is null.
void resolve(const View& view, const Position& position, const Query& query, Client& client,
             Reply& reply, Outcome& outcome, Explain* explain) noexcept;

}  // namespace rhumb
