#include "server/explain.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "answer/answer.h"
#include "answer/explain.h"
#include "dns/query.h"
#include "dns/writer.h"
#include "server/explain_words.h"
#include "text/json.h"
#include "text/quote.h"
#include "zones/rdata.h"

namespace rhumb {
namespace {

constexpr std::uint16_t kUdpSize = 1232;  // in our OPT; over TCP it limits nothing

// A subnet is a prefix, or an address that stands for itself alone.
std::optional<IpPrefix> parse_subnet(std::string_view text) {
  if (const auto prefix = IpPrefix::parse(text)) return prefix;
  const auto address = IpAddress::parse(text);
  if (!address) return std::nullopt;
  return IpPrefix::of(*address, address->is_v4() ? 32 : 128);
}

void write_opt(Writer& writer, const ClientSubnet& subnet) {
  writer.u8(0);
  writer.u16(static_cast<std::uint16_t>(Type::kOpt));
  writer.u16(kUdpSize);
  writer.u32(0);
  writer.u16(static_cast<std::uint16_t>(option_size(subnet)));
  write_client_subnet(subnet, 0, writer);
}

// The query that the client would send, in `out`.
std::span<const std::uint8_t> write_query(const ExplainQuestion& question,
                                          std::span<std::uint8_t> out) {
  Writer writer(out);
  const bool has_opt = question.subnet.has_value();
  // ID, flags, and how many records each section has.
  for (const bool field : {false, false, true, false, false, has_opt}) writer.u16(field ? 1 : 0);
  writer.bytes(question.name.wire());
  writer.u16(static_cast<std::uint16_t>(question.type));
  writer.u16(static_cast<std::uint16_t>(Class::kIn));
  if (question.subnet) write_opt(writer, subnet_of(*question.subnet));
  return writer.written();
}

class ExplainWriter {
 public:
  ExplainWriter(const View& view, const Explain& explain, const Tellers& tellers)
      : words_(view, explain, tellers), explain_(explain), json_(text_) {}

  std::string write(const ExplainQuestion& question, const Outcome& outcome,
                    std::span<const std::uint8_t> reply) {
    json_.begin_object();
    member("name", to_string(question.name));
    member("type", to_string(question.type));
    member("client", to_string(explain_.client));
    member("clientFrom", words_.client(question));
    member("rcode", to_string(outcome.rcode));
    write_rcode_cause(question);
    write_ttl();
    json_.key("scope");
    json_.whole(explain_.scope.bits);
    member("scopeCause", words_.scope());
    write_answer(reply);
    json_.key("steps");
    json_.begin_array();
    for (const Explain::Step& step : explain_.steps()) write_step(step);
    json_.end_array();
    json_.key("complete");
    json_.boolean(!explain_.truncated);
    json_.end_object();
    return std::move(text_);
  }

 private:
  void member(std::string_view key, std::string_view value) {
    json_.key(key);
    json_.text(value);
  }
  void member(std::string_view key, bool value) {
    json_.key(key);
    json_.boolean(value);
  }

  void write_rcode_cause(const ExplainQuestion& question) {
    const std::string cause = words_.rcode(question);
    json_.key("rcodeCause");
    if (cause.empty()) return json_.null();
    json_.text(cause);
  }

  void write_ttl() {
    json_.key("ttl");
    if (explain_.ttl.step == Explain::kNone) return json_.null();
    json_.whole_unsigned(explain_.ttl.seconds);
    member("ttlCause", words_.ttl());
  }

  void write_answer(std::span<const std::uint8_t> reply) {
    json_.key("answer");
    json_.begin_array();
    for (const std::string& record : answer_texts(reply)) json_.text(record);
    json_.end_array();
  }

  void write_step(const Explain::Step& step) {
    json_.begin_object();
    member("name", words_.name(step));
    member("type", ExplainWords::type(step));
    member("zone", to_string(step.zone->zone->info().apex));
    member("policy", words_.policy(step));
    member("outcome", words_.outcome(step));
    if (step.by_location) {
      json_.key("block");
      json_.whole(step.block);
    }
    json_.key("candidates");
    json_.begin_array();
    for (const auto& candidate : explain_.candidates(step)) write_candidate(step, candidate);
    json_.end_array();
    json_.end_object();
  }

  void write_candidate(const Explain::Step& step, const Explain::Candidate& candidate) {
    const GroupInfo::Set& set = words_.set(step, candidate.set);
    json_.begin_object();
    member("setIdentifier", set.identifier);
    member("for", set.suits);
    json_.key("order");
    if (candidate.suits) {
      json_.whole(candidate.rank + 1);
    } else {
      json_.null();
    }
    member("alive", candidate.alive);
    member("standing", candidate.standing);
    member("reason", words_.reason(step, candidate));
    member("chosen", candidate.chosen);
    json_.key("ttl");
    json_.whole_unsigned(candidate.ttl_s);
    json_.end_object();
  }

  ExplainWords words_;
  const Explain& explain_;
  std::string text_;
  JsonWriter json_;
};

}  // namespace

Result<ExplainQuestion> read_question(std::string_view name, std::string_view type,
                                      std::string_view client, std::string_view subnet) {
  ExplainQuestion question;
  const Result<Name> parsed = Name::parse(name, Name());
  if (!parsed.ok()) return Error{"the name " + in_quotes(name) + ": " + parsed.error()};
  question.name = parsed.value();
  const std::optional<Type> known = parse_type(type);
  if (!known) return Error{in_quotes(type) + " is no type; write A, AAAA or another"};
  question.type = *known;
  const std::optional<IpAddress> address = IpAddress::parse(client);
  if (!address) {
    return Error{"the client " + in_quotes(client) +
                 " is no IP address; write one like 192.0.2.1 or 2001:db8::1"};
  }
  question.client = *address;
  if (subnet.empty()) return question;
  question.subnet = parse_subnet(subnet);
  if (question.subnet) return question;
  return Error{"the ECS subnet " + in_quotes(subnet) +
               " is no network; write one like 192.0.2.0/24, without bits behind the prefix"};
}

std::string explain_json(const View& view, const ExplainQuestion& question,
                         const Tellers& tellers) {
  std::array<std::uint8_t, kMinUdpSize> message{};
  Query query{};
  parse({.message = write_query(question, message),
         .source = question.client,
         .transport = Transport::kTcp,
         .entropy = question.entropy},
        query);
  std::vector<std::uint8_t> reply(kMaxMessageSize);
  const auto explain = std::make_unique<Explain>();
  const Outcome outcome = answer(view, query, reply, explain.get());
  ExplainWriter writer(view, *explain, tellers);
  return writer.write(question, outcome, std::span(reply).first(outcome.length));
}

}  // namespace rhumb
