#include "text/yaml_hints.h"

#include <algorithm>
#include <string>

#include "text/blanks.h"
#include "text/quote.h"

namespace rhumb {
namespace {

constexpr auto kNowhere = std::string_view::npos;

std::size_t line_begin(std::string_view text, std::size_t offset) {
  if (offset == 0) return 0;
  const std::size_t feed = text.rfind('\n', offset - 1);
  return feed == kNowhere ? 0 : feed + 1;
}

// The line that begins at `begin`, without its end.
std::string_view line_at(std::string_view text, std::size_t begin) {
  std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// From `begin` to a blank or what ends a value in brackets, at most to the end of the line.
std::string_view word_at(std::string_view text, std::size_t begin) {
  return text.substr(begin, std::min(text.find_first_of(" \t\r\n,{}", begin), text.size()) - begin);
}

// A word that is a key, without the colon behind it.
std::string_view without_colon(std::string_view word) {
  if (word.size() > 1 && word.back() == ':') word.remove_suffix(1);
  return word;
}

YamlFault quote_it(std::size_t offset, std::string_view word) {
  const std::string quoted = in_quotes(word);
  return {offset, quoted.substr(1, quoted.size() - 2) +
                      " has a meaning of its own in YAML; put it in quotes: " + quoted};
}

bool is_address(std::string_view text) {
  return text.find(':') != kNowhere &&
         text.find_first_not_of("0123456789abcdefABCDEF:.") == kNowhere;
}

// [::1]:53 with `[` at `open`.
std::optional<YamlFault> find_bracketed_address(std::string_view text, std::size_t open) {
  const std::size_t close = text.substr(open, kMaxQuotedBytes).find(']');
  if (close == kNowhere || !is_address(text.substr(open + 1, close - 1))) return std::nullopt;
  const std::string_view port = word_at(text, open + close + 1);
  if (port.empty() || port[0] != ':') return std::nullopt;
  return quote_it(open, text.substr(open, close + 1 + port.substr(0, port.find(']')).size()));
}

// True when `at` follows a blank or the start of the text.
bool is_behind_blank(std::string_view text, std::size_t at) {
  return at == 0 || is_blank(text[at - 1]);
}

// A quote that follows a blank or a sign, and so most likely belongs to no plain text.
bool begins_quote(std::string_view text, std::size_t at) {
  if (text[at] != '"' && text[at] != '\'') return false;
  return is_behind_blank(text, at) || std::string_view("[{,:").find(text[at - 1]) != kNowhere;
}

// Where the quote that begins at `begin` is closed; the end of the text if nowhere.
std::size_t quote_end(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  const char escape = quote == '"' ? '\\' : '\'';
  for (std::size_t at = begin + 1; at < text.size(); ++at) {
    const bool is_escaped = text[at] == escape && at + 1 < text.size();
    if (is_escaped && (quote == '"' || text[at + 1] == quote)) {
      ++at;
    } else if (text[at] == quote) {
      return at;
    }
  }
  return text.size();
}

std::size_t skip_blanks(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

// `- ` at the start of the line, perhaps several, and nothing behind but a comment.
bool is_empty_item(std::string_view line) {
  const std::size_t end = std::min(line.find_first_not_of("- \t"), line.size());
  return line.substr(0, end).find('-') != kNowhere && (end == line.size() || line[end] == '#');
}

}  // namespace

std::size_t find_indenting_tab(std::string_view text, std::size_t offset,
                               std::string_view indentation) {
  const std::size_t begin = line_begin(text, offset);
  const std::string_view rest = text.substr(begin);
  const std::size_t size = std::min(rest.find_first_not_of(indentation), rest.size());
  const std::size_t tab = rest.substr(0, size).find('\t');
  return tab == kNowhere ? kNowhere : begin + tab;
}

bool is_closed(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) return true;
    if (begins_quote(text, at)) at = quote_end(text, at);
    if (c == '#' && is_behind_blank(text, at)) at = std::min(text.find('\n', at), text.size());
  }
  return false;
}

bool is_open_quote(std::string_view text, std::size_t begin) {
  const bool is_quote = begin < text.size() && (text[begin] == '"' || text[begin] == '\'');
  return is_quote && quote_end(text, begin) == text.size();
}

std::size_t find_open_quote(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == '#' && is_behind_blank(text, at)) {
      at = std::min(text.find('\n', at), text.size());
    } else if (begins_quote(text, at)) {
      const std::size_t end = quote_end(text, at);
      if (end == text.size()) return at;
      at = end;
    }
  }
  return text.size();
}

bool is_null_word(std::string_view text, std::size_t offset) {
  const std::string_view word = without_colon(word_at(text, offset));
  return word == "~" || word == "null" || word == "Null" || word == "NULL";
}

bool is_blank_yaml(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view line = line_at(text, at);
    std::string_view rest = line;
    if (line.substr(0, 3) == "---" || line.substr(0, 3) == "...") rest.remove_prefix(3);
    rest.remove_prefix(skip_blanks(rest));
    if (!rest.empty() && rest[0] != '#') return false;
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  return true;
}

std::size_t find_directive(std::string_view text, std::size_t from) {
  if (from == 0 && !text.empty() && text[0] == '%') return 0;
  const std::size_t feed = text.find("\n%", from);
  return feed == kNowhere ? kNowhere : feed + 1;
}

std::size_t find_empty_item(std::string_view text, std::size_t last, std::size_t next) {
  std::size_t begin = line_begin(text, next);
  while (true) {
    const std::string_view line = line_at(text, begin);
    if (begin < next && is_empty_item(line)) return begin + line.rfind('-', line.find('#'));
    if (begin <= last) return next;
    begin = line_begin(text, begin - 1);
  }
}

std::optional<YamlFault> find_unquoted(std::string_view text, std::size_t offset) {
  if (offset < text.size()) {
    const char c = text[offset];
    if (c == '[') return find_bracketed_address(text, offset);
    if (c == '@' || c == '`' || c == '*' || c == '%')
      return quote_it(offset, without_colon(word_at(text, offset)));
  }
  const std::size_t begin = line_begin(text, offset);
  const std::string_view before = text.substr(begin, offset - begin);
  if (!before.empty() && before.back() == ']') {
    const std::size_t open = before.rfind('[');
    if (open != kNowhere) return find_bracketed_address(text, begin + open);
  }
  return std::nullopt;
}

}  // namespace rhumb
