// Address hints of SVCB and HTTPS records (RFC 9460 §7.3): addresses in rdata that clients may use
// instead of the target's A and AAAA records. Reads the wire; what to make of it is said elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dns/name.h"
#include "dns/types.h"
#include "zones/arena.h"

namespace rhumb {

// A record set that gives the same hints to all: static, or the one of its name.
struct HintedSet {
  Ref owner = 0;  // its node
  Type type = Type::kHttps;
  std::uint16_t file = 0;  // into ZoneInfo::sources; the place is of the first record with hints
  std::uint16_t column = 0;
  std::uint32_t line = 0;
};

struct Hints {
  Name target;  // the root: the owner itself
  bool v4 = false;
  bool v6 = false;
};

// nullopt: there are none, or the rdata is malformed.
[[nodiscard]] std::optional<Hints> hints_of(std::span<const std::uint8_t> rdata);

}  // namespace rhumb
