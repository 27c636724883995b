// Feeds the YAML door: whatever the bytes, it answers with a sound tree or with errors that have
// places.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "text/utf8.h"
#include "text/yaml.h"

namespace rhumb {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_text(YamlNode node) {
  require(is_utf8(node.text()) && node.text().find('\0') == std::string_view::npos);
}

void check_tree(YamlNode root) {
  std::vector<YamlNode> open = {root};
  while (!open.empty()) {
    const YamlNode node = open.back();
    open.pop_back();
    require(node.place().line > 0 && node.place().column > 0);
    std::size_t children = 0;
    if (node.is_scalar()) {
      check_text(node);
    } else if (node.is_list()) {
      for (const YamlNode item : node.items()) open.push_back(item), ++children;
    } else {
      for (const YamlEntry entry : node.entries()) {
        check_text(entry.key);
        require(node.find(entry.key.text()).has_value());
        open.push_back(entry.value);
        ++children;
      }
    }
    require(children == node.size());
  }
}

}  // namespace
}  // namespace rhumb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  rhumb::Diagnostics diagnostics;
  const auto document = rhumb::read_yaml(text, "fuzz.yaml", diagnostics);
  rhumb::require(document.has_value() != diagnostics.has_errors());
  for (const rhumb::Diagnostic& diagnostic : diagnostics.all()) {
    rhumb::require(diagnostic.place.line > 0 && diagnostic.place.column > 0);
    rhumb::require(!diagnostic.message.empty());
  }
  if (document) rhumb::check_tree(document->root());
  return 0;
}
