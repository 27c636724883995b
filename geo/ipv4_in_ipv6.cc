#include "geo/ipv4_in_ipv6.h"

#include <algorithm>
#include <string>

#include "geo/address_number.h"

namespace rhumb {
namespace {

// The embedding that `written` is a part of, or all.
const Ipv4Embedding* embedding_around(const IpPrefix& written) {
  if (written.address.is_v4()) return nullptr;
  const AddressNumber first = number_of(written.address);
  const auto* const found =
      std::ranges::find_if(kIpv4Embeddings, [&](const Ipv4Embedding& embedding) {
        return written.length >= embedding.length &&
               common_prefix_bits(first, embedding.prefix) >= embedding.length;
      });
  return found == kIpv4Embeddings.end() ? nullptr : found;
}

}  // namespace

Result<IpPrefix> looked_up_as(const IpPrefix& written) {
  const Ipv4Embedding* const embedding = embedding_around(written);
  if (embedding == nullptr) return written;
  std::string meant;
  if (written.length > embedding->offset) {
    const int bits = std::min(written.length - embedding->offset, 32);
    const EmbeddedIpv4 embedded = *embedded_ipv4(number_of(written.address));
    const IpPrefix network =
        IpPrefix::of(ipv4_of(embedded.address), static_cast<std::uint8_t>(bits));
    // Teredo has a server before the client, and 6to4 a network behind it.
    const bool is_all =
        embedding->offset <= embedding->length && written.length <= embedding->offset + 32;
    if (is_all) return network;
    meant = " " + to_string(network);
  }
  return Error{to_string(written) +
               " holds IPv4 addresses in IPv6, whose clients are looked up by their IPv4 address: "
               "write the IPv4 network" +
               meant};
}

std::optional<IpPrefix> unmapped(const IpPrefix& written) {
  const Ipv4Embedding& mapped = kIpv4Embeddings.front();
  if (embedding_around(written) != &mapped) return std::nullopt;
  return IpPrefix::of(ipv4_of(static_cast<std::uint32_t>(number_of(written.address).low)),
                      static_cast<std::uint8_t>(written.length - mapped.length));
}

}  // namespace rhumb
