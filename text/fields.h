// Reads a YAML mapping strictly: typed getters note which keys were asked for and report what is
// wrong with its place, all of it, but what has been told already; finish() reports the keys that
// nobody asked for. It knows no key's meaning. A getter answers nullopt both when the key is absent
// and when its value is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/scalar.h"
#include "text/yaml.h"

namespace rhumb {

// A key of another product and the one that stands here for it: {"ResourceRecords", "values"}.
struct ForeignKey {
  std::string_view theirs;
  std::string_view ours;
};

enum class ListForm : std::uint8_t { kList, kListOrOne };

// The text of a scalar. A map, a list or an unquoted true or false is an error; `boolean_hint` is
// added to the latter: `Norway is "NO"`. `name` is what the message calls the value.
std::optional<std::string_view> text_of(YamlNode node, std::string_view name,
                                        Diagnostics& diagnostics,
                                        std::string_view boolean_hint = {});

class Fields {
 public:
  // Borrows both. If `map` is no map, that is reported and every key is absent.
  Fields(YamlNode map, Diagnostics& diagnostics);

  // True when the key is given; it is not read by this, but counts as known for suggestions.
  bool has(std::string_view key);
  // As has(), but its absence is an error at the map: `"name" is missing; write name: EXAMPLE`.
  bool require(std::string_view key, std::string_view example);

  std::optional<std::string_view> text(std::string_view key, std::string_view boolean_hint = {});
  std::optional<std::int64_t> whole(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::uint64_t> duration_ms(std::string_view key);
  std::optional<std::uint32_t> ttl_s(std::string_view key);
  template <typename E, std::size_t N>
  std::optional<E> one_of(std::string_view key, const Named<E> (&table)[N]) {
    const std::optional<std::string_view> given = text(key);
    return given ? keep(key, parse_one_of(*given, table)) : std::nullopt;
  }

  // The items of a list, of any kind; with kListOrOne a value that is no list is its one item.
  std::optional<std::vector<YamlNode>> list(std::string_view key, ListForm form = ListForm::kList);
  // As list(), and every item is text (see text_of); a wrong item is reported and left out.
  std::optional<std::vector<YamlNode>> texts(std::string_view key, ListForm form = ListForm::kList);
  // The value as a map, for a Fields of its own or to be walked.
  std::optional<YamlNode> map(std::string_view key);
  // The value whatever its kind.
  std::optional<YamlNode> child(std::string_view key);

  // Place of the value, place of the key; both the map's own when the key is absent.
  [[nodiscard]] Place place_of(std::string_view key) const;
  [[nodiscard]] Place key_place(std::string_view key) const;
  [[nodiscard]] Place place() const { return map_.place(); }
  // Reports a caller's finding about the value of `key` at its place.
  void error(std::string_view key, std::string message);

  // To be called once at the end: every key that no getter read is an error, with our name for it
  // if `foreign` knows it, else with the nearest of the keys asked for.
  void finish(std::span<const ForeignKey> foreign = {});

 private:
  [[nodiscard]] std::optional<YamlEntry> entry(std::string_view key) const;
  void note(std::string_view key);
  std::optional<std::string_view> scalar(std::string_view key, std::string_view wanted);
  void report_unknown(YamlNode key, std::span<const ForeignKey> foreign);
  template <typename T>
  std::optional<T> keep(std::string_view key, Result<T> result) {
    if (result.ok()) return std::move(result).value();
    error(key, result.error());
    return std::nullopt;
  }

  YamlNode map_;
  Diagnostics& diagnostics_;
  std::vector<std::string_view> asked_;  // keys that has() or a getter was called with
  std::vector<std::string_view> read_;   // keys that a getter was called with
};

}  // namespace rhumb
