// parse() over any octets: nothing is read past the message, and what is promised of a Query holds.
#include <cstdlib>
#include <memory>

#include "dns/query.h"

namespace {

using rhumb::Query;
using rhumb::Rcode;
using rhumb::Screen;

// Not assert(): to hold in every build.
void check(bool holds) {
  if (!holds) std::abort();
}

void check_name(const rhumb::FoldedName& name) {
  check(name.size >= 1 && name.labels <= rhumb::kMaxLabels);
  check(name.offset[0] == 0 && name.offset[name.labels] == name.size - 1);
  check(name.lower[name.offset[name.labels]] == 0 && name.hash[name.labels] == rhumb::kRootHash);
  for (int i = name.labels - 1; i >= 0; --i) {
    const auto at = static_cast<std::size_t>(i);
    const auto suffix = name.suffix(i);
    const auto label = suffix.first(suffix[0] + std::size_t{1});
    check(label.size() >= 2 && name.offset[at + 1] == name.offset[at] + label.size());
    check(name.hash[at] == rhumb::hash_label(name.hash[at + 1], label));
    for (const std::uint8_t octet : label) check(octet == rhumb::to_lower(octet));
  }
}

void check_question(const Query& query, std::span<const std::uint8_t> message) {
  const std::size_t size = query.name.size;
  check(query.question.data() == message.data() + rhumb::kHeaderSize);
  check(query.question.size() == size + 4);
  check(rhumb::kHeaderSize + query.question.size() <= message.size());
  for (std::size_t i = 0; i < size; ++i) {
    check(rhumb::to_lower(query.question[i]) == query.name.lower[i]);
  }
  const auto number = [&](std::size_t at) {
    return query.question[at] << 8 | query.question[at + 1];
  };
  check(number(size) == static_cast<int>(query.type));
  check(number(size + 2) == static_cast<int>(query.klass));
}

void check_subnet(const rhumb::ClientSubnet& subnet) {
  check(!(subnet.present && subnet.malformed));
  if (!subnet.present) return;
  check(subnet.family <= rhumb::kSubnetV6);
  const int width = subnet.family == 0 ? 0 : static_cast<int>(subnet.address.bytes().size()) * 8;
  check(subnet.source_prefix <= width);
  check(rhumb::IpPrefix::of(subnet.address, subnet.source_prefix).address == subnet.address);
}

void check_cookie(const rhumb::Cookie& cookie, std::span<const std::uint8_t> message) {
  check(!(cookie.present() && cookie.malformed));
  if (!cookie.present()) return;
  const std::size_t size = cookie.octets.size();
  check(size == 8 || (size >= 16 && size <= 40));
  check(cookie.octets.data() >= message.data());
  check(cookie.octets.data() + size <= message.data() + message.size());
}

void check_tsig(std::span<const std::uint8_t> tsig, std::span<const std::uint8_t> message) {
  if (tsig.empty()) return;
  check(tsig.data() + tsig.size() == message.data() + message.size());  // it is the last record
  check(tsig.size() < message.size());
}

void check_query(const Query& query, std::span<const std::uint8_t> message) {
  switch (query.screen) {
    case Screen::kSilent:
      check(message.size() < rhumb::kHeaderSize || (message[2] & 0x80) != 0);
      return;
    case Screen::kHeader:
      check(query.rcode == Rcode::kFormErr || query.rcode == Rcode::kNotImp);
      check(query.question.empty());
      return;
    case Screen::kCookie:
      check(query.rcode == Rcode::kNoError && query.question.empty());
      check(query.edns.cookie.present());
      check_cookie(query.edns.cookie, message);
      return;
    case Screen::kQuestion:
      check(query.rcode != Rcode::kNoError);
      if (query.question.empty()) {
        check(query.rcode == Rcode::kBadVers && query.edns.version > 0);
        return;
      }
      break;
    case Screen::kIdentity:
      check(query.rcode == Rcode::kNoError && query.klass == rhumb::Class::kCh);
      check(query.edns.version == 0);
      break;
    case Screen::kAnswer:
      check(query.rcode == Rcode::kNoError && query.klass == rhumb::Class::kIn);
      check(query.edns.version == 0);
      break;
  }
  check_question(query, message);
  check_name(query.name);
  check_subnet(query.edns.client_subnet);
  check_cookie(query.edns.cookie, message);
  if (query.rcode == Rcode::kNotAuth) check_tsig(query.tsig, message);
  check(query.rcode != Rcode::kNotAuth || !query.tsig.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto query = std::make_unique<Query>();
  const std::span message(data, size);
  rhumb::parse({.message = message, .source = {}}, *query);
  check_query(*query, message);
  return 0;
}
