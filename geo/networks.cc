#include "geo/networks.h"

#include <algorithm>
#include <numeric>

#include "geo/address_number.h"

namespace rhumb {
namespace {

// Takes the networks of one family in order of their first address, the wider first.
class Flattener {
 public:
  Flattener(std::span<const IpPrefix> networks, std::vector<std::uint32_t>& around,
            std::vector<NetworkStretch>& stretches)
      : networks_(networks), around_(around), stretches_(stretches) {}

  void add(std::uint32_t index) {
    const AddressNumber first = first_of(networks_[index]);
    while (!open_.empty() && last_of(innermost()) < first) close();
    around_[index] = open_.empty() ? 0 : open_.back();
    open_.push_back(index + 1);
    begin(first);
  }
  void finish() {
    while (!open_.empty()) close();
  }

 private:
  [[nodiscard]] const IpPrefix& innermost() const { return networks_[open_.back() - 1]; }

  void close() {
    const IpPrefix& network = innermost();
    const AddressNumber last = last_of(network);
    const bool ends_family = last == last_of(IpPrefix::of(network.address, 0));
    open_.pop_back();
    if (!ends_family) begin(next(last));
  }

  // From here on the innermost open network holds.
  void begin(AddressNumber first) {
    if (stretches_.empty()) stretches_.push_back({});
    const std::uint32_t network = open_.empty() ? 0 : open_.back();
    if (stretches_.back().first == first)
      stretches_.back().network = network;
    else
      stretches_.push_back({first, network});
  }

  std::span<const IpPrefix> networks_;
  std::vector<std::uint32_t>& around_;
  std::vector<NetworkStretch>& stretches_;
  std::vector<std::uint32_t> open_;  // each inside the one before
};

}  // namespace

FlatNetworks flatten(std::span<const IpPrefix> networks) {
  FlatNetworks flat;
  flat.around.resize(networks.size());
  std::vector<std::uint32_t> sorted(networks.size());
  std::iota(sorted.begin(), sorted.end(), 0U);
  // An IpPrefix compares by family, address, length.
  std::ranges::stable_sort(sorted, [&](auto a, auto b) { return networks[a] < networks[b]; });
  Flattener v4(networks, flat.around, flat.v4);
  Flattener v6(networks, flat.around, flat.v6);
  for (const std::uint32_t index : sorted) {
    (networks[index].address.is_v4() ? v4 : v6).add(index);
  }
  v4.finish();
  v6.finish();
  return flat;
}

}  // namespace rhumb
