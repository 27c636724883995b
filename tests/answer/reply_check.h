// What must hold of any reply to any octets; for property tests and fuzzing. Reads the octets by
// itself and uses nothing of the code under test but plain types.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dns/query.h"

namespace rhumb::testing {

class ReplyCheck {
 public:
  ReplyCheck(const Request& request, std::uint16_t udp_limit, std::span<const std::uint8_t> reply)
      : request_(request.message),
        limit_(request.transport == Transport::kTcp ? kMaxMessageSize : udp_limit),
        reply_(reply) {}

  // What is wrong, or nothing.
  std::string_view run() {
    const bool is_query = request_.size() >= 12 && (request_[2] & 0x80) == 0;
    if (!is_query) return reply_.empty() ? "" : "answered what is no query";
    if (reply_.size() < 12) return "no reply to a query";
    if (reply_.size() > limit_) return "longer than the client takes";
    if (u16(0) != (request_[0] << 8 | request_[1])) return "another id";
    if ((u16(2) & 0x8000) == 0) return "no reply bit";
    if ((u16(2) & 0x00F0) != 0) return "RA, Z, AD or CD is set";
    if ((u16(2) & 0x7900) != ((request_[2] << 8 | request_[3]) & 0x7900)) return "opcode or RD";
    return walk();
  }

 private:
  [[nodiscard]] int u16(std::size_t at) const { return reply_[at] << 8 | reply_[at + 1]; }

  std::string_view walk() {
    std::size_t at = 12;
    if (u16(4) > 1) return "several questions";
    if (u16(4) == 1) {
      const auto name = skip_name(at);
      if (!name || *name + 4 > reply_.size()) return "question cut off";
      const std::size_t size = *name + 4 - 12;
      if (request_.size() < 12 + size ||
          !std::ranges::equal(request_.subspan(12, size), reply_.subspan(12, size))) {
        return "another question";
      }
      at = *name + 4;
    }
    const int records = u16(6) + u16(8) + u16(10);
    int opts = 0;
    for (int i = 0; i < records; ++i) {
      const auto name = skip_name(at);
      if (!name || *name + 10 > reply_.size()) return "record cut off";
      const auto size = static_cast<std::size_t>(u16(*name + 8));
      if (*name + 10 + size > reply_.size()) return "rdata cut off";
      if (u16(*name) == 41) ++opts;
      at = *name + 10 + size;
    }
    if (opts > 1) return "several OPT";
    return at == reply_.size() ? "" : "octets behind the last record";
  }

  // Past the name at `at`; pointers must lead back, to a label, and the whole be a name.
  [[nodiscard]] std::optional<std::size_t> skip_name(std::size_t at) const {
    std::optional<std::size_t> after;
    std::size_t size = 1;
    while (at < reply_.size() && reply_[at] != 0) {
      if (reply_[at] >= 0xC0) {
        if (at + 1 >= reply_.size()) return std::nullopt;
        if (!after) after = at + 2;
        const auto target = static_cast<std::size_t>(u16(at) & 0x3FFF);
        if (target >= at || target < 12) return std::nullopt;
        at = target;
        continue;
      }
      if (reply_[at] > 63) return std::nullopt;
      size += reply_[at] + std::size_t{1};
      at += reply_[at] + std::size_t{1};
    }
    if (at >= reply_.size() || size > 255) return std::nullopt;
    return after ? after : at + 1;
  }

  std::span<const std::uint8_t> request_;
  std::size_t limit_;
  std::span<const std::uint8_t> reply_;
};

}  // namespace rhumb::testing
