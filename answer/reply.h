// The reply as it grows: header, question, record sets copied out of a zone, OPT. A set goes in
// whole or not at all, a pointer leads to every name that already stands in the message, and OPT
// always has its room. Decides nothing about what to say.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "answer/leaf.h"
#include "answer/opt.h"
#include "answer/record_table.h"
#include "answer/view.h"
#include "dns/query.h"
#include "dns/writer.h"
#include "zones/zone.h"

namespace rhumb {

enum class Section : std::uint8_t { kAnswer, kAuthority, kAdditional };

// The TTL of all its records, in seconds.
std::uint32_t ttl_of(const Image& image) noexcept;

// A whole name in the message; it may end in a pointer.
struct PlacedName {
  std::size_t at = 0;
  std::size_t size = 0;  // octets uncompressed, with the root's
};

class Reply {
 public:
  // Writes at most what the client takes (RFC 6891 §6.2.5) and `out` holds, at least 512 octets.
  Reply(const Query& query, const AnswerOptions& options, std::span<std::uint8_t> out) noexcept;

  // The asked name, case kept.
  [[nodiscard]] PlacedName asked() const { return {kHeaderSize, question_size_ - kQuestionTail}; }

  // The adders say false when there was no room, and have then added nothing.

  // The set in `image`, owned by the suffix of `name` that is `owner_size` octets long.
  bool add(Section section, const Image& image, PlacedName name, std::size_t owner_size) noexcept {
    const Writer::Mark start = writer_.mark();
    writer_.bytes(image.wire());
    if (!writer_.ok()) [[unlikely]] {
      writer_.rewind(start);
      return false;
    }
    point(image, name, owner_size, start.at);
    count(section, image.rr_count);
    return true;
  }
  // The sets of `leaves` made one and owned by `name`: duplicates removed, `ttl_s` on all. `asked`
  // is the node whose sets refer to suffixes of that name; those of others are written out.
  bool add_leaves(std::span<const Leaf> leaves, const Node& asked, PlacedName name,
                  std::uint32_t ttl_s) noexcept {
    const Leaf& first = leaves.front();
    const bool is_copied =
        leaves.size() == 1 && (first.owner == &asked || first.image->fixup_count == 0);
    if (!is_copied) return add_merged(leaves, asked, name, ttl_s);
    const std::size_t start = writer_.size();
    if (!add(Section::kAnswer, *first.image, name, name.size)) return false;
    if (first.ttl_s != ttl_s) put_ttl(start, first.image->rr_count, ttl_s);
    return true;
  }
  // The CNAME of RFC 6672 §3.1: `owner` with all but its first `kept` octets replaced by the name
  // at `target_at` in the message.
  bool add_redirection(PlacedName owner, std::size_t kept, std::size_t target_at,
                       std::uint32_t ttl_s) noexcept;
  // What RFC 8482 §4.2 says instead of ANY.
  bool add_hinfo(PlacedName owner, std::uint32_t ttl_s) noexcept;
  // A TXT record of class CH for the asked name, one string of 255 octets at most, for which there
  // is always room. It is for now alone: its TTL is 0.
  void add_identity(std::string_view text) noexcept;
  // The addresses of a node, under its own name.
  bool add_addresses(const Zone& zone, const Node& node) noexcept;
  // Lets the names in add_addresses() point to the asked one and to the targets of the `count` NS
  // records from `at` on.
  void remember_targets(std::size_t at, int count) noexcept;

  // The uncompressed name at `at`; returns its size. Requires: it is one of those written here.
  [[nodiscard]] std::size_t read_name(std::size_t at,
                                      std::span<std::uint8_t, kMaxNameSize> name) const noexcept;
  // Where the next record will stand.
  [[nodiscard]] std::size_t size() const { return writer_.size(); }

  void set_authoritative(bool authoritative) noexcept { authoritative_ = authoritative; }
  // How much of the client's subnet the answer depends on (RFC 7871 §6), in bits; 0 unless set.
  void set_scope(std::uint8_t bits) noexcept { opt_.set_scope(bits); }
  void set_truncated() noexcept { truncated_ = true; }
  [[nodiscard]] bool truncated() const { return truncated_; }
  // Of the query, as Opt judges it.
  [[nodiscard]] bool malformed() const { return opt_.malformed(); }
  [[nodiscard]] bool echoes_subnet() const { return opt_.echoes_subnet(); }
  [[nodiscard]] bool has_valid_cookie() const { return opt_.has_valid_cookie(); }
  // Forgets all sections: what there is of them would be no help beside the error.
  void clear() noexcept;
  // Fills in the header, ends with OPT and TSIG and returns the octets of the whole. Requires:
  // there are no records when it is told why.
  std::uint16_t finish(Rcode rcode, ExtendedError why) noexcept;

 private:
  void count(Section section, int records) noexcept {
    counts_[static_cast<std::size_t>(section)] =
        static_cast<std::uint16_t>(counts_[static_cast<std::size_t>(section)] + records);
  }
  // Leads owners and fix-ups of an image copied to `start` to where `name` stands.
  void point(const Image& image, PlacedName name, std::size_t owner_size,
             std::size_t start) noexcept {
    for (const Fixup& fixup : image.fixups()) {
      point_at(start + fixup.at, place_of(name, fixup.suffix_size));
    }
    const std::size_t owner = place_of(name, owner_size);
    if (owner != kHeaderSize) point_owners(start, image.rr_count, owner);
  }
  void point_at(std::size_t at, std::size_t target) noexcept;
  void point_owners(std::size_t start, int records, std::size_t owner) noexcept;
  // Where the suffix of `name` that is `size` octets long starts.
  [[nodiscard]] std::size_t place_of(PlacedName name, std::size_t size) const noexcept {
    return name.at == kHeaderSize ? name.at + name.size - size : follow(name, name.size - size);
  }
  [[nodiscard]] std::size_t follow(PlacedName name, std::size_t skip) const noexcept;
  bool add_merged(std::span<const Leaf> leaves, const Node& asked, PlacedName name,
                  std::uint32_t ttl_s) noexcept;
  int append_new(const Leaf& leaf, bool in_full, PlacedName name, RecordTable& known,
                 std::uint32_t ttl_s) noexcept;
  void append_rdata(std::span<const std::uint8_t> record, std::span<const Fixup> fixups,
                    std::size_t at, PlacedName name) noexcept;
  void append_rdata_in_full(std::span<const std::uint8_t> record, std::span<const Fixup> fixups,
                            std::size_t at, const Node& owner) noexcept;
  void put_ttl(std::size_t start, int records, std::uint32_t ttl_s) noexcept;
  void add_labels(PlacedName name, std::size_t octets) noexcept;
  // Writes behind all else what a query is told whose TSIG nobody here has the key of.
  void add_unknown_key(Writer& last) noexcept;
  bool close(Writer::Mark start, Section section, int records) noexcept;

  const Query& query_;
  std::span<std::uint8_t> out_;
  Opt opt_;
  std::size_t question_size_;
  Writer writer_;
  std::array<std::uint16_t, 3> counts_{};
  bool authoritative_ = false;
  bool truncated_ = false;
};

}  // namespace rhumb
