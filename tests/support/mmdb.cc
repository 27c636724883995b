#include "tests/support/mmdb.h"

#include <bit>
#include <stdexcept>

namespace rhumb::test {
namespace {

enum Type : std::uint8_t {
  kPointer = 1,
  kText = 2,
  kDouble = 3,
  kUint16 = 5,
  kUint32 = 6,
  kMap = 7,
  kUint64 = 9,
  kArray = 11,
};

constexpr std::string_view kMetadataMarker = "\xab\xcd\xefMaxMind.com";

std::string big_endian(std::uint64_t number, int octets) {
  std::string text;
  for (int i = octets - 1; i >= 0; --i) {
    text += static_cast<char>(number >> (8U * static_cast<unsigned>(i)));
  }
  return text;
}

// The control octets of a value.
std::string control(Type type, std::size_t size) {
  std::string after;
  std::size_t in_first = size;
  if (size >= 29) {
    in_first = size < 285 ? 29 : size < 65'821 ? 30 : 31;
    after = in_first == 29   ? big_endian(size - 29, 1)
            : in_first == 30 ? big_endian(size - 285, 2)
                             : big_endian(size - 65'821, 3);
  }
  const bool extended = type > 7;
  std::string text(1, static_cast<char>((extended ? 0U : type * 32U) | in_first));
  if (extended) text += static_cast<char>(type - 7);
  return text + after;
}

std::string uint_of(Type type, std::uint64_t number) {
  const int octets = (64 - std::countl_zero(number) + 7) / 8;
  return control(type, static_cast<std::size_t>(octets)) + big_endian(number, octets);
}

bool bit_of(const IpPrefix& network, int index) {
  const std::uint8_t octet = network.address.bytes()[static_cast<std::size_t>(index / 8)];
  return ((octet >> (7 - index % 8)) & 1) != 0;
}

std::string iso_code(const Code& code) {
  return mmdb_map({{"geoname_id", mmdb_uint32(1)}, {"iso_code", mmdb_text(code.text())}});
}

}  // namespace

std::string mmdb_text(std::string_view text) { return control(kText, text.size()).append(text); }

std::string mmdb_double(double number) {
  return control(kDouble, 8) + big_endian(std::bit_cast<std::uint64_t>(number), 8);
}

std::string mmdb_uint16(std::uint16_t number) { return uint_of(kUint16, number); }
std::string mmdb_uint32(std::uint32_t number) { return uint_of(kUint32, number); }
std::string mmdb_uint64(std::uint64_t number) { return uint_of(kUint64, number); }

std::string mmdb_map(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string text = control(kMap, items.size());
  for (const auto& [key, value] : items) text += mmdb_text(key) + value;
  return text;
}

std::string mmdb_array(const std::vector<std::string>& items) {
  std::string text = control(kArray, items.size());
  for (const std::string& item : items) text += item;
  return text;
}

std::string mmdb_pointer(std::uint32_t offset) {
  return std::string(1, static_cast<char>(kPointer << 5U | 3U << 3U)) + big_endian(offset, 4);
}

std::string mmdb_city(const GeoPlace& place) {
  std::vector<std::pair<std::string, std::string>> items;
  items.emplace_back("city", mmdb_map({{"names", mmdb_map({{"en", mmdb_text("Somewhere")}})}}));
  if (!place.continent.empty()) {
    items.emplace_back("continent", mmdb_map({{"code", mmdb_text(place.continent.text())}}));
  }
  if (!place.country.empty()) items.emplace_back("country", iso_code(place.country));
  if (place.coordinates) {
    items.emplace_back("location",
                       mmdb_map({{"accuracy_radius", mmdb_uint16(100)},
                                 {"latitude", mmdb_double(place.coordinates->latitude)},
                                 {"longitude", mmdb_double(place.coordinates->longitude)}}));
  }
  items.emplace_back("registered_country", iso_code(Code("ZZ")));
  std::vector<std::string> subdivisions;
  for (const Code& code : place.subdivisions) {
    if (!code.empty()) subdivisions.push_back(iso_code(code));
  }
  if (!subdivisions.empty()) items.emplace_back("subdivisions", mmdb_array(subdivisions));
  return mmdb_map(items);
}

std::string mmdb_asn(std::uint32_t asn) {
  return mmdb_map({{"autonomous_system_number", mmdb_uint32(asn)},
                   {"autonomous_system_organization", mmdb_text("Example")}});
}

std::string mmdb_metadata(const MmdbOptions& options, std::uint32_t nodes) {
  const auto number = [](int value) { return mmdb_uint16(static_cast<std::uint16_t>(value)); };
  return std::string(kMetadataMarker) +
         mmdb_map({{"binary_format_major_version", number(2)},
                   {"binary_format_minor_version", number(0)},
                   {"build_epoch", mmdb_uint64(options.build_time_s)},
                   {"database_type", mmdb_text(options.type)},
                   {"description", mmdb_map({{"en", mmdb_text("for tests")}})},
                   {"ip_version", number(options.ip_version)},
                   {"languages", mmdb_array({mmdb_text("en")})},
                   {"node_count", mmdb_uint32(nodes)},
                   {"record_size", number(options.record_size)}});
}

MmdbWriter::MmdbWriter(Options options) : options_(std::move(options)) {}

void MmdbWriter::add(const IpPrefix& network, const std::string& record) {
  const Value value = data(record);
  branch_of(network) = value;
}

void MmdbWriter::add(std::string_view network, const std::string& record) {
  const auto prefix = IpPrefix::parse(network);
  if (!prefix) throw std::invalid_argument(std::string(network) + " is no network");
  add(*prefix, record);
}

void MmdbWriter::add_aliases() {
  Value start = 0;
  for (int depth = 0; depth < 96 && start < kData; ++depth) start = nodes_[start][0];
  if (start >= kData) throw std::logic_error("there is no node of ::/96");
  for (const char* network : {"::ffff:0:0/96", "2001::/32", "2002::/16"}) alias(network, start);
}

void MmdbWriter::alias(std::string_view network, Value node) {
  branch_of(*IpPrefix::parse(network)) = node;
}

MmdbWriter::Value& MmdbWriter::branch_of(const IpPrefix& network) {
  const int above = network.address.is_v4() && options_.ip_version == 6 ? 96 : 0;
  const int length = above + network.length;
  if (length == 0) throw std::invalid_argument("a network of all addresses has no branch");
  std::size_t node = 0;
  for (int depth = 0;; ++depth) {
    const std::size_t side = depth >= above && bit_of(network, depth - above) ? 1 : 0;
    if (depth + 1 == length) return nodes_[node][side];
    const Value value = nodes_[node][side];
    if (value < kData) {
      node = value;
      continue;
    }
    const std::size_t fresh = nodes_.size();
    nodes_.push_back({value, value});  // what was said of the whole holds for both halves
    nodes_[node][side] = static_cast<Value>(fresh);
    node = fresh;
  }
}

MmdbWriter::Value MmdbWriter::data(const std::string& record) {
  const auto [known, is_new] =
      known_.try_emplace(record, kData + static_cast<Value>(offsets_.size()));
  if (is_new) {
    offsets_.push_back(static_cast<std::uint32_t>(data_.size()));
    data_ += record;
  }
  return known->second;
}

std::uint32_t MmdbWriter::record_value(Value value) const {
  const auto nodes = static_cast<std::uint32_t>(nodes_.size());
  if (value == kNothing) return nodes;
  if (value < kData) return value;
  return nodes + 16 + offsets_[value - kData];
}

void MmdbWriter::write_node(const Node& node, std::string& out) const {
  const std::uint32_t left = record_value(node[0]);
  const std::uint32_t right = record_value(node[1]);
  if (options_.record_size < 32 && (left >> static_cast<unsigned>(options_.record_size) != 0 ||
                                    right >> static_cast<unsigned>(options_.record_size) != 0)) {
    throw std::length_error("the records are too short for so many networks");
  }
  switch (options_.record_size) {
    case 24:
      out += big_endian(left, 3) + big_endian(right, 3);
      break;
    case 28:
      out += big_endian(left & 0xFFFFFFU, 3);
      out += static_cast<char>((left >> 24U) << 4U | right >> 24U);
      out += big_endian(right & 0xFFFFFFU, 3);
      break;
    default:
      out += big_endian(left, 4) + big_endian(right, 4);
  }
}

std::string MmdbWriter::bytes() const {
  std::string out;
  out.reserve(nodes_.size() * 8 + data_.size() + 1000);
  for (const Node& node : nodes_) write_node(node, out);
  out += std::string(16, '\0') + data_;
  return out + mmdb_metadata(options_, static_cast<std::uint32_t>(nodes_.size()));
}

}  // namespace rhumb::test
