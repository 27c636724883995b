// The known word that was probably meant by an unknown one, for the hints in error messages.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rhumb {

// Among more words than this nothing is suggested, so that many mistakes in a large file stay
// cheap.
constexpr std::size_t kMaxSuggestWords = 4096;
// Longer words are not compared.
constexpr std::size_t kMaxSuggestLength = 64;

// The word of `known` nearest to `word` by Damerau-Levenshtein distance without regard to case, the
// first of equals; nullopt when none is near: one edit in three letters, at most three.
std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> known);

// `; did you mean "healthCheckId"?`, to be put behind a message, or "" when no word is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace rhumb
