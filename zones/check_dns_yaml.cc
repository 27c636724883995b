#include "zones/check_dns_yaml.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/name.h"
#include "dns/types.h"
#include "text/quote.h"
#include "zones/check_fields.h"
#include "zones/check_yaml.h"
#include "zones/presentation.h"
#include "zones/rdata.h"

namespace rhumb {
namespace {

constexpr Named<Rcode> kRcodes[] = {{"NOERROR", Rcode::kNoError},   {"FORMERR", Rcode::kFormErr},
                                    {"SERVFAIL", Rcode::kServFail}, {"NXDOMAIN", Rcode::kNxDomain},
                                    {"NOTIMP", Rcode::kNotImp},     {"REFUSED", Rcode::kRefused}};

Result<std::string> parse_question(std::string_view text) {
  const Name root;
  if (text == "@") return Error{"\"@\" has no zone here; write the name in full"};
  const Result<Name> name = parse_scoped_name(text, {.origin = &root, .relative = nullptr});
  if (!name.ok()) return Error{name.error()};
  const Name lower = name.value().lower();
  return std::string(lower.wire().begin(), lower.wire().end());
}

Result<Type> parse_question_type(std::string_view text) {
  const std::optional<Type> type = parse_type(text);
  if (!type) return Error{in_quotes(text) + " is no record type; write one such as A or SOA"};
  if (is_meta(*type)) {
    return Error{in_quotes(text) + " is no type that records have; write one such as A or SOA"};
  }
  return *type;
}

Result<std::string> parse_value(Type type, std::string_view text) {
  std::vector<std::uint8_t> rdata;
  if (type == Type::kTxt && !text.starts_with('"')) {
    rdata = cut_text(text);
  } else {
    const Result<bool> parsed = parse_rdata(type, text, Name(), rdata);
    if (!parsed.ok()) return Error{parsed.error()};
  }
  return std::string(rdata.begin(), rdata.end());
}

}  // namespace

void read_dns_query(Fields& fields, DnsExpectation& dns) {
  take_text(fields, "query", parse_question, dns.name);
}

void read_dns_expectation(Fields& fields, DnsExpectation& dns) {
  if (const std::optional<std::string_view> text = fields.text("queryType")) {
    const Result<Type> type = parse_question_type(*text);
    if (!type.ok()) fields.error("queryType", type.error());
    if (type.ok()) dns.type = static_cast<std::uint16_t>(type.value());
  }
  if (const std::optional<Rcode> rcode = fields.one_of("expectedRcode", kRcodes)) {
    dns.rcode = static_cast<std::uint16_t>(*rcode);
  }
  const std::optional<std::string_view> value = fields.text("expectedValue");
  if (!value) return;
  if (value->empty()) {
    fields.error("expectedValue",
                 "the value is empty; write what a record must say, or leave \"expectedValue\" "
                 "out");
  } else if (value->size() > kMaxCheckText) {
    fields.error("expectedValue", "the value is longer than " + std::to_string(kMaxCheckText) +
                                      " octets; write a shorter one");
  } else {
    dns.value = *value;
  }
}

void judge_dns(Fields& fields, DnsExpectation& dns, Diagnostics& diagnostics) {
  if (dns.name.empty() && !fields.has("query")) {
    report_missing(fields, "query", "www.example.com", diagnostics);
  }
  if (dns.value.empty()) return;
  if (dns.rcode != 0) {
    return fields.error("expectedValue",
                        "a reply that is an error has no records; leave \"expectedValue\" or "
                        "\"expectedRcode\" out");
  }
  Result<std::string> rdata = parse_value(static_cast<Type>(dns.type), dns.value);
  if (!rdata.ok()) return fields.error("expectedValue", rdata.error());
  dns.rdata = std::move(rdata).value();
}

}  // namespace rhumb
