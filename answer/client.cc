#include "answer/client.h"

#include "answer/sticky.h"

namespace rhumb {
namespace {

ClientFrom client_from(const View& view, const ClientSubnet& subnet) {
  if (!subnet.present) return ClientFrom::kSource;
  if (!view.options.client_subnet) return ClientFrom::kSubnetOff;
  if (subnet.source_prefix == 0) return ClientFrom::kSubnetEmpty;
  const bool knows_special = view.maps != nullptr && view.maps->special != nullptr;
  const bool is_special = knows_special && !view.maps->special->order_of(subnet.address).empty();
  return is_special ? ClientFrom::kSubnetSpecial : ClientFrom::kSubnet;
}

}  // namespace

void Client::find_out() noexcept {
  from_ = client_from(view_, query_.edns.client_subnet);
  address_ = from_ == ClientFrom::kSubnet ? &query_.edns.client_subnet.address : &query_.source;
}

void Client::widen(const ZoneRef& zone, const Group& group) noexcept {
  const auto number = static_cast<std::uint32_t>(&group - zone.zone->groups().data());
  const Reach& reach = view_.zones->reach(zone, number);
  if (reach.count == 0 && !reach.sticky) return;
  const IpAddress& address = query_.edns.client_subnet.address;
  Scope scope{.bits = 0, .cause = ScopeCause::kRule, .rule = 0, .zone = &zone, .group = &group};
  for (const std::uint32_t rule : view_.zones->rules_of(reach)) {
    scope.rule = rule;
    scope.bits = view_.maps->of_rule[rule]->block_of(address);
    widen(scope);
  }
  if (reach.sticky) {
    scope.cause = ScopeCause::kSticky;
    scope.bits = sticky_block_of(address);
    widen(scope);
  }
  if (view_.maps == nullptr || view_.maps->special == nullptr) return;
  scope.cause = ScopeCause::kSpecial;  // beside it, who is taken for the client may be another
  scope.bits = view_.maps->special->block_of(address);
  widen(scope);
}

void Client::widen(const Scope& scope) noexcept {
  if (scope.bits > scope_.bits) scope_ = scope;
}

}  // namespace rhumb
