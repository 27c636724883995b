// A YAML document as a compact immutable tree that knows the place of every node and every key.
// Every scalar is its text; what the text means is the caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace rhumb {

enum class YamlKind : std::uint8_t { kScalar, kMap, kList };

// The nodes in the order of the text. The children of a node follow it; `end` is the index behind
// the last of them. The children of a map are key, value, key, value.
struct YamlTree {
  struct Node {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::uint32_t text_begin = 0;  // into `text`, scalars only
    std::uint32_t text_size = 0;
    std::uint32_t end = 0;
    std::uint32_t children = 0;  // entries of a map, items of a list
    YamlKind kind = YamlKind::kScalar;
    bool quoted = false;
    bool wrong = false;  // a scalar whose text is not known; told already
  };
  std::string file;
  std::string text;
  std::vector<Node> nodes;
};

// Two entries of one map with the same key, by the nodes of their keys.
struct DuplicateKey {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
};
// Those of the map at index `map`; of a key that stands n times, n - 1 pairs.
std::vector<DuplicateKey> find_duplicate_keys(const YamlTree& tree, std::uint32_t map);

struct YamlEntry;
template <typename T>
class YamlRange;

// A borrowed handle on a node: cheap to copy, valid as long as its YamlDocument lives (moving the
// document is fine).
class YamlNode {
 public:
  YamlNode(const YamlTree& tree, std::uint32_t index) : tree_(&tree), index_(index) {}

  [[nodiscard]] std::uint32_t index() const { return index_; }
  [[nodiscard]] YamlKind kind() const { return node().kind; }
  [[nodiscard]] bool is_scalar() const { return kind() == YamlKind::kScalar; }
  [[nodiscard]] bool is_map() const { return kind() == YamlKind::kMap; }
  [[nodiscard]] bool is_list() const { return kind() == YamlKind::kList; }

  // Where the node begins: FILE:LINE:COLUMN, columns in characters. Copies the file's name.
  [[nodiscard]] Place place() const { return {tree_->file, node().line, node().column}; }

  // Requires: is_scalar(). The text without quotes, escapes decoded; UTF-8 without NUL.
  [[nodiscard]] std::string_view text() const;
  // Requires: is_scalar(). Written in quotes or as a block, and so never meant as a boolean.
  [[nodiscard]] bool quoted() const { return node().quoted; }

  // A scalar whose text is not known, which has been told.
  [[nodiscard]] bool is_wrong() const { return node().wrong; }

  // Items of a list or entries of a map; 0 for a scalar.
  [[nodiscard]] std::size_t size() const { return node().children; }
  // Requires: is_list(). `for (YamlNode item : list.items())`, in the order of the text.
  [[nodiscard]] YamlRange<YamlNode> items() const;
  // Requires: is_map(). `for (YamlEntry entry : map.entries())`, in the order of the text.
  [[nodiscard]] YamlRange<YamlEntry> entries() const;
  // Requires: is_map(). The entry of this key, by a linear search.
  [[nodiscard]] std::optional<YamlEntry> find(std::string_view key) const;

 private:
  template <typename T>
  friend class YamlRange;
  [[nodiscard]] const YamlTree::Node& node() const { return tree_->nodes[index_]; }

  const YamlTree* tree_;
  std::uint32_t index_;
};

// One entry of a map. The key is always a scalar.
struct YamlEntry {
  YamlNode key;
  YamlNode value;
};

// The children of a node as a range of YamlNode or YamlEntry.
template <typename T>
class YamlRange {
 public:
  class Iterator {
   public:
    Iterator(const YamlTree& tree, std::uint32_t index) : tree_(&tree), index_(index) {}
    T operator*() const;
    Iterator& operator++();
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const YamlTree* tree_;
    std::uint32_t index_;
  };

  explicit YamlRange(YamlNode parent) : parent_(parent) {}
  [[nodiscard]] Iterator begin() const { return {*parent_.tree_, parent_.index_ + 1}; }
  [[nodiscard]] Iterator end() const { return {*parent_.tree_, parent_.node().end}; }

 private:
  YamlNode parent_;
};

template <>
YamlNode YamlRange<YamlNode>::Iterator::operator*() const;
template <>
YamlRange<YamlNode>::Iterator& YamlRange<YamlNode>::Iterator::operator++();
template <>
YamlEntry YamlRange<YamlEntry>::Iterator::operator*() const;
template <>
YamlRange<YamlEntry>::Iterator& YamlRange<YamlEntry>::Iterator::operator++();

// Owns a tree. Moving it keeps its nodes valid.
class YamlDocument {
 public:
  // Requires: `tree` holds at least one node.
  explicit YamlDocument(YamlTree tree) : tree_(std::make_unique<const YamlTree>(std::move(tree))) {}
  [[nodiscard]] YamlNode root() const { return {*tree_, 0}; }
  [[nodiscard]] const std::string& file() const { return tree_->file; }

 private:
  std::unique_ptr<const YamlTree> tree_;
};

}  // namespace rhumb
