#include "geo/maxmind.h"

#include <maxminddb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "geo/address_number.h"
#include "geo/ipv4_in_ipv6.h"
#include "text/quote.h"

namespace rhumb {
namespace {

constexpr std::uint32_t kSeparatorSize = 16;  // octets of zero between tree and data
constexpr int kIpv4Bits = 32;
constexpr int kIpv6Bits = 128;
constexpr int kIpv4Depth = 96;  // where IPv4 starts in a tree of IPv6, at ::/96
constexpr std::size_t kMaxTypeSize = 100;

// An open file. Does not move, since entries point to it.
class Database {
 public:
  explicit Database(const std::string& path) : status_(MMDB_open(path.c_str(), 0, &mmdb_)) {
    if (status_ != MMDB_SUCCESS) reason_ = errno;
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    if (status_ == MMDB_SUCCESS) MMDB_close(&mmdb_);
  }
  [[nodiscard]] const MMDB_s& mmdb() const { return mmdb_; }
  // Why it could not be opened.
  [[nodiscard]] std::optional<Error> error() const {
    if (status_ == MMDB_SUCCESS) return std::nullopt;
    if (status_ == MMDB_FILE_OPEN_ERROR) {
      return Error{"cannot be read: " + std::generic_category().message(reason_)};
    }
    return Error{std::string("is no MaxMind DB, or is damaged: ") + MMDB_strerror(status_)};
  }

 private:
  MMDB_s mmdb_{};
  int status_;
  int reason_ = 0;
};

using Path = std::array<const char*, 4>;  // to a field, closed by a null

constexpr Path kContinent = {"continent", "code"};
constexpr Path kCountry = {"country", "iso_code"};  // and never registered_country
constexpr std::array<Path, GeoPlace::kMaxSubdivisions> kSubdivisions = {
    {{"subdivisions", "0", "iso_code"}, {"subdivisions", "1", "iso_code"}}};
constexpr Path kLatitude = {"location", "latitude"};
constexpr Path kLongitude = {"location", "longitude"};
constexpr Path kAsn = {"autonomous_system_number"};

// One entry of the data section, and the first thing that is wrong with it.
class Entry {
 public:
  Entry(const MMDB_s& mmdb, std::uint32_t offset) : entry_{&mmdb, offset} {}

  // A field of another type, or with a value that cannot be, is as good as none.
  Code code(const Path& path);
  std::optional<Coordinates> coordinates();
  std::uint32_t asn();
  [[nodiscard]] int status() const { return status_; }

 private:
  std::optional<MMDB_entry_data_s> find(const Path& path);
  std::optional<double> number(const Path& path, double limit);

  MMDB_entry_s entry_;
  int status_ = MMDB_SUCCESS;
};

std::optional<MMDB_entry_data_s> Entry::find(const Path& path) {
  MMDB_entry_data_s data{};
  const int status = MMDB_aget_value(&entry_, &data, path.data());
  if (status == MMDB_SUCCESS && data.has_data) return data;
  const bool is_absent = status == MMDB_SUCCESS || status == MMDB_INVALID_LOOKUP_PATH_ERROR ||
                         status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR;
  if (!is_absent && status_ == MMDB_SUCCESS) status_ = status;
  return std::nullopt;
}

Code Entry::code(const Path& path) {
  const auto found = find(path);
  if (!found || found->type != MMDB_DATA_TYPE_UTF8_STRING) return {};
  const std::string_view text(found->utf8_string, found->data_size);
  const bool is_code = text.size() <= Code::kMaxSize && std::ranges::all_of(text, [](char letter) {
                         return (letter >= 'A' && letter <= 'Z') ||
                                (letter >= 'a' && letter <= 'z') ||
                                (letter >= '0' && letter <= '9');
                       });
  return is_code ? Code(text) : Code();
}

std::optional<double> Entry::number(const Path& path, double limit) {
  const auto found = find(path);
  if (!found || found->type != MMDB_DATA_TYPE_DOUBLE) return std::nullopt;
  if (!(std::abs(found->double_value) <= limit)) return std::nullopt;  // NaN is not
  return found->double_value;
}

std::optional<Coordinates> Entry::coordinates() {
  const auto latitude = number(kLatitude, 90);
  const auto longitude = number(kLongitude, 180);
  if (!latitude || !longitude) return std::nullopt;
  return Coordinates{*latitude, *longitude};
}

std::uint32_t Entry::asn() {
  const auto found = find(kAsn);
  return found && found->type == MMDB_DATA_TYPE_UINT32 ? found->uint32 : 0;
}

GeoPlace place_of(Entry& entry) {
  GeoPlace place;
  place.continent = entry.code(kContinent);
  place.country = entry.code(kCountry);
  for (std::size_t i = 0; i < kSubdivisions.size(); ++i) {
    place.subdivisions[i] = entry.code(kSubdivisions[i]);
  }
  place.coordinates = entry.coordinates();
  return place;
}

GeoPlace asn_of(Entry& entry) {
  GeoPlace place;
  place.asn = entry.asn();
  return place;
}

// What a branch of the tree leads to.
struct Record {
  enum class Kind : std::uint8_t { kNode, kNothing, kData, kDamaged };
  Kind kind = Kind::kDamaged;
  std::uint32_t number = 0;  // of the node, or offset of the data
};

struct Branch {
  Record record;
  AddressNumber first;  // of the addresses below
  int depth = 0;        // bits that they have in common
};

void append(std::vector<PlaceStretch>& stretches, AddressNumber first, std::uint32_t place) {
  if (stretches.empty() || stretches.back().place != place) stretches.push_back({first, place});
}

AddressNumber with_bit(AddressNumber number, int bit) {
  (bit < 64 ? number.low : number.high) |= std::uint64_t{1} << (static_cast<unsigned>(bit) % 64U);
  return number;
}

bool is_embedding(AddressNumber first, int depth) {
  return std::ranges::any_of(kIpv4Embeddings, [&](const Ipv4Embedding& embedding) {
    return embedding.length == depth && embedding.prefix == first;
  });
}

// Goes through the tree from the lowest address to the highest, and asks `decode` once for each
// piece of data.
class TreeReader {
 public:
  using Decode = GeoPlace (*)(Entry&);

  TreeReader(const MMDB_s& mmdb, Decode decode)
      : mmdb_(mmdb),
        decode_(decode),
        most_branches_(std::min(kMaxTreeBranches,
                                kMaxBranchesPerNode * std::size_t{mmdb.metadata.node_count})) {}

  Result<ReadDatabase> read();

 private:
  [[nodiscard]] Record record_of(std::uint64_t value) const;
  [[nodiscard]] bool is_ipv4_elsewhere(const Branch& branch) const;
  // Stretches of the tree below `root`, for addresses of so many bits.
  std::vector<PlaceStretch> walk(const Record& root, int bits);
  void descend(const Branch& branch, int bits, std::vector<Branch>& open);
  std::uint32_t place_at(const Record& record);
  void fail(std::string reason) {
    if (!error_) error_ = Error{std::move(reason)};
  }

  const MMDB_s& mmdb_;
  Decode decode_;
  Record ipv4_start_;
  ReadDatabase database_;
  std::unordered_map<std::uint32_t, std::uint32_t> place_at_;  // offset → index into places
  std::size_t branches_ = 0;
  const std::size_t most_branches_;
  std::optional<Error> error_;
};

// The parts of IPv6 that stand for IPv4 addresses, with the one where the databases keep those.
std::vector<IpPrefix> ipv4_parts() {
  std::vector<IpPrefix> parts = {IpPrefix::of(ipv6_of({}), kIpv4Depth)};
  for (const Ipv4Embedding& embedding : kIpv4Embeddings) {
    parts.push_back(IpPrefix::of(ipv6_of(embedding.prefix), embedding.length));
  }
  std::ranges::sort(parts);
  return parts;
}

std::vector<PlaceStretch> without_ipv4(const std::vector<PlaceStretch>& all) {
  std::vector<PlaceStretch> kept;
  std::size_t i = 0;
  std::uint32_t place = 0;
  const auto pass_to = [&](AddressNumber end, bool keep) {
    for (; i < all.size() && all[i].first < end; ++i) {
      place = all[i].place;
      if (keep) append(kept, all[i].first, place);
    }
  };
  for (const IpPrefix& part : ipv4_parts()) {
    pass_to(first_of(part), true);
    append(kept, first_of(part), 0);
    const AddressNumber behind = next(last_of(part));
    pass_to(behind, false);
    if (i == all.size() || all[i].first != behind) append(kept, behind, place);
  }
  for (; i < all.size(); ++i) append(kept, all[i].first, all[i].place);
  return kept;
}

Result<ReadDatabase> TreeReader::read() {
  const bool has_ipv6 = mmdb_.metadata.ip_version == 6;
  PlaceTable& table = database_.table;
  ipv4_start_ = record_of(has_ipv6 ? mmdb_.ipv4_start_node.node_value : 0);
  table.v4 = walk(ipv4_start_, kIpv4Bits);
  if (has_ipv6) table.v6 = without_ipv4(walk(record_of(0), kIpv6Bits));
  if (error_) return *std::move(error_);
  const std::string_view type = mmdb_.metadata.database_type;
  database_.info.type = type.substr(0, kMaxTypeSize);
  database_.info.build_time_s = mmdb_.metadata.build_epoch;
  return std::move(database_);
}

Record TreeReader::record_of(std::uint64_t value) const {
  const std::uint32_t nodes = mmdb_.metadata.node_count;
  if (value < nodes) return {Record::Kind::kNode, static_cast<std::uint32_t>(value)};
  if (value == nodes) return {Record::Kind::kNothing, 0};
  const std::uint64_t offset = value - nodes;
  if (offset < kSeparatorSize || offset - kSeparatorSize >= mmdb_.data_section_size) return {};
  return {Record::Kind::kData, static_cast<std::uint32_t>(offset - kSeparatorSize)};
}

// Databases let the embeddings lead to where IPv4 starts; what is found there is known already.
bool TreeReader::is_ipv4_elsewhere(const Branch& branch) const {
  const bool is_start = ipv4_start_.kind == Record::Kind::kNode &&
                        branch.record.number == ipv4_start_.number && branch.depth > 0;
  return is_start || is_embedding(branch.first, branch.depth);
}

std::vector<PlaceStretch> TreeReader::walk(const Record& root, int bits) {
  std::vector<PlaceStretch> stretches;
  std::vector<Branch> open = {{root, {}, 0}};
  while (!open.empty() && !error_) {
    const Branch branch = open.back();
    open.pop_back();
    if (branch.record.kind != Record::Kind::kNode) {
      append(stretches, branch.first, place_at(branch.record));
    } else if (bits == kIpv6Bits && is_ipv4_elsewhere(branch)) {
      append(stretches, branch.first, 0);
    } else {
      descend(branch, bits, open);
    }
  }
  return stretches;
}

void TreeReader::descend(const Branch& branch, int bits, std::vector<Branch>& open) {
  if (branch.depth == bits) return fail("is damaged: its search tree is deeper than an address");
  if (++branches_ > most_branches_) {
    return fail("is damaged: its search tree does not end after " + std::to_string(most_branches_) +
                " branches");
  }
  MMDB_search_node_s node{};
  const int status = MMDB_read_node(&mmdb_, branch.record.number, &node);
  if (status != MMDB_SUCCESS) {
    return fail(std::string("is damaged: ") + MMDB_strerror(status));
  }
  const int depth = branch.depth + 1;
  open.push_back({record_of(node.right_record), with_bit(branch.first, bits - depth), depth});
  open.push_back({record_of(node.left_record), branch.first, depth});
}

std::uint32_t TreeReader::place_at(const Record& record) {
  if (record.kind == Record::Kind::kNothing) return 0;
  if (record.kind == Record::Kind::kDamaged) {
    fail("is damaged: its search tree leads out of it");
    return 0;
  }
  const auto [known, is_new] = place_at_.try_emplace(record.number, 0);
  if (is_new) {
    Entry entry(mmdb_, record.number);
    const GeoPlace place = decode_(entry);
    if (entry.status() != MMDB_SUCCESS) {
      fail(std::string("is damaged: ") + MMDB_strerror(entry.status()));
    }
    std::vector<GeoPlace>& places = database_.table.places;
    if (!(place == GeoPlace{})) {
      known->second = static_cast<std::uint32_t>(places.size());
      places.push_back(place);
    }
  }
  if (known->second != 0) ++database_.info.networks;
  return known->second;
}

Result<ReadDatabase> read_with(const std::string& path, TreeReader::Decode decode,
                               std::string_view nothing) {
  const Database file(path);
  if (auto error = file.error()) return *std::move(error);
  Result<ReadDatabase> read = TreeReader(file.mmdb(), decode).read();
  if (read.ok() && read.value().info.networks == 0) {
    return Error{"is of type " + in_quotes(read.value().info.type) + " and " +
                 std::string(nothing)};
  }
  return read;
}

}  // namespace

Result<ReadDatabase> read_places(const std::string& path) {
  return read_with(path, place_of,
                   "tells no network's continent, country or coordinates; write a City or Country "
                   "database here (one of AS numbers goes into \"asnDatabase\")");
}

Result<ReadDatabase> read_asns(const std::string& path) {
  return read_with(path, asn_of,
                   "tells no network's AS number; write an ASN database here (one of places goes "
                   "into \"database\")");
}

}  // namespace rhumb
