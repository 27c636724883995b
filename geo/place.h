// Where a client or a site is, as far as it is known: codes, coordinates, AS number. Values; who is
// asked about and how a place was found is not here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rhumb {

// A code of at most 3 octets, upper-case: a continent's, a country's (ISO 3166-1), or the part of a
// subdivision's behind the hyphen (ISO 3166-2).
class Code {
 public:
  static constexpr std::size_t kMaxSize = 3;

  Code() = default;  // not known
  // Letters become upper-case. Requires: kMaxSize octets at most.
  explicit Code(std::string_view text);

  [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  auto operator<=>(const Code&) const = default;

 private:
  std::array<char, kMaxSize> text_{};
  std::uint8_t size_ = 0;
};

// In degrees: -90…90 and -180…180.
struct Coordinates {
  double latitude = 0;
  double longitude = 0;

  bool operator==(const Coordinates&) const = default;
};

struct GeoPlace {
  static constexpr std::size_t kMaxSubdivisions = 2;

  Code continent;
  Code country;
  std::array<Code, kMaxSubdivisions> subdivisions;  // the larger first: ENG, then OXF
  std::optional<Coordinates> coordinates;
  std::uint32_t asn = 0;  // 0: not known

  bool operator==(const GeoPlace&) const = default;
};

}  // namespace rhumb
