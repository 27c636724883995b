// Builds the tree of a YAML document from a parser's events, knowing no parser, and applies the
// strict rules of read_yaml() to them. Offsets are bytes into the file's text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/yaml_source.h"
#include "text/yaml_tree.h"

namespace rhumb {

// Thrown, through the parser, when reading on makes no sense; the problem is noted before.
struct YamlStop {};

enum class YamlStyle : std::uint8_t { kIndented, kBrackets };

class YamlBuilder {
 public:
  // Borrows the file's text.
  explicit YamlBuilder(std::string_view text) : text_(text), places_(text) {}

  // The events, in the order of the text. All may throw YamlStop.
  void start(std::size_t offset);  // of a document
  void empty(std::size_t offset);  // a node that is missing or null
  void alias(std::size_t offset);
  void scalar(std::size_t offset, std::string_view value);
  void open(std::size_t offset, YamlKind kind, YamlStyle style);
  void close();
  // After the last event of the one document.
  void finish();
  // The parser gave up at `offset` with this message. Does not throw.
  void fail(std::size_t offset, const std::string& parser_message);

  // Adds what was found wrong, sorted by place. Returns whether there was anything.
  bool hand_over_problems(const std::string& file, Diagnostics& diagnostics);
  // Whether the tree has all of the text, whatever was wrong in it. Asked behind finish().
  [[nodiscard]] bool is_whole() const { return !cut_short_; }
  // Requires: is_whole().
  YamlTree take(std::string file);

 private:
  struct Problem {
    YamlPlaces::At at;
    std::string message;
  };
  struct Open {
    std::uint32_t index = 0;
    YamlKind kind = YamlKind::kMap;
    bool in_brackets = false;
    bool wants_key = true;  // of a map
  };

  void add_text(std::size_t offset, std::string_view text);
  void add_wrong(std::size_t offset);
  YamlTree::Node& add(std::size_t offset, YamlKind kind);
  void value_ended();
  void check_sign(std::size_t offset);
  void check_tab(std::size_t offset);
  void check_key(std::size_t offset, std::string_view key);
  void check_duplicates(std::uint32_t map);
  void report_empty(std::size_t offset);
  [[noreturn]] void stop_at_key(std::size_t offset);
  void note_open_bracket();
  [[nodiscard]] std::size_t start_of_sign(std::string_view message, std::size_t offset) const;

  [[nodiscard]] bool wants_key() const {
    return !open_.empty() && open_.back().kind == YamlKind::kMap && open_.back().wants_key;
  }
  [[nodiscard]] bool in_brackets() const { return !open_.empty() && open_.back().in_brackets; }
  [[nodiscard]] std::string_view text_of(std::uint32_t index) const {
    const YamlTree::Node& node = tree_.nodes[index];
    return std::string_view(tree_.text).substr(node.text_begin, node.text_size);
  }
  // Note what is wrong: note() and stop() what hides something behind it, report() what does not.
  // report() throws when it is enough, stop() always.
  void note(std::size_t offset, std::string message);
  void report(std::size_t offset, std::string message);
  void report_at(YamlPlaces::At at, std::string message);
  [[noreturn]] void stop(std::size_t offset, std::string message);

  std::string_view text_;
  YamlPlaces places_;
  YamlTree tree_;
  std::vector<Problem> problems_;
  std::vector<Open> open_;
  std::size_t last_ = 0;         // offset of the last event
  bool last_was_empty_ = false;  // and the last problem is about it
  bool started_ = false;
  bool cut_short_ = false;
};

}  // namespace rhumb
