#include "dns/tsig.h"

#include "dns/folded_name.h"
#include "dns/query.h"
#include "dns/types.h"

namespace rhumb {
namespace {

using Octets = std::span<const std::uint8_t>;

constexpr std::uint16_t kBadKey = 17;             // RFC 8945 §3
constexpr std::size_t kRecordHead = 10;           // type, class, TTL and size of the rdata
constexpr std::size_t kTimeAndFudge = 8;          // RFC 8945 §4.2
constexpr std::size_t kUnsignedTail = 2 + 2 + 4;  // no MAC, original id, error, no other data
constexpr std::uint8_t kPointer = 0xC0;           // RFC 1035 §4.1.4

// Octets of the part of the question's name that starts at `place` in the message; 0: no label
// does.
std::size_t name_size_at(std::size_t place, Octets question) {
  for (std::size_t at = 0; at + kQuestionTail < question.size(); at += question[at] + 1U) {
    if (kHeaderSize + at == place) return question.size() - kQuestionTail - at;
  }
  return 0;
}

// Requires: `owner` is what Reader::skip_name() steps over.
bool is_name_beside(Octets question, Octets owner) {
  for (std::size_t at = 0; at < owner.size(); at += owner[at] + 1U) {
    if (owner[at] < kPointer) continue;
    const std::size_t size = name_size_at((owner[at] & 0x3FU) * 256U + owner[at + 1], question);
    return size > 0 && at + size <= kMaxNameSize;
  }
  return true;
}

}  // namespace

bool read_tsig(Octets owner, Octets question, Reader& reader) noexcept {
  const Class klass{reader.u16()};
  const std::uint32_t ttl_s = reader.u32();
  Reader rdata(reader.bytes(reader.u16()));
  FoldedName algorithm;
  const int algorithm_size = fold(rdata.rest(), algorithm);
  rdata.bytes(static_cast<std::size_t>(algorithm_size));
  rdata.bytes(kTimeAndFudge);
  rdata.bytes(rdata.u16());  // MAC
  rdata.bytes(4);            // original id and error
  rdata.bytes(rdata.u16());  // other data
  // RFC 8945 §4.2
  return klass == Class::kAny && ttl_s == 0 && algorithm_size > 0 && rdata.ok() &&
         rdata.left() == 0 && is_name_beside(question, owner);
}

void write_unknown_key(Octets asked, Writer& writer) noexcept {
  Reader reader(asked);
  reader.skip_name();
  const std::size_t algorithm_at = reader.at() + kRecordHead;
  writer.bytes(asked.first(algorithm_at - 2));
  reader.bytes(kRecordHead);
  reader.skip_name();
  reader.bytes(kTimeAndFudge);
  const Octets head = asked.subspan(algorithm_at, reader.at() - algorithm_at);
  reader.bytes(reader.u16());  // MAC
  writer.u16(static_cast<std::uint16_t>(head.size() + kUnsignedTail));
  writer.bytes(head);
  writer.u16(0);             // MAC
  writer.u16(reader.u16());  // original id
  writer.u16(kBadKey);
  writer.u16(0);  // other data
}

}  // namespace rhumb
