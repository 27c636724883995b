#include "server/grpc_health.h"

#include <optional>

namespace rhumb {
namespace {

constexpr std::size_t kFrameHeader = 5;
constexpr int kMaxVarintBytes = 10;

// Wire types of protobuf that are still written.
enum WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>(value | 0x80U);
  out += static_cast<char>(value);
}

std::optional<std::uint64_t> take_varint(std::string_view& text) {
  std::uint64_t value = 0;
  for (int i = 0; i < kMaxVarintBytes && !text.empty(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text.front());
    text.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << static_cast<unsigned>(7 * i);
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

bool skip(std::string_view& text, std::uint64_t size) {
  if (size > text.size()) return false;
  text.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

// The field's value behind its tag.
bool skip_field(std::string_view& text, std::uint64_t wire_type) {
  switch (wire_type) {
    case kVarint:
      return take_varint(text).has_value();
    case kFixed64:
      return skip(text, 8);
    case kBytes: {
      const auto size = take_varint(text);
      return size && skip(text, *size);
    }
    case kFixed32:
      return skip(text, 4);
    default:
      return false;
  }
}

// An empty message is one whose status is UNKNOWN.
std::optional<std::uint64_t> status_in(std::string_view message) {
  std::uint64_t status = 0;
  while (!message.empty()) {
    const auto tag = take_varint(message);
    if (!tag) return std::nullopt;
    if (*tag == (1U << 3U | kVarint)) {
      const auto value = take_varint(message);
      if (!value) return std::nullopt;
      status = *value;
    } else if (*tag >> 3U == 0 || !skip_field(message, *tag & 7U)) {
      return std::nullopt;
    }
  }
  return status;
}

}  // namespace

std::string grpc_health_request(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    message += static_cast<char>(1U << 3U | kBytes);
    append_varint(message, service.size());
    message += service;
  }
  std::string framed(1, '\0');
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    framed += static_cast<char>(message.size() >> shift & 0xFFU);
  }
  return framed + message;
}

Result<Serving> parse_grpc_health(std::string_view body) {
  if (body.size() < kFrameHeader) return Error{"it is cut short"};
  if (body[0] != 0) return Error{"it is compressed"};
  std::size_t size = 0;
  for (std::size_t i = 1; i < kFrameHeader; ++i) {
    size = size << 8U | static_cast<std::uint8_t>(body[i]);
  }
  body.remove_prefix(kFrameHeader);
  if (size != body.size()) return Error{"its length is not that of its frame"};
  const auto status = status_in(body);
  if (!status) return Error{"it is no protobuf"};
  return static_cast<Serving>(*status);
}

}  // namespace rhumb
