// Any octets as the reply to the question of a DNS check, whatever is expected: judged without
// harm, and well only for what has the rcode that is expected.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "server/dns_reply.h"

namespace {

constexpr std::array<std::uint16_t, 8> kTypes = {1, 5, 6, 15, 16, 33, 35, 46};

}  // namespace

// The first octet chooses the type, and whether a value is expected.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  rhumb::DnsExpectation expected;
  expected.name = std::string(
      "\x03www\x07"
      "example\x00",
      13);
  expected.type = kTypes[data[0] % kTypes.size()];
  if (data[0] >= 128) expected.rdata = std::string("\xC0\x00\x02\x01", 4);
  const std::vector<std::uint8_t> question = rhumb::dns_question(expected, 0x1234);
  std::vector<std::uint8_t> reply(data + 1, data + size);
  if (reply.size() >= 2) std::copy_n(question.begin(), 2, reply.begin());
  const rhumb::DnsReply judged = rhumb::judge_dns(expected, question, reply);
  if (judged.kind == rhumb::DnsReply::Kind::kJudged && judged.reason.empty()) std::abort();
  if (judged.ok && (reply[2] < 128 || (reply[3] & 15U) != 0)) std::abort();
  return 0;
}
