// Questions in wire form, right and wrong ones, and what a reply to one comes to in a line: what
// the conformance tests ask rhumb and other servers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/dns_client.h"

namespace rhumb::test {

struct Opt {
  std::uint8_t version = 0;
  std::uint16_t flags = 0;  // 0x8000: DO
  std::uint16_t size = 1232;
  Bytes options = {};
  std::uint8_t owner_size =
      0;  // octets of a label that the owner has; 0: the root, as it should be
};

// A query. Counts are those of what is there, unless they are given.
struct Packet {
  std::string name = "c.test.";
  std::uint16_t type = 6;  // SOA
  std::uint16_t klass = 1;
  std::uint16_t flags = 0;  // of the header, with the opcode
  std::optional<Opt> opt = {};
  bool has_question = true;
  Bytes question = {};  // instead of name, type and class, as it stands
  Bytes tail = {};      // behind it all
  std::optional<std::uint16_t> questions = {};
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
  std::optional<std::uint16_t> additionals = {};
  std::optional<std::size_t> cut_to = {};  // octets of the whole
};

Bytes octets_of(const Packet& packet);

// The reply in a line: rcode, flags, types of the records by section, OPT and what is in it. "no
// reply" when there is none. What a reply of any kind must be is told only where it is not so.
std::string essence_of(const Bytes& query, const std::optional<Bytes>& reply);

enum class Over : std::uint8_t { kBoth, kUdp, kTcp };

struct Probe {
  std::string_view rfc;      // "8906"
  std::string_view section;  // "8.1.1"
  std::string_view name;     // of the test, behind the section
  std::string_view asked;    // in words
  Packet packet;
  std::string_view want;  // of rhumb: essence_of()
  Over over = Over::kBoth;
};

// Of what is looked up.
std::vector<Probe> lookup_probes();
// All of them, by RFC and section.
const std::vector<Probe>& probes();
// The zone that they ask about, c.test., in two parts: what every server can load, and what gdnsd
// cannot.
std::string_view probed_zone();
std::string_view probed_zone_more();

}  // namespace rhumb::test
