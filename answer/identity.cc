#include "answer/identity.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace rhumb {
namespace {

using std::string_view_literals::operator""sv;

// In wire form. The first two are RFC 4892's and its elder; what follows asks for the version.
constexpr std::array kServerNames = {"\2id\6server\0"sv, "\10hostname\4bind\0"sv};
constexpr std::array kVersionNames = {"\7version\4bind\0"sv, "\7version\6server\0"sv};

bool is_one_of(const FoldedName& name, std::span<const std::string_view> known) {
  const auto asked = name.suffix(0);
  return std::ranges::any_of(known, [&](std::string_view wire) {
    return std::ranges::equal(asked, wire, {}, {},
                              [](char octet) { return static_cast<std::uint8_t>(octet); });
  });
}

std::string_view text_for(const FoldedName& name, const Identity& identity) {
  if (is_one_of(name, kServerNames)) return identity.server;
  if (is_one_of(name, kVersionNames)) return identity.version;
  return {};
}

}  // namespace

Rcode tell_identity(const AnswerOptions& options, const Query& query, Reply& reply) noexcept {
  if (options.identity == nullptr) return Rcode::kRefused;
  if (query.type != Type::kTxt && query.type != Type::kAny) return Rcode::kRefused;
  const std::string_view text = text_for(query.name, *options.identity);
  if (text.empty()) return Rcode::kRefused;
  reply.add_identity(text);
  return Rcode::kNoError;
}

}  // namespace rhumb
