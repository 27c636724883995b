#include "zones/routed_name.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/ip.h"
#include "dns/name.h"
#include "zones/image.h"

namespace rhumb {
namespace {

// The node that answers for a name, and how many of the name's labels stand before its owner: none
// if it is the name's own or a wildcard.
struct Source {
  const Node* node = nullptr;
  int below = 0;
};

// RFC 1034 §4.3.2 step 3; nothing below a cut, where another server decides.
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

// Whether a set that is asked for an address is routed: then who asks decides what it says.
bool is_routed(const Node& node) {
  constexpr std::array kAsked = {Type::kA, Type::kAaaa, Type::kCname};
  return std::ranges::any_of(kAsked, [&node](Type type) {
    const SetHead* const set = find_set(node, type);
    return set != nullptr && (set->flags & SetHead::kRouted) != 0;
  });
}

using Wire = std::vector<std::uint8_t>;

void append(Wire& to, std::span<const std::uint8_t> octets) {
  to.insert(to.end(), octets.begin(), octets.end());
}

// The name in the first record of an image, which is copied below `owner`.
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

// Where a static CNAME or DNAME leads from `name`, which `source` answers for; nullopt if there is
// none.
std::optional<Wire> next_of(const Zone& zone, Source source, const FoldedName& name) {
  const Type type = source.below > 0 ? Type::kDname : Type::kCname;
  const SetHead* const set = find_set(*source.node, type);
  if (set == nullptr) return std::nullopt;
  const Wire target = target_of(*zone.image(set->body), name);
  if (source.below == 0) return target;
  const std::span<const std::uint8_t> whole = name.suffix(0);
  Wire next;
  append(next, whole.first(whole.size() - name.suffix(source.below).size()));
  append(next, target);
  return next;
}

}  // namespace

bool is_routed_here(const ZoneSet& zones, const std::string& host) {
  if (host.empty() || IpAddress::parse(host)) return false;
  const Result<Name> parsed = Name::parse(host, Name());
  if (!parsed.ok()) return false;
  FoldedName name;
  fold(parsed.value().wire(), name);
  for (int followed = 0; followed <= kMaxFollowed; ++followed) {
    const ZoneRef* const zone = zones.find(name, Type::kA);
    if (zone == nullptr) return false;
    const Source source = source_of(*zone->zone, name);
    if (source.node == nullptr) return false;
    if (source.below == 0 && is_routed(*source.node)) return true;
    const std::optional<Wire> next = next_of(*zone->zone, source, name);
    // Longer than a name may be: RFC 6672 §2.2.
    if (!next || fold(*next, name) == 0) return false;
  }
  return false;
}

}  // namespace rhumb
