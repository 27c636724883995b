#include "zones/master_scanner.h"

#include <algorithm>
#include <array>

#include "text/blanks.h"
#include "zones/presentation.h"

namespace rhumb {
namespace {

// True for the characters that a line must be stopped at.
constexpr std::array<bool, 256> kSpecial = [] {
  std::array<bool, 256> special{};
  for (const char c : {'\n', ';', '"', '\\', '(', ')', '\0'}) {
    special[static_cast<std::uint8_t>(c)] = true;
  }
  return special;
}();

std::size_t find_special(std::string_view text, std::size_t at) {
  while (at < text.size() && !kSpecial[static_cast<std::uint8_t>(text[at])]) ++at;
  return at;
}

constexpr std::string_view kOpenQuote = "a quote is not closed on its line";
constexpr std::string_view kLastBackslash = "a backslash ends the line";
constexpr std::string_view kNul = "there is a NUL byte; a master file is ASCII or UTF-8 text";
constexpr std::string_view kOpenParenthesis = "a parenthesis is not closed";
constexpr std::string_view kLoneParenthesis = "a closing parenthesis has no opening one";
constexpr std::string_view kTooLong =
    "the record is longer than 1 MB; is a parenthesis not closed?";

}  // namespace

MasterScanner::MasterScanner(std::string_view text) : text_(text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
}

std::optional<MasterEntry> MasterScanner::next() {
  while (at_ < text_.size()) {
    const MasterEntry entry = scan();
    if (!entry.text.empty() || !entry.problem.empty()) return entry;
  }
  return std::nullopt;
}

// Most entries stand on one line and are taken as they stand.
MasterEntry MasterScanner::scan() {
  MasterEntry entry{.text = {}, .problem = {}, .line = line_, .starts_blank = is_blank(text_[at_])};
  std::size_t at = at_;
  while (true) {
    at = find_special(text_, at);
    const char special = at < text_.size() ? text_[at] : '\n';
    if (special == '\n' || special == ';') return finish_line(entry, at);
    if (special == '(' || special == ')') return scan_joined(entry);
    const Piece piece = skip_special(at);
    entry.problem = piece.problem;
    at = piece.end;
    if (!entry.problem.empty()) return finish_line(entry, at);
  }
}

// The entry ends at `end`; the scan goes on behind the line's end.
MasterEntry MasterScanner::finish_line(MasterEntry entry, std::size_t end) {
  entry.text = trim_blanks(text_.substr(at_, end - at_));
  at_ = std::min(end_of_line(end) + 1, text_.size());
  ++line_;
  return entry;
}

// Passes over the quoted text, escape or NUL at `at`; with a problem, to the line's end.
MasterScanner::Piece MasterScanner::skip_special(std::size_t at) const {
  if (text_[at] == '"') {
    const std::size_t end = end_of_quoted(text_, at);
    if (end != std::string_view::npos) return {.end = end, .problem = {}};
    return {.end = end_of_line(at), .problem = kOpenQuote};
  }
  if (text_[at] == '\0') return {.end = end_of_line(at), .problem = kNul};
  const bool last = at + 1 >= text_.size() || text_[at + 1] == '\n';
  if (last) return {.end = end_of_line(at), .problem = kLastBackslash};
  return {.end = at + 2, .problem = {}};
}

std::size_t MasterScanner::end_of_line(std::size_t at) const {
  return std::min(text_.find('\n', at), text_.size());
}

// Copies an entry with parentheses, which become blanks as the line ends between them do.
MasterEntry MasterScanner::scan_joined(MasterEntry entry) {
  joined_.clear();
  depth_ = 0;
  while (at_ < text_.size() && (depth_ > 0 || text_[at_] != '\n')) {
    const Piece piece = copy_piece();
    if (entry.problem.empty()) entry.problem = piece.problem;
    at_ = piece.end;
    if (joined_.size() > kMaxEntrySize) {
      entry.problem = kTooLong;
      at_ = text_.size();
      depth_ = 0;
    }
  }
  if (depth_ > 0 && entry.problem.empty()) entry.problem = kOpenParenthesis;
  if (at_ < text_.size()) ++at_;
  ++line_;
  entry.text = trim_blanks(joined_);
  return entry;
}

MasterScanner::Piece MasterScanner::copy_piece() {
  const std::size_t special = find_special(text_, at_);
  joined_ += text_.substr(at_, special - at_);
  if (special == text_.size() || (depth_ == 0 && text_[special] == '\n')) {
    return {.end = special, .problem = {}};
  }
  const Piece after{.end = special + 1, .problem = {}};
  switch (text_[special]) {
    case '\n':
      ++line_;
      joined_ += ' ';
      return after;
    case ';':
      return {.end = end_of_line(special), .problem = {}};
    case '(':
      ++depth_;
      joined_ += ' ';
      return after;
    case ')':
      joined_ += ' ';
      if (depth_ == 0) return {.end = special + 1, .problem = kLoneParenthesis};
      --depth_;
      return after;
    default:
      break;
  }
  const Piece piece = skip_special(special);
  joined_ += text_.substr(special, piece.end - special);
  return piece;
}

}  // namespace rhumb
