// What the server answers when it is asked about itself, in class CH: version.bind and id.server,
// as those who run resolvers and monitors expect (RFC 4892 §2).
#pragma once

#include "answer/reply.h"
#include "answer/view.h"
#include "dns/query.h"

namespace rhumb {

// Adds the text that `query` asks for to `reply`, or says REFUSED: there is no such text, or none
// is told. Requires: query.screen is kIdentity.
Rcode tell_identity(const AnswerOptions& options, const Query& query, Reply& reply) noexcept;

}  // namespace rhumb
