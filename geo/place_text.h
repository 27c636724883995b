// Places and networks as people write them: codes of continents, countries and subdivisions, AS
// numbers, CIDR prefixes. Pure; an error says what to write instead and leaves the place to the
// caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ip.h"
#include "geo/place.h"

namespace rhumb {

inline constexpr std::size_t kMaxPlaceName = 128;  // octets

// One of kContinents, in any case.
Result<Code> parse_continent(std::string_view text);

// Two letters of ISO 3166-1 that the built-in table knows, in any case.
Result<Code> parse_country(std::string_view text);

struct SubdivisionCode {
  Code country;
  Code subdivision;
};

// A code of ISO 3166-2: US-CA, or only CA when `country` is given. That there is such a subdivision
// is not checked.
Result<SubdivisionCode> parse_subdivision(std::string_view text, Code country);

// AS64500 or 64500.
Result<std::uint32_t> parse_asn(std::string_view text);

// The name of a region, a collection or a location of one: it stands in tables and in messages, and
// so has no blanks and none of , / # " * in it.
Result<std::string> parse_place_name(std::string_view text);

// ADDRESS/LENGTH, as it stands.
Result<IpPrefix> parse_prefix(std::string_view text);
// The same. IPv6 that holds IPv4 (see looked_up_as()) becomes the IPv4 network.
Result<IpPrefix> parse_network(std::string_view text);

}  // namespace rhumb
