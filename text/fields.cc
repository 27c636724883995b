#include "text/fields.h"

#include <algorithm>
#include <utility>

#include "text/quote.h"
#include "text/suggest.h"

namespace rhumb {
namespace {

const char* kind_name(YamlKind kind) {
  switch (kind) {
    case YamlKind::kScalar:
      return "text";
    case YamlKind::kMap:
      return "a map";
    case YamlKind::kList:
      return "a list";
  }
  return "";
}

// `"name" is a list; write text`
std::string mismatch(std::string_view name, YamlKind given, std::string_view wanted) {
  return in_quotes(name) + " is " + kind_name(given) + "; write " + std::string(wanted);
}

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_boolean_word(YamlNode node) {
  return !node.quoted() && (node.text() == "true" || node.text() == "false");
}

std::vector<YamlNode> items_of(YamlNode node) {
  if (!node.is_list()) return {node};
  std::vector<YamlNode> items;
  items.reserve(node.size());
  for (const YamlNode item : node.items()) items.push_back(item);
  return items;
}

}  // namespace

std::optional<std::string_view> text_of(YamlNode node, std::string_view name,
                                        Diagnostics& diagnostics, std::string_view boolean_hint) {
  if (node.is_wrong()) return std::nullopt;
  if (!node.is_scalar()) {
    diagnostics.error(node.place(), mismatch(name, node.kind(), "text"));
    return std::nullopt;
  }
  if (!is_boolean_word(node)) return node.text();
  std::string message = in_quotes(name) + " is the boolean " + std::string(node.text()) +
                        "; put it in quotes if text is meant";
  if (!boolean_hint.empty()) message.append("; ").append(boolean_hint);
  diagnostics.error(node.place(), std::move(message));
  return std::nullopt;
}

Fields::Fields(YamlNode map, Diagnostics& diagnostics) : map_(map), diagnostics_(diagnostics) {
  if (map_.is_map() || map_.is_wrong()) return;
  diagnostics_.error(map_.place(), std::string("a map is wanted here, not ") +
                                       kind_name(map_.kind()) + "; write keys with their values");
}

bool Fields::has(std::string_view key) {
  if (!contains(asked_, key)) asked_.push_back(key);
  return entry(key).has_value();
}

bool Fields::require(std::string_view key, std::string_view example) {
  if (has(key)) return true;
  if (!map_.is_map()) return false;  // reported already
  diagnostics_.error(map_.place(), in_quotes(key) + " is missing; write " + std::string(key) +
                                       ": " + std::string(example));
  return false;
}

std::optional<std::string_view> Fields::text(std::string_view key, std::string_view boolean_hint) {
  const std::optional<YamlNode> value = child(key);
  return value ? text_of(*value, key, diagnostics_, boolean_hint) : std::nullopt;
}

std::optional<std::int64_t> Fields::whole(std::string_view key, std::int64_t min,
                                          std::int64_t max) {
  const auto given = scalar(key, "a whole number");
  return given ? keep(key, parse_whole(*given, min, max)) : std::nullopt;
}

std::optional<bool> Fields::boolean(std::string_view key) {
  const auto given = scalar(key, "true or false");
  return given ? keep(key, parse_boolean(*given)) : std::nullopt;
}

std::optional<std::uint64_t> Fields::duration_ms(std::string_view key) {
  const auto given = scalar(key, "a duration");
  return given ? keep(key, parse_duration_ms(*given)) : std::nullopt;
}

std::optional<std::uint32_t> Fields::ttl_s(std::string_view key) {
  const auto given = scalar(key, "a duration");
  return given ? keep(key, parse_ttl_s(*given)) : std::nullopt;
}

std::optional<std::vector<YamlNode>> Fields::list(std::string_view key, ListForm form) {
  const std::optional<YamlNode> value = child(key);
  if (!value) return std::nullopt;
  if (value->is_list() || form == ListForm::kListOrOne) return items_of(*value);
  error(key, mismatch(key, value->kind(), "a list"));
  return std::nullopt;
}

std::optional<std::vector<YamlNode>> Fields::texts(std::string_view key, ListForm form) {
  std::optional<std::vector<YamlNode>> items = list(key, form);
  if (!items) return std::nullopt;
  const auto is_wrong = [&](YamlNode item) { return !text_of(item, key, diagnostics_); };
  items->erase(std::remove_if(items->begin(), items->end(), is_wrong), items->end());
  return items;
}

std::optional<YamlNode> Fields::map(std::string_view key) {
  const std::optional<YamlNode> value = child(key);
  if (!value || value->is_map()) return value;
  error(key, mismatch(key, value->kind(), "a map"));
  return std::nullopt;
}

std::optional<YamlNode> Fields::child(std::string_view key) {
  note(key);
  const std::optional<YamlEntry> found = entry(key);
  if (!found || found->value.is_wrong()) return std::nullopt;
  return found->value;
}

Place Fields::place_of(std::string_view key) const {
  const std::optional<YamlEntry> found = entry(key);
  return found ? found->value.place() : map_.place();
}

Place Fields::key_place(std::string_view key) const {
  const std::optional<YamlEntry> found = entry(key);
  return found ? found->key.place() : map_.place();
}

void Fields::error(std::string_view key, std::string message) {
  diagnostics_.error(place_of(key), std::move(message));
}

void Fields::finish(std::span<const ForeignKey> foreign) {
  if (!map_.is_map()) return;
  for (const YamlEntry given : map_.entries()) {
    const bool known = given.key.is_wrong() || contains(read_, given.key.text());
    if (!known) report_unknown(given.key, foreign);
  }
}

std::optional<YamlEntry> Fields::entry(std::string_view key) const {
  return map_.is_map() ? map_.find(key) : std::nullopt;
}

void Fields::note(std::string_view key) {
  if (!contains(asked_, key)) asked_.push_back(key);
  if (!contains(read_, key)) read_.push_back(key);
}

// The text of a value that is to be parsed further, so that a boolean needs no word of its own.
std::optional<std::string_view> Fields::scalar(std::string_view key, std::string_view wanted) {
  const std::optional<YamlNode> value = child(key);
  if (!value) return std::nullopt;
  if (value->is_scalar()) return value->text();
  error(key, mismatch(key, value->kind(), wanted));
  return std::nullopt;
}

void Fields::report_unknown(YamlNode key, std::span<const ForeignKey> foreign) {
  const std::string_view name = key.text();
  std::string message = "unknown key " + in_quotes(name);
  const auto known = std::find_if(foreign.begin(), foreign.end(),
                                  [name](const ForeignKey& f) { return f.theirs == name; });
  if (known != foreign.end()) {
    message += "; write " + in_quotes(known->ours);
  } else {
    message += did_you_mean(name, asked_);
  }
  diagnostics_.error(key.place(), std::move(message));
}

}  // namespace rhumb
