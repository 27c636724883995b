#include "answer/reply.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "dns/reader.h"
#include "dns/tsig.h"

namespace rhumb {
namespace {

// Header flags (RFC 1035 §4.1.1, RFC 6895 §2).
constexpr std::uint16_t kQr = 0x8000;
constexpr std::uint16_t kOpcode = 0x7800;
constexpr std::uint16_t kAa = 0x0400;
constexpr std::uint16_t kTc = 0x0200;
constexpr std::uint16_t kRd = 0x0100;
// RD is copied. CD is not, as in NSD and Knot: RFC 4035 §3.1.6 asks it of security-aware servers,
// and what is served here is unsigned.
constexpr std::uint16_t kEchoed = kOpcode | kRd;

constexpr std::uint16_t kPointer = 0xC000;  // RFC 1035 §4.1.4
constexpr std::size_t kMaxPlace = 0x3FFF;   // what a pointer reaches

std::uint16_t read_u16(std::span<const std::uint8_t> wire, std::size_t at) {
  return Reader(wire.subspan(at)).u16();
}

std::size_t limit(const Query& query, const AnswerOptions& options, std::size_t room) {
  if (query.transport == Transport::kTcp) return std::min<std::size_t>(room, kMaxMessageSize);
  if (!query.edns.present) return std::min<std::size_t>(room, kMinUdpSize);
  const std::size_t asked = std::max<std::size_t>(query.edns.udp_size, kMinUdpSize);
  return std::min(room, std::min<std::size_t>(asked, options.udp_size));
}

// At once: octet by octet, what is yet to be written would be read anew behind each.
void put_header(const std::array<std::uint16_t, kHeaderSize / 2>& fields,
                std::span<std::uint8_t> out) {
  std::array<std::uint8_t, kHeaderSize> wire;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    wire[2 * i] = static_cast<std::uint8_t>(fields[i] >> 8U);
    wire[2 * i + 1] = static_cast<std::uint8_t>(fields[i]);
  }
  std::memcpy(out.data(), wire.data(), wire.size());
}

// Whether names have to be written out: a pointer into another owner's name would lead astray, and
// beside such records a pointer would hide that two are the same.
bool wants_in_full(std::span<const Leaf> leaves, const Node& asked) {
  const auto is_foreign = [&](const Leaf& leaf) { return leaf.owner != &asked; };
  const auto has_pointers = [](const Leaf& leaf) { return !leaf.image->fixups().empty(); };
  return std::ranges::any_of(leaves, is_foreign) && std::ranges::any_of(leaves, has_pointers);
}

}  // namespace

std::uint32_t ttl_of(const Image& image) noexcept {
  return Reader(image.wire().subspan(kTtlAt)).u32();
}

Reply::Reply(const Query& query, const AnswerOptions& options, std::span<std::uint8_t> out) noexcept
    : query_(query),
      out_(out.first(limit(query, options, out.size()))),
      opt_(query, options),
      question_size_(query.question.size()),
      writer_(out_.first(out_.size() - opt_.size())) {
  writer_.skip(kHeaderSize);  // finish() fills it in
  writer_.bytes(query.question);
}

bool Reply::add_merged(std::span<const Leaf> leaves, const Node& asked, PlacedName name,
                       std::uint32_t ttl_s) noexcept {
  assert(name.at <= kMaxPlace);
  const Writer::Mark start = writer_.mark();
  const bool in_full = wants_in_full(leaves, asked);
  std::size_t most = 0;
  for (const Leaf& leaf : leaves) most += leaf.image->rr_count;
  RecordTable known(std::min(most, writer_.room() / kRdataAt));
  int records = 0;
  for (const Leaf& leaf : leaves) records += append_new(leaf, in_full, name, known, ttl_s);
  return close(start, Section::kAnswer, records);
}

// Appends those records of the leaf that are not known yet; returns how many.
int Reply::append_new(const Leaf& leaf, bool in_full, PlacedName name, RecordTable& known,
                      std::uint32_t ttl_s) noexcept {
  int records = 0;
  const auto wire = leaf.image->wire();
  std::span<const Fixup> fixups = leaf.image->fixups();
  for (std::size_t at = 0, size = 0; at < wire.size() && writer_.ok(); at += size) {
    size = record_size(wire, at);
    const auto record = wire.subspan(at, size);
    const auto mine = static_cast<std::size_t>(
        std::ranges::find_if(fixups, [&](const Fixup& fixup) { return fixup.at >= at + size; }) -
        fixups.begin());
    const Writer::Mark mark = writer_.mark();
    writer_.u16(static_cast<std::uint16_t>(kPointer | name.at));
    writer_.bytes(record.subspan(2, kTtlAt - 2));
    writer_.u32(ttl_s);
    if (in_full) {
      append_rdata_in_full(record, fixups.first(mine), at, *leaf.owner);
    } else {
      append_rdata(record, fixups.first(mine), at, name);
    }
    fixups = fixups.subspan(mine);
    if (!writer_.ok()) break;
    if (known.enter(writer_.written(), mark.at)) {
      ++records;
    } else {
      writer_.rewind(mark);
    }
  }
  return records;
}

// The rdata of `record`, which stands at `at` in its image, with pointers into `name`.
void Reply::append_rdata(std::span<const std::uint8_t> record, std::span<const Fixup> fixups,
                         std::size_t at, PlacedName name) noexcept {
  const std::size_t start = writer_.size() - kRdataSizeAt;
  writer_.bytes(record.subspan(kRdataSizeAt));
  if (!writer_.ok()) return;
  for (const Fixup& fixup : fixups) {
    point_at(start + fixup.at - at, place_of(name, fixup.suffix_size));
  }
}

// The same with the suffixes of the owner's own name in place of the pointers.
void Reply::append_rdata_in_full(std::span<const std::uint8_t> record,
                                 std::span<const Fixup> fixups, std::size_t at,
                                 const Node& owner) noexcept {
  const std::size_t size_at = writer_.size();
  writer_.u16(0);
  std::size_t copied = kRdataAt;
  for (const Fixup& fixup : fixups) {
    writer_.bytes(record.subspan(copied, fixup.at - at - copied));
    writer_.bytes(owner.name().last(fixup.suffix_size));
    copied = fixup.at - at + sizeof(kPointer);
  }
  writer_.bytes(record.subspan(copied));
  if (!writer_.ok()) return;
  const std::size_t size = writer_.size() - size_at - sizeof(std::uint16_t);
  writer_.put_u16(size_at, static_cast<std::uint16_t>(size));
}

bool Reply::add_redirection(PlacedName owner, std::size_t kept, std::size_t target_at,
                            std::uint32_t ttl_s) noexcept {
  assert(owner.at <= kMaxPlace && target_at <= kMaxPlace);
  const Writer::Mark start = writer_.mark();
  writer_.u16(static_cast<std::uint16_t>(kPointer | owner.at));
  writer_.u16(static_cast<std::uint16_t>(Type::kCname));
  writer_.u16(static_cast<std::uint16_t>(Class::kIn));
  writer_.u32(ttl_s);
  writer_.u16(static_cast<std::uint16_t>(kept + 2));
  add_labels(owner, kept);
  writer_.u16(static_cast<std::uint16_t>(kPointer | target_at));
  return close(start, Section::kAnswer, 1);
}

bool Reply::add_hinfo(PlacedName owner, std::uint32_t ttl_s) noexcept {
  static constexpr std::array<std::uint8_t, 9> kRdata = {7, 'R', 'F', 'C', '8', '4', '8', '2', 0};
  const Writer::Mark start = writer_.mark();
  writer_.u16(static_cast<std::uint16_t>(kPointer | owner.at));
  writer_.u16(static_cast<std::uint16_t>(Type::kHinfo));
  writer_.u16(static_cast<std::uint16_t>(Class::kIn));
  writer_.u32(ttl_s);
  writer_.u16(kRdata.size());
  writer_.octets(kRdata);
  return close(start, Section::kAnswer, 1);
}

void Reply::add_identity(std::string_view text) noexcept {
  assert(text.size() <= kMaxIdentitySize);
  writer_.u16(kPointer | kHeaderSize);
  writer_.u16(static_cast<std::uint16_t>(Type::kTxt));
  writer_.u16(static_cast<std::uint16_t>(Class::kCh));
  writer_.u32(0);
  writer_.u16(static_cast<std::uint16_t>(text.size() + 1));
  writer_.u8(static_cast<std::uint8_t>(text.size()));
  writer_.text(text);
  count(Section::kAnswer, 1);
}

bool Reply::add_addresses(const Zone& zone, const Node& node) noexcept {
  const Writer::Mark start = writer_.mark();
  int records = 0;
  for (const Type type : {Type::kA, Type::kAaaa}) {
    const SetHead* set = find_set(node, type);
    if (set == nullptr) continue;
    assert((set->flags & SetHead::kRouted) == 0);  // which a name server's addresses cannot be
    const auto wire = zone.image(set->body)->wire();
    for (std::size_t at = 0; at < wire.size(); at += record_size(wire, at)) {
      writer_.name(node.name());
      writer_.bytes(wire.subspan(at + 2, record_size(wire, at) - 2));
      ++records;
    }
  }
  return close(start, Section::kAdditional, records);
}

void Reply::remember_targets(std::size_t at, int count) noexcept {
  for (int i = 0; i < count; ++i, at += record_size(writer_.written(), at)) {
    writer_.remember_name(at + kRdataAt);
  }
  writer_.remember_name(kHeaderSize);
}

std::size_t Reply::read_name(std::size_t at,
                             std::span<std::uint8_t, kMaxNameSize> name) const noexcept {
  const auto message = writer_.written();
  std::size_t size = 0;
  while (message[at] != 0) {
    if (message[at] > kMaxLabelSize) {
      at = read_u16(message, at) & kMaxPlace;
      continue;
    }
    const auto label = message.subspan(at, message[at] + std::size_t{1});
    assert(size + label.size() < name.size());
    std::ranges::copy(label, name.begin() + static_cast<std::ptrdiff_t>(size));
    size += label.size();
    at += label.size();
  }
  name[size] = 0;
  return size + 1;
}

void Reply::clear() noexcept {
  writer_.rewind({kHeaderSize + question_size_, 0});
  counts_ = {};
  authoritative_ = false;
  truncated_ = false;
}

std::uint16_t Reply::finish(Rcode rcode, ExtendedError why) noexcept {
  Writer last(out_.subspan(writer_.size()));
  if (opt_.size() > 0) {
    opt_.write(rcode, why, last);
    count(Section::kAdditional, 1);
  }
  if (rcode == Rcode::kNotAuth) [[unlikely]]
    add_unknown_key(last);
  const auto code = static_cast<std::uint16_t>(rcode);
  auto flags = static_cast<std::uint16_t>(kQr | (query_.flags & kEchoed) |
                                          (code & ((1U << kHeaderRcodeBits) - 1)));
  if (authoritative_) flags |= kAa;
  if (truncated_) flags |= kTc;
  const std::array<std::uint16_t, kHeaderSize / 2> header = {
      query_.id,  flags,      static_cast<std::uint16_t>(question_size_ > 0 ? 1 : 0),
      counts_[0], counts_[1], counts_[2]};
  put_header(header, out_);
  return static_cast<std::uint16_t>(writer_.size() + last.size());
}

// RFC 8945 §5.3: where the record does not fit, TC says so.
void Reply::add_unknown_key(Writer& last) noexcept {
  const Writer::Mark start = last.mark();
  write_unknown_key(query_.tsig, last);
  if (last.ok()) {
    count(Section::kAdditional, 1);
  } else {
    last.rewind(start);
    truncated_ = true;
  }
}

void Reply::put_ttl(std::size_t start, int records, std::uint32_t ttl_s) noexcept {
  std::size_t at = start;
  for (int i = 0; i < records; ++i, at += record_size(writer_.written(), at)) {
    writer_.put_u16(at + kTtlAt, static_cast<std::uint16_t>(ttl_s >> 16U));
    writer_.put_u16(at + kTtlAt + 2, static_cast<std::uint16_t>(ttl_s));
  }
}

void Reply::point_at(std::size_t at, std::size_t target) noexcept {
  assert(target <= kMaxPlace);
  writer_.put_u16(at, static_cast<std::uint16_t>(kPointer | target));
}

void Reply::point_owners(std::size_t start, int records, std::size_t owner) noexcept {
  std::size_t at = start;
  for (int i = 0; i < records; ++i, at += record_size(writer_.written(), at)) point_at(at, owner);
}

// The place in the message `skip` octets into a name, which is where a label or the root starts.
std::size_t Reply::follow(PlacedName name, std::size_t skip) const noexcept {
  const auto message = writer_.written();
  std::size_t at = name.at;
  while (true) {
    while (message[at] > kMaxLabelSize) at = read_u16(message, at) & kMaxPlace;
    if (skip == 0) return at;
    const std::size_t label = message[at] + std::size_t{1};
    assert(label <= skip);
    skip -= label;
    at += label;
  }
}

// Copies the first `octets` of a name, whole labels.
void Reply::add_labels(PlacedName name, std::size_t octets) noexcept {
  while (octets > 0) {
    const std::size_t at = follow(name, 0);
    const std::size_t label = writer_.written()[at] + std::size_t{1};
    writer_.bytes(writer_.written().subspan(at, label));
    name.at = at + label;
    octets -= label;
  }
}

// Counts what was written since `start`, or takes it back when there was no room for it.
bool Reply::close(Writer::Mark start, Section section, int records) noexcept {
  if (!writer_.ok()) {
    writer_.rewind(start);
    return false;
  }
  count(section, records);
  return true;
}

}  // namespace rhumb
