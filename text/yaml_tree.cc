#include "text/yaml_tree.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace rhumb {

std::vector<DuplicateKey> find_duplicate_keys(const YamlTree& tree, std::uint32_t map) {
  std::vector<std::pair<std::string_view, std::uint32_t>> keys;
  keys.reserve(tree.nodes[map].children);
  for (const YamlEntry entry : YamlNode(tree, map).entries()) {
    keys.emplace_back(entry.key.text(), entry.key.index());
  }
  std::sort(keys.begin(), keys.end());
  std::vector<DuplicateKey> duplicates;
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys[i].first != keys[i - 1].first) continue;
    duplicates.push_back({keys[i - 1].second, keys[i].second});
  }
  return duplicates;
}

std::string_view YamlNode::text() const {
  assert(is_scalar());
  return std::string_view(tree_->text).substr(node().text_begin, node().text_size);
}

YamlRange<YamlNode> YamlNode::items() const {
  assert(is_list());
  return YamlRange<YamlNode>(*this);
}

YamlRange<YamlEntry> YamlNode::entries() const {
  assert(is_map());
  return YamlRange<YamlEntry>(*this);
}

std::optional<YamlEntry> YamlNode::find(std::string_view key) const {
  for (const YamlEntry entry : entries()) {
    if (entry.key.text() == key) return entry;
  }
  return std::nullopt;
}

template <>
YamlNode YamlRange<YamlNode>::Iterator::operator*() const {
  return {*tree_, index_};
}

template <>
YamlRange<YamlNode>::Iterator& YamlRange<YamlNode>::Iterator::operator++() {
  index_ = tree_->nodes[index_].end;
  return *this;
}

template <>
YamlEntry YamlRange<YamlEntry>::Iterator::operator*() const {
  return {{*tree_, index_}, {*tree_, index_ + 1}};
}

template <>
YamlRange<YamlEntry>::Iterator& YamlRange<YamlEntry>::Iterator::operator++() {
  index_ = tree_->nodes[index_ + 1].end;  // behind the value
  return *this;
}

}  // namespace rhumb
