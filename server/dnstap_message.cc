#include "server/dnstap_message.h"

#include <dnstap.pb-c.h>

#include <utility>

namespace rhumb {
namespace {

constexpr std::uint64_t kNsInSecond = 1'000'000'000;

// protobuf-c writes through none of these pointers while it packs.
ProtobufCBinaryData data_of(std::span<const std::uint8_t> octets) {
  return {octets.size(), const_cast<std::uint8_t*>(octets.data())};  // NOLINT: as said
}

ProtobufCBinaryData data_of(const std::string& text) {
  return data_of({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});  // NOLINT
}

void put_addresses(const TapRecord& record, Dnstap__Message& message) {
  message.has_family = 1;
  message.family = record.client.address.is_v4() ? DNSTAP__FAMILY__IPV4 : DNSTAP__FAMILY__IPV6;
  message.has_protocol = 1;
  message.protocol =
      record.transport == Transport::kUdp ? DNSTAP__PROTOCOL__UDP : DNSTAP__PROTOCOL__TCP;
  message.has_query_address = 1;
  message.query_address = data_of(record.client.address.bytes());
  message.has_query_port = 1;
  message.query_port = record.client.port;
  message.has_response_address = 1;
  message.response_address = data_of(record.server.address.bytes());
  message.has_response_port = 1;
  message.response_port = record.server.port;
}

void put_question(const TapRecord& record, Dnstap__Message& message) {
  message.kind = DNSTAP__MESSAGE__KIND__AUTH_QUERY;
  message.has_query_message = 1;
  message.query_message = data_of(record.question);
}

void put_reply(const TapRecord& record, Dnstap__Message& message) {
  message.kind = DNSTAP__MESSAGE__KIND__AUTH_RESPONSE;
  message.has_response_time_s = 1;
  message.response_time_s = record.answered_ns / kNsInSecond;
  message.has_response_time_ns = 1;
  message.response_time_ns = static_cast<std::uint32_t>(record.answered_ns % kNsInSecond);
  message.has_response_message = 1;
  message.response_message = data_of(record.reply);
}

}  // namespace

DnstapEncoder::DnstapEncoder(std::string identity, std::string version)
    : identity_(std::move(identity)), version_(std::move(version)) {}

std::span<const std::uint8_t> DnstapEncoder::encode(const TapRecord& record, DnstapKind kind) {
  Dnstap__Message message;
  dnstap__message__init(&message);
  put_addresses(record, message);
  message.has_query_time_s = 1;
  message.query_time_s = record.asked_ns / kNsInSecond;
  message.has_query_time_ns = 1;
  message.query_time_ns = static_cast<std::uint32_t>(record.asked_ns % kNsInSecond);
  message.has_query_zone = record.zone.empty() ? 0 : 1;
  message.query_zone = data_of(record.zone);
  if (kind == DnstapKind::kAuthQuery) {
    put_question(record, message);
  } else {
    put_reply(record, message);
  }

  Dnstap__Envelope envelope;
  dnstap__envelope__init(&envelope);
  envelope.kind = DNSTAP__ENVELOPE__KIND__MESSAGE;
  envelope.has_identity = identity_.empty() ? 0 : 1;
  envelope.identity = data_of(identity_);
  envelope.has_version = version_.empty() ? 0 : 1;
  envelope.version = data_of(version_);
  envelope.message = &message;
  octets_.resize(dnstap__envelope__get_packed_size(&envelope));
  dnstap__envelope__pack(&envelope, octets_.data());
  return octets_;
}

}  // namespace rhumb
