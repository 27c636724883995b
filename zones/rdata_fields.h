// Reads the fields of one rdata in presentation form by our own hand, as strictly as a zone needs:
// numbers do not wrap, relative names are completed, nothing left over is dropped. Which fields a
// type has is for zones/rdata to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "zones/presentation.h"

namespace rhumb {

// Each reader takes its tokens and appends their wire to `out`. False: wrong, and problem() says
// how; what was appended is then garbage.
class RdataFields {
 public:
  // Borrows all three.
  RdataFields(std::string_view text, const NameScope& scope, std::vector<std::uint8_t>& out)
      : tokens_(text), scope_(scope), out_(out) {}

  [[nodiscard]] bool at_end() const { return tokens_.at_end(); }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Always false, so that a reader can return it.
  bool fail(std::string problem);

  bool number(int octets);
  bool period();  // a TTL-like number of 32 bits
  bool name();
  bool address(Family family);
  bool text();            // one character-string, at most 255 octets
  bool long_text();       // one text without a length octet
  bool tag();             // CAA's (RFC 8659 §4.1)
  bool hex_rest();        // all tokens left, as one
  bool type_bitmap();     // all tokens left are types (RFC 4034 §4.1.2)
  bool address_prefix();  // one item of APL (RFC 3123 §5)
  bool services();        // WKS's protocol and ports (RFC 1035 §3.4.2)
  bool nsap();            // RFC 1706 §7

  // For fields that another reader takes. Empty at the end.
  std::string_view token() { return tokens_.next(); }
  // All tokens left, put together without blanks.
  std::string joined_rest();
  [[nodiscard]] std::string_view raw_rest() const { return tokens_.rest(); }
  void skip_rest() { tokens_ = Tokens({}); }
  // The next token as a number of one octet, appended too.
  std::optional<std::uint8_t> octet();
  bool hex(std::string_view digits);
  void append(std::uint64_t value, int octets);
  std::vector<std::uint8_t>& out() { return out_; }

 private:
  template <typename T>
  bool keep(const Result<T>& result) {
    return result.ok() || fail(result.error());
  }

  Tokens tokens_;
  const NameScope& scope_;
  std::vector<std::uint8_t>& out_;
  std::string problem_;
};

}  // namespace rhumb
