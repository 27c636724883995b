#include "geo/collections_yaml.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "geo/place_text.h"
#include "geo/repeats.h"
#include "text/fields.h"
#include "text/quote.h"

namespace rhumb {
namespace {

class CollectionsReader {
 public:
  // Borrows it. It takes what is found here alone, so that errors can be counted.
  explicit CollectionsReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  std::map<std::string, Collection, std::less<>> read(YamlNode map) {
    std::map<std::string, Collection, std::less<>> collections;
    for (const YamlEntry entry : map.entries()) {
      const std::optional<std::string> name = name_of(entry.key);
      Collection collection = read_collection(entry);
      if (name) collections.emplace(*name, std::move(collection));
    }
    return collections;
  }

 private:
  // A network with where it stands and the key of its location.
  struct Entry {
    IpPrefix network;
    YamlNode node;
    YamlNode location;
  };

  std::optional<std::string> name_of(YamlNode key);
  Collection read_collection(YamlEntry collection);
  void read_location(YamlEntry location, Collection& collection);
  void read_network(YamlNode location, YamlNode item, std::vector<IpPrefix>& networks);
  void judge_repeats();
  bool is_full(YamlNode at);

  Diagnostics& diagnostics_;
  std::vector<Entry> entries_;  // of the collection that is being read
  std::size_t count_ = 0;       // of networks in all
  bool stopped_ = false;
};

std::optional<std::string> CollectionsReader::name_of(YamlNode key) {
  Result<std::string> name = parse_place_name(key.text());
  if (name.ok()) return std::move(name).value();
  diagnostics_.error(key.place(), name.error());
  return std::nullopt;
}

Collection CollectionsReader::read_collection(YamlEntry collection) {
  Collection read;
  if (collection.value.is_wrong()) return read;
  if (!collection.value.is_map()) {
    diagnostics_.error(collection.value.place(),
                       in_quotes(collection.key.text()) +
                           " is no map; write its locations, as in {london: [192.0.2.0/24]}");
    return read;
  }
  entries_.clear();
  for (const YamlEntry location : collection.value.entries()) read_location(location, read);
  judge_repeats();
  return read;
}

void CollectionsReader::read_location(YamlEntry location, Collection& collection) {
  if (location.key.text() == "*") {
    diagnostics_.error(location.key.place(),
                       "\"*\" is everyone who is in no other location, and has no list; remove it");
    return;
  }
  const std::optional<std::string> name = name_of(location.key);
  if (!name) return;
  std::vector<IpPrefix>& networks = collection.locations[*name];
  if (location.value.is_list()) {
    networks.reserve(location.value.size());
    for (const YamlNode item : location.value.items()) read_network(location.key, item, networks);
  } else {
    read_network(location.key, location.value, networks);
  }
  if (location.value.is_list() && location.value.size() == 0) {
    diagnostics_.warn(location.value.place(),
                      "the location " + in_quotes(*name) + " has no network, so nobody is there");
  }
}

void CollectionsReader::read_network(YamlNode location, YamlNode item,
                                     std::vector<IpPrefix>& networks) {
  if (stopped_ || is_full(item)) return;
  const auto text = text_of(item, location.text(), diagnostics_);
  if (!text) return;
  const Result<IpPrefix> network = parse_network(*text);
  if (!network.ok()) return diagnostics_.error(item.place(), network.error());
  ++count_;
  networks.push_back(network.value());
  entries_.push_back({network.value(), item, location});
}

bool CollectionsReader::is_full(YamlNode at) {
  const bool many_errors = diagnostics_.error_count() > kMaxGeoErrors;
  if (!many_errors && count_ < kMaxCollectionPrefixes) return false;
  stopped_ = true;
  diagnostics_.error(at.place(), many_errors
                                     ? "more than " + std::to_string(kMaxGeoErrors) +
                                           " errors; the rest of the collections is not read"
                                     : "more than " + std::to_string(kMaxCollectionPrefixes) +
                                           " networks in all collections; write fewer");
  return true;
}

void CollectionsReader::judge_repeats() {
  for (const Repeat& repeat :
       find_repeats(entries_.size(), [this](std::size_t i) { return entries_[i].network; })) {
    if (diagnostics_.error_count() > kMaxGeoErrors) return;
    const Entry& first = entries_[repeat.first];
    const Entry& again = entries_[repeat.again];
    const std::string line = std::to_string(first.node.place().line);
    const std::string network = in_quotes(again.node.text());
    diagnostics_.error(again.node.place(),
                       first.location.index() == again.location.index()
                           ? network + " is listed twice; the first is in line " + line
                           : network + " is in the location " + in_quotes(first.location.text()) +
                                 " already, in line " + line + "; write it in one of them");
  }
}

}  // namespace

std::map<std::string, Collection, std::less<>> read_collections(YamlNode map,
                                                                Diagnostics& diagnostics) {
  Diagnostics found;
  auto collections = CollectionsReader(found).read(map);
  diagnostics.append(std::move(found));
  return collections;
}

}  // namespace rhumb
