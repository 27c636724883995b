// Zones for tests without files: records in a few words, and what was found wrong as text.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "tests/zones/texts.h"
#include "zones/builder.h"

namespace rhumb {

using Wire = std::vector<std::uint8_t>;

inline Name name_of(std::string_view text) { return Name::parse(text, Name()).value(); }

inline Wire wire_of(std::string_view name) {
  const Name parsed = name_of(name);
  return {parsed.wire().begin(), parsed.wire().end()};
}

inline Wire ip(std::string_view text) {
  const IpAddress address = IpAddress::parse(text).value();
  return {address.bytes().begin(), address.bytes().end()};
}

inline Wire operator+(Wire left, const Wire& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline Wire u32(std::uint32_t number) {
  return {static_cast<std::uint8_t>(number >> 24U), static_cast<std::uint8_t>(number >> 16U),
          static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)};
}

inline Wire soa_of(std::string_view mname, std::string_view rname, std::uint32_t serial,
                   std::uint32_t minimum) {
  return wire_of(mname) + wire_of(rname) + u32(serial) + u32(7200) + u32(3600) + u32(1209600) +
         u32(minimum);
}

inline FoldedName folded(std::string_view name) {
  FoldedName out;
  fold(name_of(name).wire(), out);
  return out;
}

// The bytes as hexadecimal digits, so that a test can write them out.
inline std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

// A zone builder whose file is z.zone; each record has a line of its own, counted from 1. Names are
// relative to example.org.
class ZoneMaker {
 public:
  explicit ZoneMaker(std::string path = "z.zone") {
    builder_.add_source({.path = std::move(path), .stamp = {}});
  }

  // SOA and NS of example.org, lines 1 and 2.
  ZoneMaker& basics() {
    add("@", Type::kSoa, soa_of("ns.example.net.", "admin.example.org.", 7, 300), 3600);
    return add("@", Type::kNs, wire_of("ns.example.net."), 3600);
  }

  ZoneMaker& add(std::string_view owner, Type type, const Wire& rdata, std::uint32_t ttl_s = 60) {
    const Name name = owned(owner);
    builder_.add_record(name.wire(), type, ttl_s, rdata, {.line = ++line_, .file = 0, .column = 0});
    return *this;
  }

  // A routed set a value, identified s1, s2 …; each on a line of its own.
  GroupSpec group(std::string_view owner, Type type, std::initializer_list<Wire> values) {
    GroupSpec group;
    group.owner = owned(owner);
    group.type = type;
    group.policy = Policy::kWeighted;
    group.place = {.line = line_ + 1, .file = 0, .column = 3};
    for (const Wire& value : values) {
      GroupSpec::Set set;
      set.identifier = std::string("s").append(std::to_string(group.sets.size() + 1));
      set.ttl_s = 30;
      set.rdata = {value};
      set.place = {.line = ++line_, .file = 0, .column = 3};
      set.check_place = {.line = line_, .file = 0, .column = 20};
      group.sets.push_back(set);
    }
    return group;
  }
  ZoneMaker& add(GroupSpec group) {
    builder_.add_group(std::move(group));
    return *this;
  }
  ZoneMaker& add(CheckSpec check) {
    builder_.add_check(std::move(check));
    return *this;
  }

  [[nodiscard]] Name owned(std::string_view owner) const {
    return Name::parse(owner, origin_).value();
  }
  ZoneMaker& origin(std::string_view name) {
    origin_ = name_of(name);
    return *this;
  }
  ZoneBuilder& builder() { return builder_; }

  std::shared_ptr<const Zone> build() { return builder_.build(served, diagnostics); }
  // The zone, when nothing at all was found wrong.
  std::shared_ptr<const Zone> build_clean() {
    auto zone = build();
    EXPECT_THAT(texts(), testing::IsEmpty());
    return zone;
  }
  // What building says.
  std::vector<std::string> findings() {
    build();
    return texts();
  }
  [[nodiscard]] std::vector<std::string> texts() const { return texts_of(diagnostics); }

  Diagnostics diagnostics;
  std::function<std::optional<Served>(const Name&)> served;

 private:
  Name origin_ = name_of("example.org.");
  ZoneBuilder builder_;
  std::uint32_t line_ = 0;
};

inline const Node* find(const Zone& zone, std::string_view name) {
  return zone.find(folded(name), 0);
}

// The image of a static set; the test fails when there is none.
inline const Image& image_of(const Zone& zone, std::string_view name, Type type) {
  const Node* const node = find(zone, name);
  const SetHead* const set = node == nullptr ? nullptr : find_set(*node, type);
  if (set == nullptr || set->flags != 0) {
    ADD_FAILURE() << name << " has no static " << to_string(type);
    return zone.negative_soa();
  }
  return *zone.image(set->body);
}

}  // namespace rhumb
