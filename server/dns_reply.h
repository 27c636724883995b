// The question of a DNS check as octets, and what a reply to it says. Pure functions; a reply may
// hold anything.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "health/check.h"

namespace rhumb {

// One question, recursion desired (a resolver may be asked), without EDNS.
std::vector<std::uint8_t> dns_question(const DnsExpectation& expected, std::uint16_t id);

struct DnsReply {
  enum class Kind : std::uint8_t {
    kForeign,    // an answer to something else: late, or forged
    kTruncated,  // the whole of it is to be had over TCP
    kJudged,
  };
  Kind kind = Kind::kForeign;
  bool ok = false;
  std::string reason;
};

// `question` is dns_question()'s. The owners of the answer's records are not looked at: whatever
// chain of CNAMEs leads there, a record of the type counts.
DnsReply judge_dns(const DnsExpectation& expected, std::span<const std::uint8_t> question,
                   std::span<const std::uint8_t> reply);

}  // namespace rhumb
