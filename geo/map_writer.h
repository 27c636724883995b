// Writes the bytes of a ClientMap from ranges in rising order. Decides nothing: which order an
// address has is its caller's affair.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "geo/map_form.h"
#include "geo/place_table.h"

namespace rhumb {

class MapWriter {
 public:
  // Requires: 1…kMaxLocations.
  explicit MapWriter(std::size_t location_count) : location_count_(location_count) {}

  // Of an order: distinct locations, the best first. Equal orders have equal numbers.
  std::uint32_t number_of(std::span<const std::uint8_t> order);

  // From `start` on this order holds, to the next start or the end of the family. Starts rise, from
  // 0; a family of which nothing is said has the empty order. Of IPv6, what is said of addresses
  // that hold an IPv4 one does not count: they have that one's order.
  void add_v4(std::uint32_t start, std::uint32_t order);
  void add_v6(AddressNumber start, std::uint32_t order);

  std::vector<std::byte> finish() &&;

 private:
  template <typename Start>
  struct Ranges {
    std::vector<Start> starts;
    std::vector<std::uint32_t> orders;

    void add(Start start, std::uint32_t order) {
      if (!orders.empty() && orders.back() == order) return;
      starts.push_back(start);
      orders.push_back(order);
    }
  };

  // What IPv6 has instead where it holds IPv4: nothing of its own (nullopt), or one order.
  [[nodiscard]] Ranges<AddressNumber> without_ipv4(std::optional<std::uint32_t> order) const;

  std::size_t location_count_;
  Ranges<std::uint32_t> v4_;
  Ranges<AddressNumber> v6_;
  std::vector<OrderSpan> orders_;
  std::vector<std::uint8_t> pool_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

}  // namespace rhumb
