#include "tests/support/dns_client.h"

#include <ldns/ldns.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <span>

#include "dns/client_subnet.h"
#include "dns/name.h"
#include "dns/reader.h"
#include "dns/types.h"
#include "server/listeners.h"
#include "server/socket_address.h"

namespace rhumb::test {
namespace {

struct FreePacket {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};

// ldns separates fields by tabs and ends the line; the owner's case is not of the data.
std::string one_line(const ldns_rr* record) {
  char* raw = ldns_rr2str(record);
  std::string text = raw;
  std::free(raw);  // NOLINT: allocated by ldns
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace(text.begin(), text.end(), '\t', ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  const std::size_t owner_end = text.find(' ');
  std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(owner_end), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t in_class = text.find(" IN ");
  if (in_class != std::string::npos) text.erase(in_class, 3);
  return text;
}

std::vector<std::string> lines_of(const ldns_rr_list* records) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(records); ++i) {
    lines.push_back(one_line(ldns_rr_list_rr(records, i)));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string rcode_of(const ldns_pkt* packet) {
  char* raw = ldns_pkt_rcode2str(ldns_pkt_get_rcode(packet));
  std::string text = raw != nullptr ? raw : "RCODE" + std::to_string(ldns_pkt_get_rcode(packet));
  std::free(raw);  // NOLINT: allocated by ldns
  return text;
}

std::string question_of(const ldns_pkt* packet) {
  const ldns_rr_list* questions = ldns_pkt_question(packet);
  if (ldns_rr_list_rr_count(questions) != 1) return {};
  const ldns_rr* question = ldns_rr_list_rr(questions, 0);
  char* name = ldns_rdf2str(ldns_rr_owner(question));
  const std::string text = name;
  std::free(name);  // NOLINT: allocated by ldns
  return text + " " + to_string(static_cast<Type>(ldns_rr_get_type(question)));
}

// Of the client subnet among the options of OPT.
std::optional<int> scope_of(const ldns_rdf* options) {
  if (options == nullptr) return std::nullopt;
  const std::span<const std::uint8_t> data(ldns_rdf_data(options), ldns_rdf_size(options));
  Reader reader(data);
  while (reader.left() > 0) {
    const std::uint16_t code = reader.u16();
    const auto option = reader.bytes(reader.u16());
    if (code == kClientSubnetOption && option.size() >= 4) return option[3];
  }
  return std::nullopt;
}

void put_u16(Bytes& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value));
}

void put_options(Bytes& message, const std::optional<IpPrefix>& subnet) {
  if (!subnet) return put_u16(message, 0);
  const auto address = subnet->address.bytes().first((subnet->length + std::size_t{7}) / 8);
  put_u16(message, static_cast<unsigned>(address.size() + 8));
  put_u16(message, kClientSubnetOption);
  put_u16(message, static_cast<unsigned>(address.size() + 4));
  put_u16(message, subnet->address.is_v4() ? kSubnetV4 : kSubnetV6);
  put_u16(message, subnet->length * 256U);
  message.insert(message.end(), address.begin(), address.end());
}

Fd connect_to(const Endpoint& server, int type, int patience_ms) {
  const SocketAddress address = to_socket_address(server);
  Fd fd(socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0));
  const timeval patience{patience_ms / 1000, (patience_ms % 1000) * 1000L};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(fd.get(), address.get(), address.size) != 0) return Fd{};
  return fd;
}

bool read_all(int fd, std::uint8_t* to, std::size_t size) {
  while (size > 0) {
    const ssize_t got = recv(fd, to, size, 0);
    if (got <= 0) return false;
    to += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

std::optional<Reply> decode(const Bytes& message) {
  ldns_pkt* raw = nullptr;
  if (ldns_wire2pkt(&raw, message.data(), message.size()) != LDNS_STATUS_OK) return std::nullopt;
  const std::unique_ptr<ldns_pkt, FreePacket> packet(raw);
  Reply reply;
  reply.rcode = rcode_of(raw);
  reply.id = ldns_pkt_id(raw);
  reply.aa = ldns_pkt_aa(raw);
  reply.tc = ldns_pkt_tc(raw);
  reply.question = question_of(raw);
  reply.answer = lines_of(ldns_pkt_answer(raw));
  reply.authority = lines_of(ldns_pkt_authority(raw));
  reply.additional = lines_of(ldns_pkt_additional(raw));
  reply.edns = ldns_pkt_edns(raw);
  reply.scope = scope_of(ldns_pkt_edns_data(raw));
  reply.size = message.size();
  return reply;
}

Bytes encode(const Ask& ask) {
  constexpr std::uint16_t kUsualSize = 1232;
  const bool has_opt = ask.edns_size || ask.subnet;
  Bytes message;
  put_u16(message, ask.id);
  for (const unsigned word : {0x0100U, 1U, 0U, 0U, has_opt ? 1U : 0U}) put_u16(message, word);
  const Name name = Name::parse(ask.name, Name{}).value();
  message.insert(message.end(), name.wire().begin(), name.wire().end());
  put_u16(message, static_cast<unsigned>(parse_type(ask.type).value()));
  put_u16(message, 1);
  if (!has_opt) return message;
  message.push_back(0);
  put_u16(message, 41);
  put_u16(message, ask.edns_size.value_or(kUsualSize));
  for (const unsigned word : {0U, 0U}) put_u16(message, word);
  put_options(message, ask.subnet);
  return message;
}

std::optional<Bytes> exchange_udp(const Endpoint& server, const Bytes& message, int patience_ms) {
  const Fd fd = connect_to(server, SOCK_DGRAM, patience_ms);
  if (!fd.valid() || send(fd.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0)
    return std::nullopt;
  Bytes reply(65536);
  const ssize_t size = recv(fd.get(), reply.data(), reply.size(), 0);
  if (size < 0) return std::nullopt;
  reply.resize(static_cast<std::size_t>(size));
  return reply;
}

std::optional<Bytes> exchange_tcp(const Endpoint& server, const Bytes& message, int patience_ms) {
  const Fd fd = connect_to(server, SOCK_STREAM, patience_ms);
  if (!fd.valid()) return std::nullopt;
  Bytes framed;
  put_u16(framed, static_cast<unsigned>(message.size()));
  framed.insert(framed.end(), message.begin(), message.end());
  if (send(fd.get(), framed.data(), framed.size(), MSG_NOSIGNAL) < 0) return std::nullopt;
  Bytes length(2);
  if (!read_all(fd.get(), length.data(), 2)) return std::nullopt;
  Bytes reply(static_cast<std::size_t>(length[0]) << 8U | length[1]);
  if (!read_all(fd.get(), reply.data(), reply.size())) return std::nullopt;
  return reply;
}

std::optional<Reply> ask(const Endpoint& server, const Ask& question, int patience_ms) {
  const Bytes message = encode(question);
  const auto reply = question.tcp ? exchange_tcp(server, message, patience_ms)
                                  : exchange_udp(server, message, patience_ms);
  return reply ? decode(*reply) : std::nullopt;
}

}  // namespace rhumb::test
