// IP addresses and prefixes as values: parsed, printed, compared. No sockets and no name lookups.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rhumb {

enum class Family : std::uint8_t { kV4 = 4, kV6 = 6 };

// An IPv4 or IPv6 address in network byte order; the bytes past an IPv4 address's four are zero.
class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  static IpAddress v4(std::span<const std::uint8_t, 4> bytes);
  static IpAddress v6(std::span<const std::uint8_t, 16> bytes);
  // Presentation form: strict dotted quad (no leading zeros), or RFC 4291 §2.2; no brackets, no
  // zone index.
  static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_v4() const { return family_ == Family::kV4; }
  // 4 or 16 bytes, borrowed from this value.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const {
    return std::span(bytes_).first(is_v4() ? 4 : 16);
  }
  // 0.0.0.0 or ::
  [[nodiscard]] bool is_unspecified() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  Family family_ = Family::kV4;
  std::array<std::uint8_t, 16> bytes_{};
};

// RFC 5952 for IPv6.
std::string to_string(const IpAddress& address);

// A network: an address whose bits past `length` are zero.
struct IpPrefix {
  IpAddress address;
  std::uint8_t length = 0;  // bits: 0…32 or 0…128

  // ADDRESS/LENGTH; bits set past the length are refused (nullopt).
  static std::optional<IpPrefix> parse(std::string_view text);
  // The first `length` bits of `address` (clamped to its width), the rest zero.
  static IpPrefix of(const IpAddress& address, std::uint8_t length);
  [[nodiscard]] bool contains(const IpAddress& other) const;

  auto operator<=>(const IpPrefix&) const = default;
};

std::string to_string(const IpPrefix& prefix);

// An address and a port, written 192.0.2.1:53 or [2001:db8::1]:53.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  static std::optional<Endpoint> parse(std::string_view text);
  auto operator<=>(const Endpoint&) const = default;
};

std::string to_string(const Endpoint& endpoint);

}  // namespace rhumb
