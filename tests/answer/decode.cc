#include "tests/answer/decode.h"

#include <ldns/ldns.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "base/ip.h"

namespace rhumb::testing {
namespace {

struct PacketDeleter {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};

std::string take(char* text) {
  std::string taken = text == nullptr ? "" : text;
  std::free(text);  // NOLINT: ldns allocates so
  while (!taken.empty() && taken.back() == '\n') taken.pop_back();
  return taken;
}

// "NAME TTL TYPE RDATA" with single spaces between.
std::string to_text(const ldns_rr* record) {
  std::istringstream words(take(ldns_rr2str(record)));
  std::string text;
  std::string word;
  for (int i = 0; words >> word; ++i) {
    if (i == 2) continue;  // class
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

std::vector<std::string> to_texts(const ldns_rr_list* list) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
    texts.push_back(to_text(ldns_rr_list_rr(list, i)));
  }
  return texts;
}

std::vector<std::string> questions(const ldns_rr_list* list) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
    const ldns_rr* question = ldns_rr_list_rr(list, i);
    texts.push_back(take(ldns_rdf2str(ldns_rr_owner(question))) + " " +
                    take(ldns_rr_class2str(ldns_rr_get_class(question))) + " " +
                    take(ldns_rr_type2str(ldns_rr_get_type(question))));
  }
  return texts;
}

// The option 8 among the options of OPT, with its head; empty: there is none.
std::span<const std::uint8_t> subnet_option(std::span<const std::uint8_t> options) {
  while (options.size() >= 4) {
    const std::size_t size = 4 + (options[2] * std::size_t{256} + options[3]);
    if (size > options.size()) break;
    if (options[0] == 0 && options[1] == 8) return options.first(size);
    options = options.subspan(size);
  }
  return {};
}

// The client subnet among OPT's options; "?" for one of a wrong form.
std::string client_subnet(const ldns_pkt* packet) {
  const ldns_rdf* options = ldns_pkt_edns_data(packet);
  if (options == nullptr || ldns_rdf_size(options) == 0) return {};
  const auto octets = subnet_option({ldns_rdf_data(options), ldns_rdf_size(options)});
  if (octets.empty()) return {};
  if (octets.size() < 8 || octets[2] != 0) return "?";
  const auto address = octets.subspan(8);
  const unsigned source = octets[6];
  const bool sized = octets[3] == address.size() + 4U && address.size() == (source + 7) / 8;
  if (!sized || octets[4] != 0 || octets[5] > 2 || address.size() > 16) return "?";
  std::array<std::uint8_t, 16> whole{};
  std::ranges::copy(address, whole.begin());
  const std::string prefixes = "/" + std::to_string(source) + "/" + std::to_string(octets[7]);
  if (octets[5] == 0) return "none" + prefixes;
  return to_string(octets[5] == 2 ? IpAddress::v6(whole)
                                  : IpAddress::v4(std::span(whole).first<4>())) +
         prefixes;
}

}  // namespace

std::optional<Decoded> decode(std::span<const std::uint8_t> message) {
  ldns_pkt* raw = nullptr;
  if (ldns_wire2pkt(&raw, message.data(), message.size()) != LDNS_STATUS_OK) return std::nullopt;
  const std::unique_ptr<ldns_pkt, PacketDeleter> packet(raw);
  Decoded decoded;
  decoded.id = ldns_pkt_id(raw);
  decoded.rcode =
      static_cast<std::uint16_t>(ldns_pkt_get_rcode(raw) | ldns_pkt_edns_extended_rcode(raw) << 4);
  decoded.aa = ldns_pkt_aa(raw);
  decoded.tc = ldns_pkt_tc(raw);
  decoded.rd = ldns_pkt_rd(raw);
  decoded.ra = ldns_pkt_ra(raw);
  decoded.ad = ldns_pkt_ad(raw);
  decoded.cd = ldns_pkt_cd(raw);
  decoded.edns = ldns_pkt_edns(raw);
  decoded.dnssec_ok = ldns_pkt_edns_do(raw);
  decoded.udp_size = ldns_pkt_edns_udp_size(raw);
  decoded.edns_version = ldns_pkt_edns_version(raw);
  decoded.ecs = client_subnet(raw);
  decoded.question = questions(ldns_pkt_question(raw));
  decoded.answer = to_texts(ldns_pkt_answer(raw));
  decoded.authority = to_texts(ldns_pkt_authority(raw));
  decoded.additional = to_texts(ldns_pkt_additional(raw));
  decoded.tsig = ldns_pkt_tsig(raw) != nullptr;
  return decoded;
}

}  // namespace rhumb::testing
