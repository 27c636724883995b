#include "dns/query.h"

#include "dns/reader.h"
#include "dns/tsig.h"

namespace rhumb {
namespace {

constexpr std::uint16_t kResponseBit = 0x8000;  // QR (RFC 1035 §4.1.1)
constexpr std::uint32_t kDnssecOkBit = 0x8000;  // DO, in the TTL of OPT (RFC 6891 §6.1.4)

// What a request is worth so far: kAnswer while nothing is wrong with it.
struct Verdict {
  Screen screen = Screen::kAnswer;
  Rcode rcode = Rcode::kNoError;
};

enum class Section : std::uint8_t { kAuthority, kAdditional };

// The fixed parts of an OPT record behind its type. False: a second one, or options that overrun.
bool read_opt(Reader& reader, Edns& edns) {
  if (edns.present) return false;  // RFC 6891 §6.1.1: more than one is FORMERR
  edns.present = true;
  edns.udp_size = reader.u16();
  const std::uint32_t ttl = reader.u32();
  edns.version = static_cast<std::uint8_t>(ttl >> 16U);
  edns.dnssec_ok = (ttl & kDnssecOkBit) != 0;
  const auto rdata = reader.bytes(reader.u16());
  // Of a version that is not ours, even the form of the rdata may be another (RFC 6891 §6.1.3).
  return reader.ok() && (edns.version > 0 || read_options(rdata, edns));
}

// Reads OPT and TSIG, and steps over any other record. False: malformed.
bool read_record(Reader& reader, Section section, Query& query) {
  if (!query.tsig.empty()) return false;  // RFC 8945 §5.1: nothing follows it
  const auto record = reader.rest();
  const std::size_t start = reader.at();
  reader.skip_name();
  const std::size_t owner_size = reader.at() - start;
  const Type type{reader.u16()};
  if (type == Type::kOpt) {
    return section == Section::kAdditional && owner_size == 1 && read_opt(reader, query.edns);
  }
  if (type == Type::kTsig) [[unlikely]] {
    if (section != Section::kAdditional) return false;
    if (!read_tsig(record.first(owner_size), query.question, reader)) return false;
    query.tsig = record.first(reader.at() - start);
    return true;
  }
  reader.bytes(6);  // class and TTL
  reader.bytes(reader.u16());
  return reader.ok();
}

// Ends at the first bad record, so that no count in a header makes a loop longer than its message.
bool read_records(Reader& reader, int count, Section section, Query& query) {
  for (int i = 0; i < count; ++i) {
    if (!read_record(reader, section, query)) return false;
  }
  return true;
}

bool read_question(Reader& reader, Query& query) {
  const auto rest = reader.rest();
  const auto size = static_cast<std::size_t>(fold(rest, query.name));
  if (size == 0 || rest.size() < size + kQuestionTail) return false;
  query.question = reader.bytes(size + kQuestionTail);
  Reader tail(query.question.subspan(size));
  query.type = Type{tail.u16()};
  query.klass = Class{tail.u16()};
  return true;
}

// What a well-formed question is refused for.
Verdict judge(const Query& query) {
  if (query.edns.version > 0) return {Screen::kQuestion, Rcode::kBadVers};
  if (!query.tsig.empty()) return {Screen::kQuestion, Rcode::kNotAuth};  // RFC 8945 §5.2.1: no key
  if (query.klass == Class::kCh) return {Screen::kIdentity};
  if (query.klass != Class::kIn) return {Screen::kQuestion, Rcode::kRefused};
  if (query.type == Type::kAxfr || query.type == Type::kIxfr) {
    return {Screen::kQuestion, Rcode::kRefused};  // no transfers
  }
  // Type 0, OPT, TKEY, TSIG, MAILA, MAILB and all else that no zone can hold (RFC 6895 §3.1) is
  // looked up as any type is, and so is NODATA or NXDOMAIN: NSD and Knot answer alike (but Knot
  // NOTIMP to type 0).
  return {};
}

// RFC 7873 §5.4: the one message without a question that makes sense.
Verdict read_cookie_query(Reader& reader, int additionals, Query& query) {
  const bool whole = read_records(reader, additionals, Section::kAdditional, query);
  if (whole && reader.left() == 0) {
    if (query.edns.version > 0) return {Screen::kQuestion, Rcode::kBadVers};
    if (query.edns.cookie.present() && query.tsig.empty()) return {Screen::kCookie};
  }
  query.edns = Edns{};
  return {Screen::kHeader, Rcode::kFormErr};
}

Verdict read_message(std::span<const std::uint8_t> message, Query& query) {
  if (message.size() < kHeaderSize) return {Screen::kSilent};
  Reader reader(message);
  query.id = reader.u16();
  query.flags = reader.u16();
  const int questions = reader.u16();
  const int answers = reader.u16();
  const int authorities = reader.u16();
  const int additionals = reader.u16();
  if ((query.flags & kResponseBit) != 0) return {Screen::kSilent};
  const auto opcode = static_cast<Opcode>(query.flags >> 11U & 0xFU);
  if (opcode != Opcode::kQuery) return {Screen::kHeader, Rcode::kNotImp};
  if (questions == 0 && answers == 0 && authorities == 0) {
    return read_cookie_query(reader, additionals, query);
  }
  // RFC 9619 §4: a query has one question.
  if (questions != 1 || !read_question(reader, query)) return {Screen::kHeader, Rcode::kFormErr};
  // Only IXFR brings a record, the client's SOA, outside the additional section (RFC 1995 §3).
  const bool sections_fit = answers == 0 && (authorities == 0 || query.type == Type::kIxfr);
  if (!sections_fit || !read_records(reader, authorities, Section::kAuthority, query) ||
      !read_records(reader, additionals, Section::kAdditional, query) || reader.left() > 0) {
    return {Screen::kQuestion, Rcode::kFormErr};
  }
  return judge(query);
}

}  // namespace

void parse(const Request& request, Query& query) noexcept {
  query.transport = request.transport;
  query.source = request.source;
  query.entropy = request.entropy;
  query.now_s = request.now_s;
  query.idle_timeout_ms = request.idle_timeout_ms;
  query.edns = Edns{};
  query.question = {};
  query.tsig = {};
  const Verdict verdict = read_message(request.message, query);
  query.screen = verdict.screen;
  query.rcode = verdict.rcode;
}

}  // namespace rhumb
