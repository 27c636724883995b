#include "zones/rdata.h"

#include <ldns/ldns.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "text/quote.h"
#include "zones/rdata_fields.h"
#include "zones/rdata_location.h"
#include "zones/rdata_service.h"

namespace rhumb {
namespace {

using Rdf = std::unique_ptr<ldns_rdf, decltype(&ldns_rdf_deep_free)>;

// ldns's description of a type's fields; null for a type of which it knows only the number.
const ldns_rr_descriptor* describe(Type type) {
  const auto* descriptor = ldns_rr_descript(static_cast<std::uint16_t>(type));
  if (descriptor == nullptr || ldns_rr_descriptor_maximum(descriptor) == 0) return nullptr;
  const bool opaque = ldns_rr_descriptor_field_type(descriptor, 0) == LDNS_RDF_TYPE_UNKNOWN;
  return opaque || type == Type{40} ? nullptr
                                    : descriptor;  // SINK: ldns knows its first octet only
}

// A field in a form that only ldns knows. `text` must be bounded and checked for what ldns lets by.
bool read_by_ldns(RdataFields& fields, ldns_rdf_type type, std::string text) {
  const Rdf rdf(ldns_rdf_new_frm_str(type, text.data()), &ldns_rdf_deep_free);
  if (!rdf) return fields.fail(in_quotes(text) + " is wrong here");
  const std::uint8_t* data = ldns_rdf_data(rdf.get());
  fields.out().insert(fields.out().end(), data, data + ldns_rdf_size(rdf.get()));
  return true;
}

// A number, or one of the mnemonics that ldns knows for it.
bool read_mnemonic(RdataFields& fields, ldns_rdf_type type, int octets) {
  const std::string_view token = fields.token();
  const Result<std::uint64_t> number = parse_number(token, octets == 1 ? 0xFF : 0xFFFF);
  if (!number.ok()) {
    const bool numeric = !token.empty() && (is_digit(token[0]) || token[0] == '-');
    return numeric ? fields.fail(number.error()) : read_by_ldns(fields, type, std::string(token));
  }
  fields.append(number.value(), octets);
  return true;
}

// Groups of `group` hexadecimal digits with separators between: 0014:4fff:ff20:ee64.
bool read_groups(RdataFields& fields, ldns_rdf_type type, std::size_t size, std::size_t group,
                 char separator) {
  const std::string_view token = fields.token();
  bool good = token.size() == size;
  for (std::size_t i = 0; good && i < size; ++i) {
    const bool between = i % (group + 1) == group;
    good = between ? token[i] == separator : ldns_hexdigit_to_int(token[i]) >= 0;
  }
  if (!good) return fields.fail(in_quotes(token) + " is wrong here; write all hexadecimal digits");
  return read_by_ldns(fields, type, std::string(token));
}

bool read_base64(RdataFields& fields, std::string text) {
  constexpr std::size_t kMaxText = kMaxRdataSize / 3 * 4;  // ldns keeps the size in 16 bits
  if (text.size() > kMaxText) return fields.fail("the data is too long");
  return read_by_ldns(fields, LDNS_RDF_TYPE_B64, std::move(text));
}

// RFC 4025 §3: precedence, gateway type, algorithm, gateway, public key.
bool read_ipsec_key(RdataFields& fields) {
  if (!fields.number(1)) return false;
  const std::optional<std::uint8_t> gateway = fields.octet();
  if (!gateway || !fields.number(1)) return false;
  bool good = false;
  switch (*gateway) {
    case 0:
      good = fields.token() == "." || fields.fail("gateway type 0 takes . as its gateway");
      break;
    case 1:
      good = fields.address(Family::kV4);
      break;
    case 2:
      good = fields.address(Family::kV6);
      break;
    case 3:
      good = fields.name();
      break;
    default:
      good = fields.fail("the gateway type is none of 0, 1, 2, 3");
  }
  return good && (fields.at_end() || read_base64(fields, fields.joined_rest()));
}

// RFC 8005 §5: the lengths of tag and key stand before both.
bool read_host_identity(RdataFields& fields) {
  auto& out = fields.out();
  const std::size_t at = out.size();
  fields.append(0, 1);
  if (!fields.number(1)) return false;
  fields.append(0, 2);
  const std::size_t tag = out.size();
  if (!fields.hex(fields.token())) return false;
  const std::size_t key = out.size();
  if (key == tag || key - tag > 255) return fields.fail("the host identity tag has a wrong length");
  if (!read_base64(fields, std::string(fields.token()))) return false;
  const std::size_t key_size = out.size() - key;
  out[at] = static_cast<std::uint8_t>(key - tag);
  out[at + 2] = static_cast<std::uint8_t>(key_size >> 8U);
  out[at + 3] = static_cast<std::uint8_t>(key_size);
  return true;
}

bool read_location(RdataFields& fields) {
  const Result<std::string> text = full_location(Tokens(fields.raw_rest()));
  fields.skip_rest();
  if (!text.ok()) return fields.fail(text.error());
  return read_by_ldns(fields, LDNS_RDF_TYPE_LOC, text.value());
}

bool read_service_parameters(RdataFields& fields) {
  const std::string text(fields.raw_rest());
  fields.skip_rest();
  const Result<bool> parsed = parse_service_parameters(text, fields.out());
  return parsed.ok() || fields.fail(parsed.error());
}

bool read_field(RdataFields& fields, ldns_rdf_type type) {
  switch (type) {  // NOLINT(clang-diagnostic-switch-enum): the rest is of types never in data
    case LDNS_RDF_TYPE_DNAME:
      return fields.name();
    case LDNS_RDF_TYPE_INT8:
      return fields.number(1);
    case LDNS_RDF_TYPE_INT16:
      return fields.number(2);
    case LDNS_RDF_TYPE_INT32:
      return fields.number(4);
    case LDNS_RDF_TYPE_PERIOD:
      return fields.period();
    case LDNS_RDF_TYPE_A:
      return fields.address(Family::kV4);
    case LDNS_RDF_TYPE_AAAA:
      return fields.address(Family::kV6);
    case LDNS_RDF_TYPE_STR:
      return fields.text();
    case LDNS_RDF_TYPE_LONG_STR:
      return fields.long_text();
    case LDNS_RDF_TYPE_TAG:
      return fields.tag();
    case LDNS_RDF_TYPE_HEX:
      return fields.hex_rest();
    case LDNS_RDF_TYPE_B64:
      return read_base64(fields, fields.joined_rest());
    case LDNS_RDF_TYPE_NSEC:
      return fields.type_bitmap();
    case LDNS_RDF_TYPE_APL:
      return fields.address_prefix();
    case LDNS_RDF_TYPE_WKS:
      return fields.services();
    case LDNS_RDF_TYPE_NSAP:
      return fields.nsap();
    case LDNS_RDF_TYPE_LOC:
      return read_location(fields);
    case LDNS_RDF_TYPE_HIP:
      return read_host_identity(fields);
    case LDNS_RDF_TYPE_IPSECKEY:
      return read_ipsec_key(fields);
    case LDNS_RDF_TYPE_SVCPARAMS:
      return read_service_parameters(fields);
    case LDNS_RDF_TYPE_ILNP64:
      return read_groups(fields, type, 19, 4, ':');
    case LDNS_RDF_TYPE_EUI48:
      return read_groups(fields, type, 17, 2, '-');
    case LDNS_RDF_TYPE_EUI64:
      return read_groups(fields, type, 23, 2, '-');
    case LDNS_RDF_TYPE_CERT_ALG:
      return read_mnemonic(fields, type, 2);
    case LDNS_RDF_TYPE_ALG:
    case LDNS_RDF_TYPE_CERTIFICATE_USAGE:
    case LDNS_RDF_TYPE_SELECTOR:
    case LDNS_RDF_TYPE_MATCHING_TYPE:
      return read_mnemonic(fields, type, 1);
    default:
      return read_by_ldns(fields, type, std::string(fields.token()));
  }
}

std::string count_text(Type type, std::size_t min, std::size_t given) {
  return to_string(type) + " takes " + (min == 1 ? "a value" : std::to_string(min) + " values") +
         ", but " + (given == 0 ? "none is" : "only " + std::to_string(given)) + " given";
}

bool read_described(RdataFields& fields, Type type, const ldns_rr_descriptor* descriptor) {
  const std::size_t min = ldns_rr_descriptor_minimum(descriptor);
  const std::size_t max = ldns_rr_descriptor_maximum(descriptor);
  std::size_t count = 0;
  for (; count < max && !fields.at_end(); ++count) {
    if (!read_field(fields, ldns_rr_descriptor_field_type(descriptor, count))) return false;
    if (fields.out().size() > 2 * kMaxRdataSize) return fields.fail("the data is too long");
  }
  if (count < min) return fields.fail(count_text(type, min, count));
  return true;
}

// RFC 3597 §5: \# LENGTH HEX, the \# taken already.
bool read_generic(RdataFields& fields, Type type) {
  const Result<std::uint64_t> size = parse_number(fields.token(), kMaxRdataSize);
  if (!size.ok()) return fields.fail(size.error() + "; write \\# LENGTH HEX");
  const std::size_t at = fields.out().size();
  if (!fields.hex_rest()) return false;
  const auto rdata = std::span<const std::uint8_t>(fields.out()).subspan(at);
  if (rdata.size() != size.value()) {
    return fields.fail("\\# says " + std::to_string(size.value()) + " octets, but " +
                       std::to_string(rdata.size()) + " follow");
  }
  return is_well_formed(type, rdata) ||
         fields.fail("these octets are no data of type " + to_string(type));
}

bool read_rdata(RdataFields& fields, Type type) {
  if (fields.raw_rest().starts_with("\\#") && Tokens(fields.raw_rest()).next() == "\\#") {
    fields.token();
    return read_generic(fields, type);
  }
  switch (type) {  // short cuts; all else by its description
    case Type::kA:
    case Type::kAaaa:
      if (fields.at_end()) return fields.fail(count_text(type, 1, 0));
      return fields.address(type == Type::kA ? Family::kV4 : Family::kV6);
    case Type::kNs:
    case Type::kCname:
    case Type::kPtr:
    case Type::kDname:
      if (fields.at_end()) return fields.fail(count_text(type, 1, 0));
      return fields.name();
    default:  // NOLINT: any other of 65,536
      break;
  }
  const ldns_rr_descriptor* descriptor = describe(type);
  if (descriptor != nullptr) return read_described(fields, type, descriptor);
  return fields.fail(to_string(type) + " has no text form here; write its data as \\# LENGTH HEX");
}

// Octets of a field in `rest`, whose first it is; more than `rest` has when it is cut off or wrong.
std::size_t field_size(ldns_rdf_type type, std::span<const std::uint8_t> rest) {
  constexpr std::size_t kWrong = kMaxRdataSize + 1;
  switch (type) {  // NOLINT(clang-diagnostic-switch-enum)
    case LDNS_RDF_TYPE_DNAME: {
      std::size_t at = 0;
      while (at < rest.size() && rest[at] != 0 && rest[at] <= kMaxLabelSize) at += rest[at] + 1U;
      const bool whole = at < rest.size() && rest[at] == 0 && at < kMaxNameSize;
      return whole ? at + 1 : kWrong;
    }
    case LDNS_RDF_TYPE_STR:
    case LDNS_RDF_TYPE_TAG:
    case LDNS_RDF_TYPE_NSEC3_SALT:
    case LDNS_RDF_TYPE_NSEC3_NEXT_OWNER:
      return rest[0] + std::size_t{1};
    case LDNS_RDF_TYPE_INT8:
    case LDNS_RDF_TYPE_ALG:
    case LDNS_RDF_TYPE_CERTIFICATE_USAGE:
    case LDNS_RDF_TYPE_SELECTOR:
    case LDNS_RDF_TYPE_MATCHING_TYPE:
      return 1;
    case LDNS_RDF_TYPE_INT16:
    case LDNS_RDF_TYPE_TYPE:
    case LDNS_RDF_TYPE_CERT_ALG:
      return 2;
    case LDNS_RDF_TYPE_INT32:
    case LDNS_RDF_TYPE_PERIOD:
    case LDNS_RDF_TYPE_TIME:
    case LDNS_RDF_TYPE_A:
      return 4;
    case LDNS_RDF_TYPE_EUI48:
      return 6;
    case LDNS_RDF_TYPE_EUI64:
    case LDNS_RDF_TYPE_ILNP64:
      return 8;
    case LDNS_RDF_TYPE_AAAA:
    case LDNS_RDF_TYPE_LOC:
      return 16;
    case LDNS_RDF_TYPE_APL:
      return rest.size() < 4 ? kWrong : std::size_t{4} + (rest[3] & 0x7FU);
    case LDNS_RDF_TYPE_SVCPARAMS:
      return problem_of_service_parameters(rest).empty() ? rest.size() : kWrong;
    case LDNS_RDF_TYPE_HIP:
      return rest.size() < 4 ? kWrong : 4U + rest[0] + rest[2] * 256U + rest[3];
    default:
      return rest.size();
  }
}

}  // namespace

bool is_well_formed(Type type, std::span<const std::uint8_t> rdata) {
  if (rdata.size() > kMaxRdataSize) return false;
  const ldns_rr_descriptor* descriptor = describe(type);
  if (descriptor == nullptr) return true;
  const std::size_t max = ldns_rr_descriptor_maximum(descriptor);
  std::size_t count = 0;
  for (; count < max && !rdata.empty(); ++count) {
    const std::size_t size = field_size(ldns_rr_descriptor_field_type(descriptor, count), rdata);
    if (size > rdata.size()) return false;
    rdata = rdata.subspan(size);
  }
  return rdata.empty() && count >= ldns_rr_descriptor_minimum(descriptor);
}

Result<bool> parse_rdata(Type type, std::string_view text, const Name& origin,
                         std::vector<std::uint8_t>& out) {
  return parse_rdata(type, text, NameScope{.origin = &origin, .relative = nullptr}, out);
}

Result<bool> parse_rdata(Type type, std::string_view text, const NameScope& scope,
                         std::vector<std::uint8_t>& out) {
  if (is_meta(type)) {
    return Error{to_string(type) + " is asked for or sent along, never data of a zone"};
  }
  const std::size_t before = out.size();
  RdataFields fields(text, scope, out);
  bool good = text.find('\0') == std::string_view::npos || fields.fail("there is a NUL byte");
  good = good && read_rdata(fields, type);
  if (good && !fields.at_end()) {
    good = fields.fail("there is text left over: " + in_quotes(fields.raw_rest()));
  }
  if (good && out.size() - before > kMaxRdataSize) good = fields.fail("the data is too long");
  if (good) return true;
  out.resize(before);
  return Error{fields.problem()};
}

std::vector<std::string> answer_texts(std::span<const std::uint8_t> message) {
  std::vector<std::string> texts;
  ldns_pkt* read = nullptr;
  if (ldns_wire2pkt(&read, message.data(), message.size()) != LDNS_STATUS_OK) return texts;
  const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(read, &ldns_pkt_free);
  const ldns_rr_list* const answer = ldns_pkt_answer(packet.get());
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(answer); ++i) {
    char* const line = ldns_rr2str(ldns_rr_list_rr(answer, i));
    if (line == nullptr) continue;
    std::string text(line);
    std::free(line);  // NOLINT: how ldns gives it
    text.erase(text.find_last_not_of('\n') + 1);
    std::ranges::replace(text, '\t', ' ');
    texts.push_back(std::move(text));
  }
  return texts;
}

std::vector<std::uint8_t> stand_in_rdata(Type type) {
  constexpr std::size_t kSoaNumbersSize = 20;  // octets
  if (type == Type::kNs) return {0};
  if (type == Type::kSoa) return std::vector<std::uint8_t>(2 + kSoaNumbersSize);
  return {};
}

}  // namespace rhumb
