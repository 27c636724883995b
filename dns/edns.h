// What a query's OPT record says (RFC 6891), and the options of it that anyone here heeds. Others
// are passed over. Whether an option is heeded, or answered, is not known here.
#pragma once

#include <cstdint>
#include <span>

#include "dns/client_subnet.h"
#include "dns/cookie.h"

namespace rhumb {

inline constexpr std::uint16_t kNsidOption = 3;            // RFC 5001 §2.3
inline constexpr std::uint16_t kKeepaliveOption = 11;      // RFC 7828 §3.1
inline constexpr std::uint16_t kExtendedErrorOption = 15;  // RFC 8914 §2

// Why an rcode was given, for those who debug (RFC 8914 §5.2). Only what is sure is said.
enum class ExtendedError : std::uint16_t {
  kNone = 0xFFFF,  // not of the registry: nothing is said
  kProhibited = 18,
  kNotAuthoritative = 20,
  kNotSupported = 21,
};

struct Edns {
  bool present = false;
  bool dnssec_ok = false;  // DO, echoed (RFC 3225 §3)
  bool nsid = false;       // wants to know which server this is (RFC 5001 §2.1)
  bool keepalive = false;  // wants to know how long its connection may be idle (RFC 7828 §3.2.1)
  std::uint8_t version = 0;
  std::uint16_t udp_size = 0;  // as the client sent it
  // A malformed one of these is for answer() to refuse: parse() does not know whether the option is
  // heeded.
  ClientSubnet client_subnet;
  Cookie cookie;
};

// Reads the rdata of an OPT record of version 0. False: codes and values do not fill it exactly
// (RFC 6891 §6.1.2).
bool read_options(std::span<const std::uint8_t> rdata, Edns& edns) noexcept;

}  // namespace rhumb
