// Replies read by another hand: ldns decodes the octets into text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rhumb::testing {

struct Decoded {
  std::uint16_t id = 0;
  std::uint16_t rcode = 0;  // with OPT's bits
  bool aa = false;
  bool tc = false;
  bool rd = false;
  bool ra = false;
  bool ad = false;
  bool cd = false;
  bool edns = false;
  bool dnssec_ok = false;
  std::uint16_t udp_size = 0;
  std::uint8_t edns_version = 0;
  std::string ecs;                    // "203.0.113.0/24/16": address, source and scope; or empty
  std::vector<std::string> question;  // "NAME CLASS TYPE"
  std::vector<std::string> answer;    // "NAME TTL TYPE RDATA", names with a final dot
  std::vector<std::string> authority;
  std::vector<std::string> additional;  // without OPT and TSIG
  bool tsig = false;
};

// Nullopt when ldns finds the message malformed.
std::optional<Decoded> decode(std::span<const std::uint8_t> message);

}  // namespace rhumb::testing
