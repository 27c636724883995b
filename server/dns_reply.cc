#include "server/dns_reply.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/ip.h"
#include "dns/folded_name.h"
#include "dns/name.h"
#include "dns/query.h"
#include "dns/reader.h"
#include "dns/types.h"
#include "dns/writer.h"

namespace rhumb {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint16_t kRecursionDesired = 0x0100;
constexpr std::uint16_t kIsReply = 0x8000;
constexpr std::uint16_t kOpcodeBits = 0x7800;
constexpr std::uint16_t kTruncatedBit = 0x0200;
constexpr std::uint16_t kRcodeBits = 0x000F;
constexpr std::size_t kMaxRdataShown = 32;  // octets of a type without a form of its own here

// Where the rdata of a type has names: behind `skip` octets and `strings` character strings.
struct Layout {
  std::uint16_t type;
  std::uint8_t skip;
  std::uint8_t strings;
  std::uint8_t names;
};

// Types whose names compare in lower case (RFC 4034 §6.2, without NSEC by RFC 6840 §5.1); all that
// may come compressed (RFC 3597 §4) are among them.
constexpr auto kLayouts = std::to_array<Layout>({
    {2, 0, 0, 1},    // NS
    {3, 0, 0, 1},    // MD
    {4, 0, 0, 1},    // MF
    {5, 0, 0, 1},    // CNAME
    {6, 0, 0, 2},    // SOA
    {7, 0, 0, 1},    // MB
    {8, 0, 0, 1},    // MG
    {9, 0, 0, 1},    // MR
    {12, 0, 0, 1},   // PTR
    {14, 0, 0, 2},   // MINFO
    {15, 2, 0, 1},   // MX
    {17, 0, 0, 2},   // RP
    {18, 2, 0, 1},   // AFSDB
    {21, 2, 0, 1},   // RT
    {24, 18, 0, 1},  // SIG
    {26, 2, 0, 2},   // PX
    {30, 0, 0, 1},   // NXT
    {33, 6, 0, 1},   // SRV
    {35, 4, 3, 1},   // NAPTR
    {36, 2, 0, 1},   // KX
    {39, 0, 0, 1},   // DNAME
    {46, 18, 0, 1},  // RRSIG
});

Layout layout_of(std::uint16_t type) {
  const auto* const found = std::ranges::find(kLayouts, type, &Layout::type);
  return found == kLayouts.end() ? Layout{type, 0, 0, 0} : *found;
}

Reader reader_at(Bytes message, std::size_t at) {
  Reader reader(message);
  reader.bytes(at);
  return reader;
}

void append(std::vector<std::uint8_t>& out, Bytes octets) {
  out.insert(out.end(), octets.begin(), octets.end());
}

// Appends the name at `from`, whole and in lower case, and steps over it. Each pointer leads
// further back than the one before, so that there is an end.
bool append_name(Bytes message, Reader& from, std::vector<std::uint8_t>& out) {
  const std::size_t before = out.size();
  std::size_t lowest = from.at();
  Reader labels = from;
  from.skip_name();
  while (labels.ok() && out.size() - before < static_cast<std::size_t>(kMaxNameSize)) {
    const std::uint8_t size = labels.u8();
    if (size >= 0xC0) {
      const std::size_t to = (size & 0x3FU) << 8U | labels.u8();
      if (!labels.ok() || to >= lowest) return false;
      lowest = to;
      labels = reader_at(message, to);
      continue;
    }
    if (size > kMaxLabelSize) return false;
    out.push_back(size);
    for (const std::uint8_t octet : labels.bytes(size)) out.push_back(to_lower(octet));
    if (size == 0) break;
  }
  const bool is_whole = out.size() > before && out.back() == 0;
  return labels.ok() && from.ok() && is_whole &&
         out.size() - before <= static_cast<std::size_t>(kMaxNameSize);
}

// The rdata that stands in `message` from `at` on, as it compares; nullopt: it is none of its type.
std::optional<std::vector<std::uint8_t>> canonical(std::uint16_t type, Bytes message,
                                                   std::size_t at, std::size_t size) {
  const Layout layout = layout_of(type);
  message = message.first(at + size);
  Reader from = reader_at(message, at);
  std::vector<std::uint8_t> out;
  append(out, from.bytes(layout.skip));
  for (int i = 0; i < layout.strings; ++i) {
    const std::uint8_t length = from.u8();
    out.push_back(length);
    append(out, from.bytes(length));
  }
  for (int i = 0; i < layout.names; ++i) {
    if (!append_name(message, from, out)) return std::nullopt;
  }
  if (!from.ok()) return std::nullopt;
  append(out, from.rest());
  return out;
}

std::string show_name(Bytes wire) {
  const auto name = Name::from_wire(wire);
  return name ? to_string(*name) : "?";
}

// RFC 3597 §5, cut.
std::string show_octets(Bytes rdata) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "\\# " + std::to_string(rdata.size()) + " ";
  for (const std::uint8_t octet : rdata.first(std::min(rdata.size(), kMaxRdataShown))) {
    text += kDigits[octet >> 4U];
    text += kDigits[octet & 15U];
  }
  return rdata.size() > kMaxRdataShown ? text + "..." : text;
}

std::string show(std::uint16_t type, Bytes rdata) {
  const Layout layout = layout_of(type);
  if (type == static_cast<std::uint16_t>(Type::kA) && rdata.size() == 4) {
    return to_string(IpAddress::v4(rdata.first<4>()));
  }
  if (type == static_cast<std::uint16_t>(Type::kAaaa) && rdata.size() == 16) {
    return to_string(IpAddress::v6(rdata.first<16>()));
  }
  if (type == static_cast<std::uint16_t>(Type::kMx)) {
    return std::to_string(Reader(rdata).u16()) + " " + show_name(rdata.subspan(2));
  }
  const bool is_a_name = layout.names == 1 && layout.skip == 0 && layout.strings == 0;
  return is_a_name ? show_name(rdata) : show_octets(rdata);
}

std::string show_rcode(std::uint16_t rcode) {
  const std::string_view name = to_string(Rcode{rcode});
  return "rcode " + (name == "RESERVED" ? std::to_string(rcode) : std::string(name));
}

DnsReply good(std::string reason) { return {DnsReply::Kind::kJudged, true, std::move(reason)}; }
DnsReply bad(std::string reason) { return {DnsReply::Kind::kJudged, false, std::move(reason)}; }
DnsReply malformed() { return bad("the reply is malformed"); }

// Looks through `count` records of the answer section, of which `from` is at the first.
DnsReply judge_answer(const DnsExpectation& expected, Bytes reply, Reader from, int count) {
  const auto wanted =
      canonical(expected.type,
                Bytes(reinterpret_cast<const std::uint8_t*>(expected.rdata.data()),  // NOLINT
                      expected.rdata.size()),
                0, expected.rdata.size());
  const std::string type = to_string(Type{expected.type});
  std::string first;
  int others = -1;
  for (int i = 0; i < count; ++i) {
    from.skip_name();
    const std::uint16_t its_type = from.u16();
    const auto its_class = Class{from.u16()};
    from.u32();
    const std::uint16_t size = from.u16();
    const std::size_t at = from.at();
    from.bytes(size);
    if (!from.ok()) return malformed();
    if (its_type != expected.type || its_class != Class::kIn) continue;
    const auto rdata = canonical(its_type, reply, at, size);
    if (!rdata) return malformed();
    if (expected.rdata.empty() || rdata == wanted) return good(type + " " + show(its_type, *rdata));
    if (++others == 0) first = show(its_type, *rdata);
  }
  if (others < 0) return bad("no " + type + " record in the reply");
  const std::string more = others > 0 ? " and " + std::to_string(others) + " more" : "";
  return bad(type + " " + first + more + ", expected " + expected.value);
}

// Whether the question section at `from`, which it steps over, is the one asked.
bool echoes(Reader& from, Bytes reply, Bytes question) {
  std::vector<std::uint8_t> name;
  if (!append_name(reply, from, name)) return false;
  append(name, from.bytes(4));
  return from.ok() && std::ranges::equal(name, question.subspan(kHeaderSize));
}

}  // namespace

std::vector<std::uint8_t> dns_question(const DnsExpectation& expected, std::uint16_t id) {
  std::vector<std::uint8_t> out(kHeaderSize + expected.name.size() + 4);
  Writer writer(out);
  writer.u16(id);
  writer.u16(kRecursionDesired);
  writer.u16(1);
  for (int section = 0; section < 3; ++section) writer.u16(0);
  for (const char octet : expected.name) writer.u8(static_cast<std::uint8_t>(octet));
  writer.u16(expected.type);
  writer.u16(static_cast<std::uint16_t>(Class::kIn));
  return out;
}

DnsReply judge_dns(const DnsExpectation& expected, std::span<const std::uint8_t> question,
                   std::span<const std::uint8_t> reply) {
  Reader from(reply);
  if (from.u16() != Reader(question).u16() || !from.ok()) return {};
  const std::uint16_t flags = from.u16();
  const std::uint16_t questions = from.u16();
  const std::uint16_t answers = from.u16();
  from.bytes(4);
  if (!from.ok() || (flags & kOpcodeBits) != 0) return malformed();
  if ((flags & kIsReply) == 0) return bad("the reply is a question itself");
  const std::uint16_t rcode = flags & kRcodeBits;
  // Who could not read the question may leave it out.
  const bool may_lack_question = questions == 0 && rcode != 0;
  if (questions > 1 || (questions == 0 && !may_lack_question)) return malformed();
  if (questions == 1 && !echoes(from, reply, question)) return {};
  if ((flags & kTruncatedBit) != 0) return {DnsReply::Kind::kTruncated, false, {}};
  if (rcode != expected.rcode) {
    return bad(show_rcode(rcode) + ", expected " + std::string(to_string(Rcode{expected.rcode})));
  }
  if (expected.rcode != 0) return good(show_rcode(rcode));
  return judge_answer(expected, reply, from, answers);
}

}  // namespace rhumb
