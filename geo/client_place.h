// Where a client is, out of what is said of it: by an override, by a City or Country database, by
// an ASN database.
#pragma once

#include "geo/atlas.h"
#include "geo/place.h"

namespace rhumb {

// `asn` is what the ASN database says, 0 when nothing; `override` is null where none covers the
// client. An override that says anything of the place stands for all of the database's; an AS
// number it gives counts, and else the database's. A country brings its continent.
[[nodiscard]] GeoPlace client_place(const GeoPlace& database, std::uint32_t asn,
                                    const Override* override);

}  // namespace rhumb
