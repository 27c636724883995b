// What rhumb knows of rdata on the wire: the sizes of addresses, and the names in those types whose
// names may be compressed (dns/types.h) or are followed in answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dns/types.h"

namespace rhumb {

// Octets of the uncompressed name that `wire` begins with; 0 when it begins with none.
[[nodiscard]] std::size_t wire_name_size(std::span<const std::uint8_t> wire);

// False when addresses or names are not what the type wants, as RFC 3597 \# text can have it.
[[nodiscard]] bool is_rdata_sound(Type type, std::span<const std::uint8_t> rdata);

// The rdata with the names of RFC 1035 types in lower case, in which form two records are the same
// (RFC 2181 §5, RFC 4343); in `buffer` where it had to be changed. Requires: is_rdata_sound().
[[nodiscard]] std::span<const std::uint8_t> canonical_rdata(Type type,
                                                            std::span<const std::uint8_t> rdata,
                                                            std::vector<std::uint8_t>& buffer);

}  // namespace rhumb
