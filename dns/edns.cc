#include "dns/edns.h"

#include "dns/reader.h"

namespace rhumb {
namespace {

void read_option(std::uint16_t code, std::span<const std::uint8_t> data, Edns& edns) {
  switch (code) {
    case kNsidOption:
      edns.nsid = true;  // whatever it holds (RFC 5001 §2.1)
      break;
    case kCookieOption:
      read_cookie(data, edns.cookie);
      break;
    case kKeepaliveOption:
      edns.keepalive = true;
      break;
    case kClientSubnetOption:
      read_client_subnet(data, edns.client_subnet);
      break;
    default:
      break;  // RFC 6891 §6.1.2: an option that is not understood is ignored
  }
}

}  // namespace

bool read_options(std::span<const std::uint8_t> rdata, Edns& edns) noexcept {
  Reader reader(rdata);
  while (reader.left() > 0) {
    const std::uint16_t code = reader.u16();
    const auto data = reader.bytes(reader.u16());
    if (!reader.ok()) return false;
    read_option(code, data, edns);
  }
  return true;
}

}  // namespace rhumb
