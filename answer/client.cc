#include "answer/client.h"

#include "answer/sticky.h"

namespace rhumb {

void Client::find_out() noexcept {
  const ClientSubnet& subnet = query_.edns.client_subnet;
  address_ = &query_.source;
  special_block_ = 0;
  if (!wants_scope(view_, query_)) [[likely]] {
    from_ = ClientFrom::kSource;
    if (subnet.present) {
      from_ = view_.options.client_subnet ? ClientFrom::kSubnetEmpty : ClientFrom::kSubnetOff;
    }
    return;
  }
  from_ = ClientFrom::kSubnet;
  if (view_.maps != nullptr && view_.maps->special != nullptr) {
    const ClientMap::Match match = view_.maps->special->match(subnet.address);
    special_block_ = match.block;
    if (!match.order.empty()) from_ = ClientFrom::kSubnetSpecial;
  }
  if (from_ == ClientFrom::kSubnet) address_ = &subnet.address;
}

void Client::widen(const ZoneRef& zone, const Group& group) noexcept {
  const auto number = static_cast<std::uint32_t>(&group - zone.zone->groups().data());
  const Reach& reach = view_.zones->reach(zone, number);
  if (reach.count == 0 && !reach.sticky) return;
  if (address_ == nullptr) find_out();
  const IpAddress& subnet = query_.edns.client_subnet.address;
  Scope scope{.bits = 0, .cause = ScopeCause::kRule, .rule = 0, .zone = &zone, .group = &group};
  for (const std::uint32_t rule : view_.zones->rules_of(reach)) {
    matched_ = view_.maps->of_rule[rule].get();
    match_ = matched_->match(subnet);
    scope.rule = rule;
    scope.bits = match_.block;
    widen(scope);
  }
  if (reach.sticky) {
    scope.cause = ScopeCause::kSticky;
    scope.bits = sticky_block_of(subnet);
    widen(scope);
  }
  scope.cause = ScopeCause::kSpecial;  // beside it, who is taken for the client may be another
  scope.bits = special_block_;
  widen(scope);
}

void Client::widen(const Scope& scope) noexcept {
  if (scope.bits <= scope_bits_) return;
  scope_ = scope;
  scope_bits_ = scope.bits;
}

}  // namespace rhumb
