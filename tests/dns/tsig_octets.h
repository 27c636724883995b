// TSIG records of queries in parts, so that a test can spoil one of them.
#pragma once

#include "tests/dns/octets.h"

namespace rhumb {

struct TsigParts {
  Octets owner = octets("\3key\0");
  Octets klass_and_ttl = octets("\0\xFF\0\0\0\0");
  Octets algorithm = octets("\13hmac-sha256\0");
  Octets time_and_fudge = octets("\0\0\x5C\xF7\x9F\x11\1\x2C");
  Octets mac = octets("\0\4abcd");
  Octets id_and_error = octets("\x12\x34\0\0");
  Octets other = octets("\0\0");
};

inline Octets tsig(const TsigParts& parts) {
  const Octets rdata =
      parts.algorithm + parts.time_and_fudge + parts.mac + parts.id_and_error + parts.other;
  return parts.owner + octets("\0\xFA") + parts.klass_and_ttl +
         Octets{static_cast<std::uint8_t>(rdata.size() / 256),
                static_cast<std::uint8_t>(rdata.size() % 256)} +
         rdata;
}

}  // namespace rhumb
