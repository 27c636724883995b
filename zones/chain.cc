#include "zones/chain.h"

#include <span>

#include "zones/image.h"

namespace rhumb {
namespace {

using Wire = std::vector<std::uint8_t>;

void append(Wire& to, std::span<const std::uint8_t> octets) {
  to.insert(to.end(), octets.begin(), octets.end());
}

}  // namespace

bool is_in_zone(const Zone& zone, const FoldedName& name) {
  const int above = name.labels - zone.apex().labels;
  return above >= 0 && zone.find(name, above) == &zone.apex();
}

Source source_of(const Zone& zone, const FoldedName& name) {
  int missing = 0;
  const Node* node = zone.find(name, 0);
  while (node == nullptr || node->has(Node::kHidden)) node = zone.find(name, ++missing);
  if (node->has(Node::kCut)) return {};
  if (missing == 0 || node->has(Node::kDname)) return {node, missing};
  // RFC 4592 §3.3.1: the source of synthesis stands at the closest encloser or nowhere.
  if (node->has(Node::kWildChild)) return {zone.wildcard(*node), 0};
  return {};
}

Wire target_of(const Image& image, const FoldedName& owner) {
  const std::span<const std::uint8_t> wire = image.wire();
  Wire target;
  if (image.fixups().empty()) {
    append(target, wire.subspan(kWireRecordSize));
    return target;
  }
  const Fixup& fixup = image.fixups().front();
  append(target, wire.subspan(kWireRecordSize, fixup.at - kWireRecordSize));
  append(target, owner.suffix(0).last(fixup.suffix_size));
  return target;
}

std::optional<Wire> next_of(const Zone& zone, Source source, const FoldedName& name) {
  const Type type = source.below > 0 ? Type::kDname : Type::kCname;
  const SetHead* const set = find_set(*source.node, type);
  if (set == nullptr || set->flags != 0) return std::nullopt;
  const Wire target = target_of(*zone.image(set->body), name);
  if (source.below == 0) return target;
  const std::span<const std::uint8_t> whole = name.suffix(0);
  Wire next;
  append(next, whole.first(whole.size() - name.suffix(source.below).size()));
  append(next, target);
  return next;
}

}  // namespace rhumb
