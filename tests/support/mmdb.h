// Writes MaxMind DB files for tests: any networks with any records, as the format's public
// description has it (version 2.0). Fast enough for a million networks.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "geo/place.h"

namespace rhumb::test {

// Values as the data section holds them.
std::string mmdb_text(std::string_view text);
std::string mmdb_double(double number);
std::string mmdb_uint16(std::uint16_t number);
std::string mmdb_uint32(std::uint32_t number);
std::string mmdb_uint64(std::uint64_t number);
// Of encoded values.
std::string mmdb_map(const std::vector<std::pair<std::string, std::string>>& items);
std::string mmdb_array(const std::vector<std::string>& items);
// To a value at `offset` of the data section.
std::string mmdb_pointer(std::uint32_t offset);

// A record of a City database that says this, and a registered_country that nobody should heed.
std::string mmdb_city(const GeoPlace& place);
// A record of an ASN database.
std::string mmdb_asn(std::uint32_t asn);

struct MmdbOptions {
  int record_size = 28;  // bits: 24, 28 or 32
  int ip_version = 6;
  std::string type = "Test-City";
  std::uint64_t build_time_s = 1'700'000'000;
};

// What stands at the end of a file, from its marker on.
std::string mmdb_metadata(const MmdbOptions& options, std::uint32_t nodes);

class MmdbWriter {
 public:
  using Options = MmdbOptions;

  MmdbWriter() : MmdbWriter(Options{}) {}
  explicit MmdbWriter(Options options);

  // What was there of this network before is replaced. An IPv4 network goes below ::/96 of an IPv6
  // tree. Equal records are stored once.
  void add(const IpPrefix& network, const std::string& record);
  void add(std::string_view network, const std::string& record);
  // Lets the nodes of ::ffff:0:0/96, 2001::/32 and 2002::/16 be that of ::/96, as MaxMind does.
  // After every add() of IPv4. Requires: there is such a node.
  void add_aliases();

  [[nodiscard]] std::string bytes() const;

 private:
  using Value = std::uint32_t;  // kNothing, a node, or kData + index into records
  static constexpr Value kNothing = 0xFFFFFFFF;
  static constexpr Value kData = 0x80000000;
  using Node = std::array<Value, 2>;

  // The branch that leads to the addresses of `network`, made if it is not there.
  Value& branch_of(const IpPrefix& network);
  void alias(std::string_view network, Value node);
  Value data(const std::string& record);
  void write_node(const Node& node, std::string& out) const;
  [[nodiscard]] std::uint32_t record_value(Value value) const;

  Options options_;
  std::vector<Node> nodes_{{kNothing, kNothing}};
  std::unordered_map<std::string, Value> known_;
  std::vector<std::uint32_t> offsets_;  // of records
  std::string data_;
};

}  // namespace rhumb::test
