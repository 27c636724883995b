#include "dns/types.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "dns/folded_name.h"

namespace rhumb {
namespace {

struct Mnemonic {
  std::uint16_t number;
  std::string_view text;
};

// The IANA registry of RR types, by number; experiments that it has withdrawn are left out.
constexpr auto kTypes = std::to_array<Mnemonic>({
    {1, "A"},           {2, "NS"},        {3, "MD"},        {4, "MF"},       {5, "CNAME"},
    {6, "SOA"},         {7, "MB"},        {8, "MG"},        {9, "MR"},       {10, "NULL"},
    {11, "WKS"},        {12, "PTR"},      {13, "HINFO"},    {14, "MINFO"},   {15, "MX"},
    {16, "TXT"},        {17, "RP"},       {18, "AFSDB"},    {19, "X25"},     {20, "ISDN"},
    {21, "RT"},         {22, "NSAP"},     {23, "NSAP-PTR"}, {24, "SIG"},     {25, "KEY"},
    {26, "PX"},         {27, "GPOS"},     {28, "AAAA"},     {29, "LOC"},     {30, "NXT"},
    {31, "EID"},        {32, "NIMLOC"},   {33, "SRV"},      {34, "ATMA"},    {35, "NAPTR"},
    {36, "KX"},         {37, "CERT"},     {38, "A6"},       {39, "DNAME"},   {40, "SINK"},
    {41, "OPT"},        {42, "APL"},      {43, "DS"},       {44, "SSHFP"},   {45, "IPSECKEY"},
    {46, "RRSIG"},      {47, "NSEC"},     {48, "DNSKEY"},   {49, "DHCID"},   {50, "NSEC3"},
    {51, "NSEC3PARAM"}, {52, "TLSA"},     {53, "SMIMEA"},   {55, "HIP"},     {56, "NINFO"},
    {57, "RKEY"},       {58, "TALINK"},   {59, "CDS"},      {60, "CDNSKEY"}, {61, "OPENPGPKEY"},
    {62, "CSYNC"},      {63, "ZONEMD"},   {64, "SVCB"},     {65, "HTTPS"},   {66, "DSYNC"},
    {67, "HHIT"},       {68, "BRID"},     {99, "SPF"},      {100, "UINFO"},  {101, "UID"},
    {102, "GID"},       {103, "UNSPEC"},  {104, "NID"},     {105, "L32"},    {106, "L64"},
    {107, "LP"},        {108, "EUI48"},   {109, "EUI64"},   {128, "NXNAME"}, {249, "TKEY"},
    {250, "TSIG"},      {251, "IXFR"},    {252, "AXFR"},    {253, "MAILB"},  {254, "MAILA"},
    {255, "ANY"},       {256, "URI"},     {257, "CAA"},     {258, "AVC"},    {259, "DOA"},
    {260, "AMTRELAY"},  {261, "RESINFO"}, {262, "WALLET"},  {263, "CLA"},    {264, "IPN"},
    {32768, "TA"},      {32769, "DLV"},
});
static_assert(std::ranges::is_sorted(kTypes, {}, &Mnemonic::number));

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return to_lower(static_cast<std::uint8_t>(c)); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// TYPE and a decimal number, nothing else (RFC 3597 §5).
std::optional<Type> parse_numbered(std::string_view text) {
  constexpr std::string_view kPrefix = "TYPE";
  if (!equals_ignoring_case(text.substr(0, kPrefix.size()), kPrefix)) return std::nullopt;
  const std::string_view digits = text.substr(kPrefix.size());
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return Type{number};
}

}  // namespace

std::string to_string(Type type) {
  const auto number = static_cast<std::uint16_t>(type);
  const auto* found = std::ranges::lower_bound(kTypes, number, {}, &Mnemonic::number);
  if (found != kTypes.end() && found->number == number) return std::string(found->text);
  return "TYPE" + std::to_string(number);
}

std::optional<Type> parse_type(std::string_view text) {
  for (const Mnemonic& known : kTypes) {
    if (equals_ignoring_case(text, known.text)) return Type{known.number};
  }
  return parse_numbered(text);
}

std::string to_string(Class klass) {
  switch (klass) {
    case Class::kIn:
      return "IN";
    case Class::kCh:
      return "CH";
    case Class::kHs:
      return "HS";
    case Class::kNone:
      return "NONE";
    case Class::kAny:
      return "ANY";
  }
  return "CLASS" + std::to_string(static_cast<std::uint16_t>(klass));
}

std::string_view to_string(Rcode rcode) {
  switch (rcode) {
    case Rcode::kNoError:
      return "NOERROR";
    case Rcode::kFormErr:
      return "FORMERR";
    case Rcode::kServFail:
      return "SERVFAIL";
    case Rcode::kNxDomain:
      return "NXDOMAIN";
    case Rcode::kNotImp:
      return "NOTIMP";
    case Rcode::kRefused:
      return "REFUSED";
    case Rcode::kYxDomain:
      return "YXDOMAIN";
    case Rcode::kNotAuth:
      return "NOTAUTH";
    case Rcode::kBadVers:
      return "BADVERS";
    case Rcode::kBadCookie:
      return "BADCOOKIE";
  }
  return "RESERVED";  // a number that rhumb never sends
}

bool is_meta(Type type) {
  const auto number = static_cast<std::uint16_t>(type);
  return type == Type::kOpt || (number >= 128 && number <= 255);
}

RdataNames rdata_names(Type type) {
  switch (type) {  // RFC 1035 §3.3; every type without a name in its rdata is opaque
    case Type::kNs:
    case Type::kMd:
    case Type::kMf:
    case Type::kCname:
    case Type::kMb:
    case Type::kMg:
    case Type::kMr:
    case Type::kPtr:
      return {.skip = 0, .names = 1};
    case Type::kSoa:
    case Type::kMinfo:
      return {.skip = 0, .names = 2};
    case Type::kMx:
      return {.skip = 2, .names = 1};
    default:
      return {};  // all the other numbers
  }
}

}  // namespace rhumb
