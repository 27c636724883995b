#include "dns/folded_name.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/hash.h"

namespace rhumb {
namespace {

using Word = std::uint64_t;
constexpr std::size_t kWord = sizeof(Word);

// One octet in each of the eight of a word.
constexpr Word in_each(std::uint8_t octet) { return 0x0101010101010101U * octet; }

// to_lower() of eight octets at once. Length octets pass through: none reaches 'A'.
constexpr Word lower_word(Word word) {
  constexpr Word kTop = in_each(0x80);
  const Word low_bits = word & ~kTop;
  const Word from_a = low_bits + in_each(0x80 - 'A');  // top bit: >= 'A'
  const Word past_z = low_bits + in_each(0x7F - 'Z');  // top bit: > 'Z'
  const Word upper = (from_a ^ past_z) & ~word & kTop;
  return word | upper >> 2U;
}
static_assert(kMaxLabelSize < 'A' && (0x80U >> 2U) == ('a' ^ 'A'));

inline void lower_copy(const std::uint8_t* from, std::size_t size, std::uint8_t* to) {
  const auto copy_word = [&](std::size_t at) {
    Word word = 0;
    std::memcpy(&word, from + at, kWord);
    word = lower_word(word);
    std::memcpy(to + at, &word, kWord);
  };
  if (size < kWord) {
    std::transform(from, from + size, to, to_lower);
    return;
  }
  for (std::size_t at = 0; at + kWord < size; at += kWord) copy_word(at);
  copy_word(size - kWord);  // overlaps the one before, so that nothing past `size` is touched
}

// Eight octets without the bit that tells 'A' from 'a'. Other octets lose it too, which is a rare
// collision for a single instruction.
constexpr Word fold_case(Word word) { return word | in_each(0x20); }

// A label, with its length octet and in either case, as a number: its words mixed in sequence, the
// last one overlapping the one before. The parent's hash is mixed in last, so that the labels of a
// name, which are digested side by side, cost one multiplication each in sequence.
Word digest_label(std::span<const std::uint8_t> label) {
  Word word = 0;
  if (label.size() < kWord) {
    std::memcpy(&word, label.data(), label.size());
    return fold_case(word);
  }
  std::memcpy(&word, label.data(), kWord);
  Word digest = fold_case(word);
  for (std::size_t at = kWord; at < label.size(); at += kWord) {
    std::memcpy(&word, label.data() + std::min(at, label.size() - kWord), kWord);
    digest = mix(digest, fold_case(word));
  }
  return digest;
}

// Whether eight octets may be read at once, and lie in a word as digest_label() wants them.
inline bool has_word(std::span<const std::uint8_t> wire) {
  return std::endian::native == std::endian::little && wire.size() >= kWord;
}

// digest_label() of a label of `count` octets, 1 to 8. Requires: has_word(wire).
inline Word short_digest(std::span<const std::uint8_t> wire, std::size_t count) {
  Word word = 0;
  std::memcpy(&word, wire.data(), kWord);
  return fold_case(word & ~Word{0} >> 8 * (kWord - count));
}

// Notes where labels start and, in the place of the hashes, their digests; returns the name's size,
// or 0 as fold() says.
inline std::size_t find_labels(std::span<const std::uint8_t> wire, FoldedName& out) {
  const std::size_t end = std::min<std::size_t>(wire.size(), kMaxNameSize);
  std::size_t labels = 0;
  std::size_t size = 0;
  for (std::size_t at = 0; at < end; at += size) {
    const auto rest = wire.subspan(at);
    size = rest[0] + std::size_t{1};
    out.offset[labels] = static_cast<std::uint8_t>(at);
    if (size == 1) {
      out.labels = static_cast<std::uint8_t>(labels);
      return at + 1;
    }
    if (size <= kWord && has_word(rest)) [[likely]] {
      out.hash[labels] = short_digest(rest, size);
    } else {
      if (size > kMaxLabelSize + 1 || size > rest.size()) return 0;  // RFC 1035 §4.1.4
      out.hash[labels] = digest_label(rest.first(size));
    }
    ++labels;
  }
  return 0;
}

}  // namespace

int fold(std::span<const std::uint8_t> wire, FoldedName& out) noexcept {
  const std::size_t size = find_labels(wire, out);
  if (size == 0) return 0;
  out.size = static_cast<std::uint8_t>(size);
  lower_copy(wire.data(), size, out.lower.data());
  Word hash = kRootHash;
  std::size_t i = out.labels;
  out.hash[i] = hash;
  while (i-- > 0) {
    hash = mix(hash, out.hash[i]);
    out.hash[i] = hash;
  }
  return static_cast<int>(size);
}

std::uint64_t hash_label(std::uint64_t parent, std::span<const std::uint8_t> label) noexcept {
  return mix(parent, digest_label(label));
}

}  // namespace rhumb
