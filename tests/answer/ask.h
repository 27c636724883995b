// Asks a View a question as a client would, in octets, and hands back the octets of the reply.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "answer/answer.h"
#include "answer/explain.h"
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
  IpAddress from{};
  std::optional<IpPrefix> ecs{};  // the client subnet
  std::uint32_t now_s = 0;
  std::uint32_t idle_timeout_ms = 0;
  std::vector<std::uint8_t> options{};  // further options of OPT, as octets
};

inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
inline IpPrefix net(std::string_view text) { return IpPrefix::parse(text).value(); }

struct Answered {
  Outcome outcome;
  std::vector<std::uint8_t> reply;
};

inline std::vector<std::uint8_t> ecs_option(const IpPrefix& subnet) {
  const auto address = subnet.address.bytes().first((subnet.length + 7U) / 8);
  const auto size = static_cast<std::uint8_t>(address.size());
  const auto family = static_cast<std::uint8_t>(subnet.address.is_v4() ? 1 : 2);
  std::vector<std::uint8_t> option = {
      0, 8, 0, static_cast<std::uint8_t>(4 + size), 0, family, subnet.length, 0};
  option.insert(option.end(), address.begin(), address.end());
  return option;
}

inline std::vector<std::uint8_t> options_of(const Ask& ask) {
  std::vector<std::uint8_t> options;
  if (ask.ecs) options = ecs_option(*ask.ecs);
  options.insert(options.end(), ask.options.begin(), ask.options.end());
  return options;
}

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
    const std::vector<std::uint8_t> options = options_of(ask);
    writer.u16(static_cast<std::uint16_t>(options.size()));
    writer.bytes(options);
  }
  message.resize(writer.size());
  return message;
}

inline Answered ask_octets(const View& view, const Request& request, Explain* explain = nullptr) {
  Query query;
  parse(request, query);
  Answered answered{.outcome = {}, .reply = std::vector<std::uint8_t>(kMaxMessageSize)};
  answered.outcome = answer(view, query, answered.reply, explain);
  answered.reply.resize(answered.outcome.length);
  return answered;
}

inline Answered ask(const View& view, const Ask& question, Explain* explain = nullptr) {
  const std::vector<std::uint8_t> message = message_of(question);
  return ask_octets(view,
                    {.message = message,
                     .source = question.from,
                     .transport = question.transport,
                     .entropy = question.entropy,
                     .now_s = question.now_s,
                     .idle_timeout_ms = question.idle_timeout_ms},
                    explain);
}

}  // namespace rhumb::testing
