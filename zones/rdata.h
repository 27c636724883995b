// Rdata from presentation form to uncompressed wire: the door to ldns, with short cuts of our own
// for the types that make up most of large zones (addresses and single names).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "dns/name.h"
#include "dns/types.h"
#include "zones/presentation.h"

namespace rhumb {

inline constexpr std::size_t kMaxRdataSize = 65535;  // octets

// Appends the wire of `text` to `out`. Relative names are completed with `origin`; RFC 3597 \# form
// is taken for every type. The error says what is wrong with the text, and `out` is as it was.
Result<bool> parse_rdata(Type type, std::string_view text, const Name& origin,
                         std::vector<std::uint8_t>& out);

// The same against a scope, which may lack an origin or want to know of relative names.
Result<bool> parse_rdata(Type type, std::string_view text, const NameScope& scope,
                         std::vector<std::uint8_t>& out);

// True when `rdata` has the fields of `type`, as far as that type is known, and nothing else; names
// in it uncompressed.
bool is_well_formed(Type type, std::span<const std::uint8_t> rdata);

// The records in the answer section of a message, in presentation form, one each.
std::vector<std::string> answer_texts(std::span<const std::uint8_t> message);

// What takes the place of rdata that cannot be read, so that its zone is not said to lack it as
// well; empty but for SOA and NS.
std::vector<std::uint8_t> stand_in_rdata(Type type);

}  // namespace rhumb
