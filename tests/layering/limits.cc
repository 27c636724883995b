// The rule that ties docs/limits.md to the limits in the code.
#include <cctype>

#include "tests/layering/rules.h"

namespace rhumb::layering {
namespace {

constexpr std::string_view kPage = "docs/limits.md";

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_limit(std::string_view word) {
  const bool is_maximum = word.starts_with("kMax") && word.size() > 4 && word != "kMax";
  return is_maximum || (word.starts_with('k') && word.ends_with("Backlog"));
}

// The limit that a line defines; "" if it defines none. What is indented and not static belongs to
// one function alone, and is its own affair.
std::string_view limit_in(std::string_view line) {
  const bool is_named = line.starts_with("constexpr ") || line.starts_with("inline constexpr ") ||
                        line.starts_with("  static constexpr ");
  const std::size_t end = line.find_first_of("={");
  if (!is_named || end == std::string_view::npos) return {};
  std::size_t last = end;
  while (last > 0 && !is_word_char(line[last - 1])) --last;
  std::size_t first = last;
  while (first > 0 && is_word_char(line[first - 1])) --first;
  const std::string_view word = line.substr(first, last - first);
  return is_limit(word) ? word : std::string_view();
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_word_char(text[at - 1]);
    if (begins && (end == text.size() || !is_word_char(text[end]))) return true;
  }
  return false;
}

}  // namespace

Complaints limits_documented(const Tree& tree) {
  Complaints complaints;
  const auto page = tree.find(kPage);
  for (const auto& [path, text] : tree) {
    if (!is_production(path) || !(is_header(path) || is_source(path))) continue;
    std::size_t number = 0;
    for (const std::string_view line : lines_of(text)) {
      ++number;
      const std::string_view limit = limit_in(line);
      if (limit.empty() || (page != tree.end() && has_word(page->second, limit))) continue;
      complaints.push_back(path + ":" + std::to_string(number) + ": " + std::string(limit) +
                           " is not in docs/limits.md: add it");
    }
  }
  return complaints;
}

}  // namespace rhumb::layering
