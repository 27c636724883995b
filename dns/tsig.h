// TSIG (RFC 8945) as a server meets it that holds no key: the record of a query is read to see that
// it is well-formed, and answered by one that says so. Nothing is ever verified or signed.
#pragma once

#include <cstdint>
#include <span>

#include "dns/reader.h"
#include "dns/writer.h"

namespace rhumb {

// Reads what follows the type of a TSIG record with this owner. False: malformed, or its owner
// points elsewhere than into `question` (name, type and class as they were sent; empty: none),
// which alone the reply will have at the same place.
bool read_tsig(std::span<const std::uint8_t> owner, std::span<const std::uint8_t> question,
               Reader& reader) noexcept;

// Writes the unsigned record that answers the whole record `asked`: BADKEY (RFC 8945 §5.2.1,
// §5.3.2). Requires: read_tsig() took it.
void write_unknown_key(std::span<const std::uint8_t> asked, Writer& writer) noexcept;

}  // namespace rhumb
