// Domain names as values in uncompressed wire form (RFC 1035 §3.1), for what is read on load and
// what is printed. Queries are looked up by their FoldedName.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "dns/folded_name.h"

namespace rhumb {

// A name as given, case kept. The default is the root.
class Name {
 public:
  Name() = default;
  // Wire form that ends with the root's octet and has nothing behind it; else nullopt.
  static std::optional<Name> from_wire(std::span<const std::uint8_t> wire);
  // Presentation form with \DDD and \X escapes (RFC 1035 §5.1). Without a final dot it is relative
  // to `origin`; "@" is the origin itself. Errors say what is wrong with the text.
  static Result<Name> parse(std::string_view text, const Name& origin);

  [[nodiscard]] std::span<const std::uint8_t> wire() const { return std::span(wire_).first(size_); }
  [[nodiscard]] int label_count() const;  // without the root
  [[nodiscard]] bool is_root() const { return size_ == 1; }
  [[nodiscard]] bool is_wildcard() const;  // first label is "*" alone (RFC 4592 §2.1.1)
  // Equal to `ancestor` or below it, ignoring case.
  [[nodiscard]] bool is_within(const Name& ancestor) const;
  // Without its first label. Requires: not the root.
  [[nodiscard]] Name parent() const;
  [[nodiscard]] Name lower() const;

  // Ignores the case of ASCII letters (RFC 4343).
  friend bool operator==(const Name& a, const Name& b);

 private:
  const char* append_label(std::string_view& text);
  [[nodiscard]] Result<Name> followed_by(const Name& origin) const;

  std::array<std::uint8_t, kMaxNameSize> wire_{};
  std::uint8_t size_ = 1;
};

// Presentation form with the final dot; octets that are not printable as \DDD.
std::string to_string(const Name& name);

}  // namespace rhumb
