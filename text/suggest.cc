#include "text/suggest.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "text/quote.h"
#include "text/scalar.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxEdits = 3;

using Row = std::array<std::uint8_t, kMaxSuggestLength + 1>;

std::string lower_case(std::string_view word) {
  std::string out(word);
  std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
  return out;
}

// One edit in three letters, so that short words do not all resemble each other.
std::size_t max_edits(std::size_t length) {
  return std::clamp<std::size_t>(length / 3, 1, kMaxEdits);
}

std::size_t difference(std::size_t a, std::size_t b) { return a > b ? a - b : b - a; }

bool swapped(std::string_view a, std::string_view b, std::size_t i, std::size_t j) {
  return i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
}

// Optimal string alignment (Damerau-Levenshtein where no part is edited twice) in three rows; what
// is more than `bound` is answered as bound + 1. Requires: both at most kMaxSuggestLength long.
std::size_t distance(std::string_view a, std::string_view b, std::size_t bound) {
  if (difference(a.size(), b.size()) > bound) return bound + 1;
  Row before{}, last{}, row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<std::uint8_t>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<std::uint8_t>(i);
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int changed = a[i - 1] == b[j - 1] ? 0 : 1;
      int edits = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + changed});
      if (swapped(a, b, i, j)) edits = std::min(edits, before[j - 2] + 1);
      row[j] = static_cast<std::uint8_t>(edits);
      least = std::min(least, static_cast<std::size_t>(edits));
    }
    if (least > bound) return bound + 1;
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> known) {
  if (word.size() > kMaxSuggestLength || known.size() > kMaxSuggestWords) return std::nullopt;
  const std::string wanted = lower_case(word);
  std::size_t bound = max_edits(word.size());
  std::optional<std::string_view> nearest;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kMaxSuggestLength) continue;
    const std::size_t edits = distance(wanted, lower_case(candidate), bound);
    if (edits > bound) continue;
    nearest = candidate;
    if (edits == 0) break;
    bound = edits - 1;
  }
  return nearest;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  const std::optional<std::string_view> nearest = nearest_word(word, known);
  return nearest ? "; did you mean " + in_quotes(*nearest) + "?" : "";
}

}  // namespace rhumb
