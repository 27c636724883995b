#include "dns/name.h"

#include <algorithm>
#include <cassert>

namespace rhumb {
namespace {

constexpr const char* kNameTooLong = "name longer than 255 octets";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// One octet as text spells it, or what is wrong with it.
struct Octet {
  std::uint8_t value = 0;
  std::size_t text_size = 0;
  const char* error = nullptr;
};

// The octet that the escape at the start of `text` stands for (RFC 1035 §5.1).
Octet read_escape(std::string_view text) {
  if (text.size() < 2) return {.error = "backslash with nothing behind it"};
  if (!is_digit(text[1])) return {static_cast<std::uint8_t>(text[1]), 2};
  int value = 0;
  for (std::size_t i = 1; i <= 3; ++i) {
    if (i == text.size() || !is_digit(text[i])) {
      return {.error = "escape that is not \\ and three decimal digits"};
    }
    value = 10 * value + (text[i] - '0');
  }
  if (value > 255) return {.error = "escape above \\255"};
  return {static_cast<std::uint8_t>(value), 4};
}

Octet read_octet(std::string_view text) {
  const auto value = static_cast<std::uint8_t>(text.front());
  if (value == '\\') return read_escape(text);
  if (value > 0x7E) return {.error = "octet above ASCII: write the xn-- form, or \\DDD"};
  if (value <= ' ') return {.error = "space or control character: write \\DDD"};
  return {value, 1};
}

void write_octet(std::uint8_t octet, std::string& text) {
  constexpr std::string_view kSpecial = "\"$().;@\\";  // in master files (RFC 1035 §5.1)
  if (octet <= ' ' || octet > 0x7E) {
    const std::string digits = std::to_string(octet);
    text += "\\" + std::string(3 - digits.size(), '0') + digits;
    return;
  }
  const auto c = static_cast<char>(octet);
  if (kSpecial.find(c) != std::string_view::npos) text += '\\';
  text += c;
}

}  // namespace

std::optional<Name> Name::from_wire(std::span<const std::uint8_t> wire) {
  std::size_t at = 0;
  while (at < wire.size() && wire[at] != 0 && wire[at] <= kMaxLabelSize) {
    at += wire[at] + std::size_t{1};
  }
  const bool ends_in_root = at < wire.size() && wire[at] == 0;
  if (!ends_in_root || at + 1 != wire.size() || wire.size() > kMaxNameSize) return std::nullopt;
  Name name;
  std::ranges::copy(wire, name.wire_.begin());
  name.size_ = static_cast<std::uint8_t>(wire.size());
  return name;
}

Result<Name> Name::parse(std::string_view text, const Name& origin) {
  if (text.empty()) return Error{"empty name"};
  if (text == "@") return origin;
  if (text == ".") return Name{};
  Name name;
  name.size_ = 0;
  while (!text.empty()) {
    const char* error = name.append_label(text);
    if (error != nullptr) return Error{error};
    if (text.empty()) return name.followed_by(origin);
    text.remove_prefix(1);
  }
  return name.followed_by(Name{});
}

// Takes a label off the front of `text`, up to its dot; what is wrong with it, or null.
const char* Name::append_label(std::string_view& text) {
  std::size_t at = size_ + std::size_t{1};
  while (!text.empty() && text.front() != '.') {
    const Octet octet = read_octet(text);
    if (octet.error != nullptr) return octet.error;
    if (at - size_ > kMaxLabelSize) return "label longer than 63 octets";
    if (at >= kMaxNameSize) return kNameTooLong;
    wire_[at++] = octet.value;
    text.remove_prefix(octet.text_size);
  }
  if (at == size_ + std::size_t{1}) return "empty label";
  wire_[size_] = static_cast<std::uint8_t>(at - size_ - 1);
  size_ = static_cast<std::uint8_t>(at);
  return nullptr;
}

Result<Name> Name::followed_by(const Name& origin) const {
  if (size_ + origin.size_ > kMaxNameSize) return Error{kNameTooLong};
  Name name = *this;
  std::ranges::copy(origin.wire(), name.wire_.begin() + size_);
  name.size_ = static_cast<std::uint8_t>(size_ + origin.size_);
  return name;
}

std::string to_string(const Name& name) {
  if (name.is_root()) return ".";
  std::string text;
  auto rest = name.wire();
  while (rest.front() != 0) {
    for (const std::uint8_t octet : rest.subspan(1, rest.front())) write_octet(octet, text);
    text += '.';
    rest = rest.subspan(rest.front() + std::size_t{1});
  }
  return text;
}

int Name::label_count() const {
  int count = 0;
  for (std::size_t at = 0; wire_[at] != 0; at += wire_[at] + std::size_t{1}) ++count;
  return count;
}

bool Name::is_wildcard() const { return wire_[0] == 1 && wire_[1] == '*'; }

bool Name::is_within(const Name& ancestor) const {
  std::size_t at = 0;
  while (size_ - at > ancestor.size_) at += wire_[at] + std::size_t{1};
  return std::ranges::equal(wire().subspan(at), ancestor.wire(), {}, to_lower, to_lower);
}

Name Name::parent() const {
  assert(!is_root());
  Name parent;
  const auto rest = wire().subspan(wire_[0] + std::size_t{1});
  std::ranges::copy(rest, parent.wire_.begin());
  parent.size_ = static_cast<std::uint8_t>(rest.size());
  return parent;
}

Name Name::lower() const {
  Name lower;
  std::ranges::transform(wire(), lower.wire_.begin(), to_lower);
  lower.size_ = size_;
  return lower;
}

bool operator==(const Name& a, const Name& b) {
  return std::ranges::equal(a.wire(), b.wire(), {}, to_lower, to_lower);
}

}  // namespace rhumb
