#include "zones/image.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "dns/name.h"
#include "dns/query.h"
#include "dns/writer.h"
#include "zones/arena.h"
#include "zones/rdata_names.h"

namespace rhumb {
namespace {

constexpr std::uint16_t kPointer = 0xC000;  // RFC 1035 §4.1.4

class Encoder {
 public:
  Encoder(const RecordSet& set, std::span<std::uint8_t> wire, std::vector<Fixup>& fixups)
      : set_(set), names_(rdata_names(set.type)), writer_(wire), fixups_(fixups) {}

  std::size_t run() {
    for (const std::span<const std::uint8_t> rdata : set_.rdata) add_record(rdata);
    assert(writer_.ok());
    return writer_.size();
  }

 private:
  void add_record(std::span<const std::uint8_t> rdata) {
    writer_.u16(kPointer | kHeaderSize);  // the question's name
    writer_.u16(static_cast<std::uint16_t>(set_.type));
    writer_.u16(static_cast<std::uint16_t>(Class::kIn));
    writer_.u32(set_.ttl_s);
    writer_.u16(static_cast<std::uint16_t>(rdata.size()));
    const std::size_t start = writer_.size();
    if (names_.names > 0) {
      add_names(rdata);
      writer_.put_u16(start - 2, static_cast<std::uint16_t>(writer_.size() - start));
    } else {
      writer_.bytes(rdata);
    }
  }

  void add_names(std::span<const std::uint8_t> rdata) {
    std::size_t at = names_.skip;
    writer_.bytes(rdata.first(at));
    for (int i = 0; i < names_.names; ++i) {
      const std::size_t size = wire_name_size(rdata.subspan(at));
      add_name(rdata.subspan(at, size));
      at += size;
    }
    writer_.bytes(rdata.subspan(at));
  }

  void add_name(std::span<const std::uint8_t> name) {
    for (std::size_t at = 0; name[at] != 0; at += name[at] + std::size_t{1}) {
      const std::span<const std::uint8_t> suffix = name.subspan(at);
      if (!is_in_question(suffix)) continue;
      writer_.bytes(name.first(at));
      add_fixup(suffix.size());
      return;
    }
    writer_.bytes(name);
  }

  // A wildcard's first label is not in the questions that it answers (RFC 4592 §3.3.1).
  [[nodiscard]] bool is_in_question(std::span<const std::uint8_t> suffix) const {
    const std::span<const std::uint8_t> owner = set_.owner;
    std::size_t at = owner[0] == 1 && owner[1] == '*' ? 2 : 0;
    while (owner.size() - at > suffix.size()) at += owner[at] + std::size_t{1};
    return std::ranges::equal(owner.subspan(at), suffix, {}, {}, to_lower);
  }

  // What is written is right below a question for the owner itself.
  void add_fixup(std::size_t suffix_size) {
    fixups_.push_back({.at = static_cast<std::uint16_t>(writer_.size()),
                       .suffix_size = static_cast<std::uint16_t>(suffix_size)});
    const std::size_t start = kHeaderSize + set_.owner.size() - suffix_size;
    writer_.u16(static_cast<std::uint16_t>(kPointer | start));
  }

  const RecordSet& set_;
  RdataNames names_;
  Writer writer_;
  std::vector<Fixup>& fixups_;
};

}  // namespace

std::size_t image_bound(const RecordSet& set) {
  std::size_t size = sizeof(Image);
  for (const std::span<const std::uint8_t> rdata : set.rdata) {
    size += kWireRecordSize + align_ref(rdata.size()) + 2 * sizeof(Fixup);
  }
  return size;
}

std::size_t ImageEncoder::encode(const RecordSet& set, std::span<std::uint8_t> out) {
  fixups_.clear();
  const std::size_t size = Encoder(set, out.subspan(sizeof(Image)), fixups_).run();
  const Image image{.rr_count = static_cast<std::uint16_t>(set.rdata.size()),
                    .size = static_cast<std::uint16_t>(size),
                    .fixup_count = static_cast<std::uint16_t>(fixups_.size()),
                    .flags = 0};
  std::memcpy(out.data(), &image, sizeof(image));
  std::uint8_t* const behind = out.data() + sizeof(Image) + align_ref(size);
  const std::size_t fixups_size = fixups_.size() * sizeof(Fixup);
  if (fixups_size > 0) std::memcpy(behind, fixups_.data(), fixups_size);
  return sizeof(Image) + align_ref(size) + fixups_size;
}

}  // namespace rhumb
