// DNS numbers and their names: types, classes, rcodes and opcodes (the IANA registries), and the
// one thing rhumb must know of rdata: where the RFC 1035 types carry names that may be compressed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

// Any 16-bit value is a Type; the enumerators are those that the server itself names.
enum class Type : std::uint16_t {
  kA = 1,
  kNs = 2,
  kMd = 3,
  kMf = 4,
  kCname = 5,
  kSoa = 6,
  kMb = 7,
  kMg = 8,
  kMr = 9,
  kPtr = 12,
  kHinfo = 13,
  kMinfo = 14,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kDname = 39,
  kOpt = 41,
  kDs = 43,
  kRrsig = 46,
  kNsec = 47,
  kDnskey = 48,
  kNsec3 = 50,
  kNsec3param = 51,
  kSvcb = 64,
  kHttps = 65,
  kTkey = 249,
  kTsig = 250,
  kIxfr = 251,
  kAxfr = 252,
  kAny = 255,
};

enum class Class : std::uint16_t { kIn = 1, kCh = 3, kHs = 4, kNone = 254, kAny = 255 };

enum class Opcode : std::uint8_t { kQuery = 0, kIquery = 1, kStatus = 2, kNotify = 4, kUpdate = 5 };

// Low four bits go into the header, the rest into OPT (RFC 6891 §6.1.3).
enum class Rcode : std::uint16_t {
  kNoError = 0,
  kFormErr = 1,
  kServFail = 2,
  kNxDomain = 3,
  kNotImp = 4,
  kRefused = 5,
  kYxDomain = 6,  // a name that a DNAME made too long (RFC 6672 §2.2)
  kNotAuth = 9,   // of those who sign: the key is not known here (RFC 8945 §5.2.1)
  kBadVers = 16,
  kBadCookie = 23,  // RFC 7873 §8
};

// "A", "AAAA" …, or TYPE65280 for one without a name here (RFC 3597 §5).
std::string to_string(Type type);
// The reverse, ignoring case; knows every mnemonic that to_string prints, and TYPEn.
std::optional<Type> parse_type(std::string_view text);
// "NOERROR", "NXDOMAIN", …
// Or CLASSn (RFC 3597 §5).
std::string to_string(Class klass);
std::string_view to_string(Rcode rcode);

// Queries only, never data (RFC 6895 §3.1: OPT, and 128…255).
bool is_meta(Type type);

// Rdata of an RFC 1035 type that carries names: `skip` octets, then `names` names, then the rest.
struct RdataNames {
  std::uint8_t skip = 0;
  std::uint8_t names = 0;
};
// {0, 0} for types whose rdata is opaque: only RFC 1035's may be compressed (RFC 3597 §4).
RdataNames rdata_names(Type type);

}  // namespace rhumb
