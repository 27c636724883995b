// The OPT record of a reply (RFC 6891): what it carries back of what the query's asked for, what
// room that takes, and its octets. Nothing is carried that was not asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "answer/view.h"
#include "dns/query.h"
#include "dns/writer.h"

namespace rhumb {

// Beside no records there is always so much room: a name and all options together take less than
// 500 octets.
inline constexpr std::size_t kExtendedErrorSize = 6;
inline constexpr int kHeaderRcodeBits = 4;  // of an rcode; the rest is in OPT (RFC 6891 §6.1.3)

class Opt {
 public:
  Opt(const Query& query, const AnswerOptions& options) noexcept;

  // Octets of the whole record; 0: the query has none, and so has the reply.
  [[nodiscard]] std::size_t size() const { return size_; }
  // The query is malformed to a server with these options.
  [[nodiscard]] bool malformed() const { return malformed_; }
  // The query's subnet is carried back: not where it is not heeded, and not where the query is
  // malformed, so that nothing in it is taken for what it seems. BIND 9 and Knot echo it alike,
  // with every other error too.
  [[nodiscard]] bool echoes_subnet() const { return echoes_subnet_; }
  // The server cookie that the client brought is a good one: it is who it says.
  [[nodiscard]] bool has_valid_cookie() const { return cookie_.valid; }
  // How much of the client's subnet the answer depends on (RFC 7871 §6), in bits; 0 unless set.
  void set_scope(std::uint8_t bits) noexcept { scope_ = bits; }
  // Requires: size() > 0, and as much room; with an extended error, kExtendedErrorSize more.
  void write(Rcode rcode, ExtendedError why, Writer& writer) const noexcept;

 private:
  void write_options(ExtendedError why, Writer& writer) const noexcept;

  const Edns& edns_;
  std::uint16_t udp_size_;
  bool malformed_ = false;
  bool echoes_subnet_ = false;
  bool has_cookie_ = false;
  std::uint8_t scope_ = 0;
  std::uint16_t keepalive_ = 0;  // in units of 100 ms; 0: it is not told
  std::string_view nsid_;
  CookieReply cookie_;  // of has_cookie_
  std::size_t size_ = 0;
};

}  // namespace rhumb
