#include "text/yaml_builder.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "text/quote.h"
#include "text/utf8.h"
#include "text/yaml.h"
#include "text/yaml_hints.h"
#include "text/yaml_messages.h"

namespace rhumb {
namespace {

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// What escapes have put into a text that may not stand there; "" if nothing.
std::string judge_text(std::string_view text) {
  if (text.find('\0') != text.npos) return "a NUL character in text; remove it";
  // yaml-cpp 0.7 writes the bytes 85 and A0 for these two.
  if (!is_utf8(text)) return "the escapes \\N and \\_ are not read; write \\u0085 or \\u00A0";
  return "";
}

}  // namespace

void YamlBuilder::start(std::size_t offset) {
  if (!started_) {
    started_ = true;
    const std::size_t directive = find_directive(text_.substr(0, offset), 0);
    if (directive != text_.npos) report(directive, std::string(kYamlDirective));
    return;
  }
  if (auto unquoted = find_unquoted(text_, offset)) stop(unquoted->offset, unquoted->message);
  const bool is_marked = begins_with(text_.substr(offset), "---");
  stop(offset, is_marked ? "a second document; write one document a file"
                         : "text after the end of the document; check quotes and brackets");
}

void YamlBuilder::empty(std::size_t offset) {
  if (open_.empty()) {
    if (is_blank_yaml(text_)) stop(0, std::string(kYamlEmpty));
    stop(offset, "no value stands here; write keys with their values");
  }
  if (wants_key()) {
    const bool is_null = is_null_word(text_, offset);
    stop(offset, is_null ? "a key is null; put it in quotes"
                         : "a key is missing, or longer than 1024 characters; write a key");
  }
  report_empty(offset);
  add_wrong(offset);
  last_was_empty_ = true;
}

void YamlBuilder::alias(std::size_t offset) {
  auto unquoted = find_unquoted(text_, offset);
  report(offset, unquoted ? unquoted->message : std::string(kYamlAlias));
  add_wrong(offset);
}

void YamlBuilder::scalar(std::size_t offset, std::string_view value) {
  check_sign(offset);
  check_tab(offset);
  const Result<std::string> text = unmask_surrogates(value, text_.substr(offset, 1) == "\"");
  const std::string problem = text.ok() ? judge_text(text.value()) : text.error();
  if (!problem.empty()) report(offset, problem);
  if (wants_key()) check_key(offset, value);
  if (problem.empty()) return add_text(offset, text.value());
  if (wants_key()) cut_short_ = true;  // nobody knows what is missing
  add_wrong(offset);
}

void YamlBuilder::open(std::size_t offset, YamlKind kind, YamlStyle style) {
  check_sign(offset);
  if (style == YamlStyle::kIndented) check_tab(offset);
  if (wants_key()) stop_at_key(offset);
  if (open_.size() == kMaxYamlDepth) {
    stop(offset, "nested deeper than " + std::to_string(kMaxYamlDepth) + "; write it flatter");
  }
  const bool brackets = in_brackets() || style == YamlStyle::kBrackets;
  add(offset, kind);
  open_.push_back({static_cast<std::uint32_t>(tree_.nodes.size() - 1), kind, brackets, true});
}

void YamlBuilder::close() {
  const Open closed = open_.back();
  open_.pop_back();
  tree_.nodes[closed.index].end = static_cast<std::uint32_t>(tree_.nodes.size());
  if (closed.kind == YamlKind::kMap) check_duplicates(closed.index);
  value_ended();
}

void YamlBuilder::add_text(std::size_t offset, std::string_view text) {
  YamlTree::Node& node = add(offset, YamlKind::kScalar);
  node.text_begin = static_cast<std::uint32_t>(tree_.text.size());
  node.text_size = static_cast<std::uint32_t>(text.size());
  node.end = static_cast<std::uint32_t>(tree_.nodes.size());
  node.quoted =
      offset < text_.size() && std::string_view("\"'|>").find(text_[offset]) != text_.npos;
  tree_.text += text;
  value_ended();
}

void YamlBuilder::add_wrong(std::size_t offset) {
  const std::size_t index = tree_.nodes.size();
  add_text(offset, "");
  tree_.nodes[index].wrong = true;
}

YamlTree::Node& YamlBuilder::add(std::size_t offset, YamlKind kind) {
  last_ = offset;
  last_was_empty_ = false;
  if (!open_.empty() && (open_.back().kind == YamlKind::kList || wants_key())) {
    ++tree_.nodes[open_.back().index].children;
  }
  const YamlPlaces::At at = places_.at(offset);
  YamlTree::Node& node = tree_.nodes.emplace_back();
  node.line = at.line;
  node.column = at.column;
  node.kind = kind;
  return node;
}

void YamlBuilder::value_ended() {
  if (!open_.empty()) open_.back().wants_key = !open_.back().wants_key;
}

void YamlBuilder::check_sign(std::size_t offset) {
  const std::string_view first = text_.substr(offset, 1);
  if (first == "!") report(offset, std::string(kYamlTag));
  if (first == "&") report(offset, std::string(kYamlAnchor));
}

void YamlBuilder::check_tab(std::size_t offset) {
  if (in_brackets()) return;
  const std::size_t tab = find_indenting_tab(text_, offset, " \t");
  if (tab != text_.npos) report(tab, std::string(kYamlTab));
}

void YamlBuilder::check_key(std::size_t offset, std::string_view key) {
  if (key == "<<" && begins_with(text_.substr(offset), "<<")) {
    report(offset, "<< does not merge maps here; write the keys out");
    cut_short_ = true;  // its map lacks keys
  }
}

// A list or a map where a key is wanted. The parser also says so of a bracket that is never closed.
void YamlBuilder::stop_at_key(std::size_t offset) {
  if (auto unquoted = find_unquoted(text_, offset)) stop(unquoted->offset, unquoted->message);
  const bool is_bracket = text_[offset] == '[' || text_[offset] == '{';
  if (is_bracket && !is_closed(text_, offset)) stop(offset, std::string(kYamlOpenBracket));
  stop(offset, "a key is a list or a map; write one text as key");
}

void YamlBuilder::check_duplicates(std::uint32_t map) {
  const std::vector<DuplicateKey> duplicates = find_duplicate_keys(tree_, map);
  if (map == 0 && !duplicates.empty()) cut_short_ = true;  // half of what the file is about
  for (const DuplicateKey& key : duplicates) {
    const YamlTree::Node& first = tree_.nodes[key.first];
    const YamlTree::Node& second = tree_.nodes[key.second];
    report_at({second.line, second.column}, "duplicate key " + in_quotes(text_of(key.second)) +
                                                ", given at " + std::to_string(first.line) + ":" +
                                                std::to_string(first.column) +
                                                " already; remove one of the two");
  }
}

void YamlBuilder::report_empty(std::size_t offset) {
  if (open_.back().kind == YamlKind::kList) {
    return report(in_brackets() ? offset : find_empty_item(text_, last_, offset),
                  "an empty list item; give a value or remove it");
  }
  const auto key = static_cast<std::uint32_t>(tree_.nodes.size() - 1);
  const YamlTree::Node& node = tree_.nodes[key];
  std::string message = in_quotes(text_of(key)) + " has no value; give a value or remove the key";
  if (!node.quoted && text_of(key).find(':') != text_.npos) {
    message += ", or put it in quotes if it is no key";
  }
  report_at({node.line, node.column}, std::move(message));
}

void YamlBuilder::finish() {
  const std::size_t directive = find_directive(text_, last_);
  if (directive != text_.npos) return note(directive, std::string(kYamlDirective));
  if (tree_.nodes.empty()) return note(0, std::string(kYamlEmpty));
  // yaml-cpp 0.7 takes a quote that runs to the end of the file if the last line has an end.
  if (is_open_quote(text_, last_)) note(last_, std::string(kYamlOpenQuote));
}

void YamlBuilder::fail(std::size_t offset, const std::string& parser_message) {
  // The parser says "no value" of a key that it then fails to go on from.
  if (last_was_empty_) problems_.pop_back();
  const std::size_t tab = in_brackets() ? text_.npos : find_indenting_tab(text_, offset, " \t-?");
  if (tab != text_.npos) return note(tab, std::string(kYamlTab));
  std::string message = in_our_words(parser_message);
  const std::size_t quote = find_open_quote(text_, last_);
  const bool is_at_end = in_brackets() && is_blank_yaml(text_.substr(offset));
  if (message == kYamlOpenQuote || (is_at_end && quote < text_.size())) {
    return note(quote, std::string(kYamlOpenQuote));
  }
  if (is_at_end) return note_open_bracket();
  const std::size_t start = start_of_sign(message, offset);
  if (auto unquoted = find_unquoted(text_, start)) {
    return note(unquoted->offset, unquoted->message);
  }
  note(start, std::move(message));
}

bool YamlBuilder::hand_over_problems(const std::string& file, Diagnostics& diagnostics) {
  const auto key = [](const Problem& p) { return std::tie(p.at.line, p.at.column, p.message); };
  const auto less = [&](const Problem& a, const Problem& b) { return key(a) < key(b); };
  const auto same = [&](const Problem& a, const Problem& b) { return key(a) == key(b); };
  std::sort(problems_.begin(), problems_.end(), less);
  problems_.erase(std::unique(problems_.begin(), problems_.end(), same), problems_.end());
  for (Problem& problem : problems_) {
    diagnostics.error({file, problem.at.line, problem.at.column}, std::move(problem.message));
  }
  return !problems_.empty();
}

YamlTree YamlBuilder::take(std::string file) {
  tree_.file = std::move(file);
  return std::move(tree_);
}

// The text ended within brackets: the innermost of them is where to look.
void YamlBuilder::note_open_bracket() {
  const YamlTree::Node& node = tree_.nodes[open_.back().index];
  problems_.push_back({{node.line, node.column}, std::string(kYamlOpenBracket)});
  cut_short_ = true;
}

// The parser is past the sign when it refuses what stands behind.
std::size_t YamlBuilder::start_of_sign(std::string_view message, std::size_t offset) const {
  const char sign = message == kYamlAlias    ? '*'
                    : message == kYamlAnchor ? '&'
                    : message == kYamlTag    ? '!'
                                             : '\0';
  return sign == '\0' ? offset : std::min(text_.rfind(sign, offset), offset);
}

void YamlBuilder::note(std::size_t offset, std::string message) {
  problems_.push_back({places_.at(offset), std::move(message)});
  cut_short_ = true;
}

void YamlBuilder::report(std::size_t offset, std::string message) {
  report_at(places_.at(offset), std::move(message));
}

void YamlBuilder::report_at(YamlPlaces::At at, std::string message) {
  problems_.push_back({at, std::move(message)});
  if (problems_.size() < kMaxYamlErrors) return;
  cut_short_ = true;
  throw YamlStop{};
}

void YamlBuilder::stop(std::size_t offset, std::string message) {
  note(offset, std::move(message));
  throw YamlStop{};
}

}  // namespace rhumb
