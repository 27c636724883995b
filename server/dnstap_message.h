// Records of the tap as dnstap has them: protobuf messages, one for the question and one for the
// answer. The door to protobuf-c.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "server/tap_record.h"

namespace rhumb {

enum class DnstapKind : std::uint8_t { kAuthQuery, kAuthResponse };

class DnstapEncoder {
 public:
  // What tells this server from others (empty: nothing), and what it runs.
  DnstapEncoder(std::string identity, std::string version);

  // Of a response, the question's time too, but not its octets. Good until the next call.
  [[nodiscard]] std::span<const std::uint8_t> encode(const TapRecord& record, DnstapKind kind);

 private:
  std::string identity_;
  std::string version_;
  std::vector<std::uint8_t> octets_;
};

}  // namespace rhumb
