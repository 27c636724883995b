#include "server/query_log.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dns/name.h"

namespace rhumb {
namespace {

constexpr std::uint64_t kLine = 1'000;  // of credit

std::string name_of(const Query& query) {
  if (query.question.size() <= kQuestionTail) return {};
  const auto name = Name::from_wire(query.question.first(query.question.size() - kQuestionTail));
  return name ? to_string(*name) : std::string();
}

// 0: QUERY. A header is all that is left of the others.
unsigned opcode_of(std::span<const std::uint8_t> message) {
  return message.size() < static_cast<std::size_t>(kHeaderSize) ? 0 : message[2] >> 3U & 0xFU;
}

std::string subnet_of_query(const Query& query) {
  const ClientSubnet& subnet = query.edns.client_subnet;
  return subnet.present ? to_string(IpPrefix{subnet.address, subnet.source_prefix}) : std::string();
}

std::string zone_of_record(const TapRecord& record) {
  const auto apex = Name::from_wire(record.zone);
  return apex ? to_string(*apex) : std::string();
}

}  // namespace

bool QueryLog::is_due(std::int64_t now_ms) {
  if (per_second_ == 0) return false;
  const std::int64_t since_ms = refilled_ms_ == 0 ? 1'000 : now_ms - refilled_ms_;
  refilled_ms_ = now_ms;
  // No more than one line is saved up: the lines of a second do not come all at its end.
  credit_ = std::min(credit_ + static_cast<std::uint64_t>(since_ms) * per_second_, kLine);
  return credit_ == kLine;
}

void QueryLog::take(const TapRecord& record) {
  carried_ += record.stands_for;
  if (credit_ < kLine) return;
  credit_ = 0;
  write(record, std::exchange(carried_, 0));
}

void QueryLog::write(const TapRecord& record, std::uint64_t stands_for) {
  Query query;
  parse(
      {.message = record.question, .source = record.client.address, .transport = record.transport},
      query);
  const std::string name = name_of(query);
  std::vector<LogField> fields = {{"client", to_string(record.client.address)}};
  const auto add = [&fields](std::string_view key, std::string value) {
    if (!value.empty()) fields.push_back({key, std::move(value)});
  };
  add("subnet", subnet_of_query(query));
  add("name", name);
  if (!name.empty()) add("type", to_string(query.type));
  if (!name.empty() && query.klass != Class::kIn) add("class", to_string(query.klass));
  if (const unsigned opcode = opcode_of(record.question); opcode != 0) {
    add("opcode", std::to_string(opcode));
  }
  add("rcode", std::string(to_string(record.rcode)));
  add("zone", zone_of_record(record));
  add("set", std::string(record.sets));
  add("transport", record.transport == Transport::kUdp ? "udp" : "tcp");
  add("standsFor", std::to_string(stands_for));
  log_.info("query", fields);
}

}  // namespace rhumb
