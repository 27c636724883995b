// Asks a View a question as a client would, in octets, and hands back the octets of the reply.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "answer/answer.h"
#include "dns/query.h"
#include "dns/writer.h"
#include "tests/answer/rich_zones.h"

namespace rhumb::testing {

struct Ask {
  std::string_view name;  // presentation form, case kept
  Type type = Type::kA;
  bool edns = true;
  bool dnssec_ok = false;
  std::uint16_t udp_size = 1232;
  std::uint8_t edns_version = 0;
  Transport transport = Transport::kUdp;
  std::uint64_t entropy = 0;
  std::uint16_t id = 0x1234;
  std::uint16_t flags = 0;
  Class klass = Class::kIn;
};

struct Answered {
  Outcome outcome;
  std::vector<std::uint8_t> reply;
};

inline std::vector<std::uint8_t> message_of(const Ask& ask) {
  std::vector<std::uint8_t> message(512);
  Writer writer(message);
  writer.u16(ask.id);
  writer.u16(ask.flags);
  writer.u16(1);
  writer.u32(0);
  writer.u16(ask.edns ? 1 : 0);
  writer.plain_name(name_of(ask.name).wire());
  writer.u16(static_cast<std::uint16_t>(ask.type));
  writer.u16(static_cast<std::uint16_t>(ask.klass));
  if (ask.edns) {
    writer.u8(0);
    writer.u16(static_cast<std::uint16_t>(Type::kOpt));
    writer.u16(ask.udp_size);
    writer.u8(0);
    writer.u8(ask.edns_version);
    writer.u16(ask.dnssec_ok ? 0x8000 : 0);
    writer.u16(0);
  }
  message.resize(writer.size());
  return message;
}

inline Answered ask_octets(const View& view, std::span<const std::uint8_t> message,
                           Transport transport, std::uint64_t entropy) {
  Query query;
  parse({.message = message, .source = {}, .transport = transport, .entropy = entropy}, query);
  Answered answered{.outcome = {}, .reply = std::vector<std::uint8_t>(kMaxMessageSize)};
  answered.outcome = answer(view, query, answered.reply);
  answered.reply.resize(answered.outcome.length);
  return answered;
}

inline Answered ask(const View& view, const Ask& question) {
  return ask_octets(view, message_of(question), question.transport, question.entropy);
}

}  // namespace rhumb::testing
