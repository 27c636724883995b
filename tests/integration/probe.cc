#include "tests/integration/probe.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "dns/name.h"
#include "dns/reader.h"
#include "dns/types.h"

namespace rhumb::test {
namespace {

constexpr std::uint16_t kId = 0x1234;
constexpr std::size_t kHeader = 12;

void put_u16(Bytes& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value));
}

void append(Bytes& out, std::span<const std::uint8_t> more) {
  out.insert(out.end(), more.begin(), more.end());
}

void put_opt(Bytes& out, const Opt& opt) {
  if (opt.owner_size > 0) {
    out.push_back(opt.owner_size);
    out.insert(out.end(), opt.owner_size, 'o');
  }
  out.push_back(0);
  put_u16(out, 41);
  put_u16(out, opt.size);
  put_u16(out, opt.version);
  put_u16(out, opt.flags);
  put_u16(out, static_cast<unsigned>(opt.options.size()));
  append(out, opt.options);
}

std::string rcode_text(unsigned rcode) {
  static const std::map<unsigned, std::string> kNames = {
      {0, "NOERROR"}, {1, "FORMERR"},  {2, "SERVFAIL"}, {3, "NXDOMAIN"}, {4, "NOTIMP"},
      {5, "REFUSED"}, {6, "YXDOMAIN"}, {9, "NOTAUTH"},  {16, "BADVERS"}, {23, "BADCOOKIE"}};
  const auto name = kNames.find(rcode);
  return name != kNames.end() ? name->second : "RCODE" + std::to_string(rcode);
}

std::string option_text(std::uint16_t code, std::span<const std::uint8_t> data) {
  switch (code) {
    case 3:
      return "NSID";
    case 8:
      return "ECS scope " + (data.size() < 4 ? "?" : std::to_string(data[3]));
    case 9:
      return "EXPIRE";
    case 10:
      return "COOKIE of " + std::to_string(data.size());
    case 11:
      return "KEEPALIVE";
    case 15:
      return "EDE " + (data.size() < 2 ? "?" : std::to_string(data[0] << 8U | data[1]));
    default:
      return "option " + std::to_string(code);
  }
}

struct Section {
  std::vector<std::pair<std::string, int>> types;  // in order, with how many in a row

  void add(const std::string& type) {
    if (types.empty() || types.back().first != type) types.emplace_back(type, 0);
    ++types.back().second;
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& [type, count] : types) {
      all += " " + type + (count > 1 ? "×" + std::to_string(count) : "");
    }
    return all;
  }
};

// What is read of a reply.
struct Essence {
  unsigned rcode = 0;
  std::string flags;
  std::string oddities;
  std::array<Section, 3> sections;
  bool has_opt = false;
  std::string opt;

  void read_opt(Reader& reader, std::uint32_t ttl) {
    has_opt = true;
    rcode |= (ttl >> 24U) << 4U;
    if ((ttl >> 16U & 0xFFU) != 0) opt += " version " + std::to_string(ttl >> 16U & 0xFFU);
    if ((ttl & 0x8000U) != 0) opt += " DO";
    if ((ttl & 0x7FFFU) != 0) opt += " MBZ";
    Reader options(reader.bytes(reader.u16()));
    while (options.ok() && options.left() > 0) {
      const std::uint16_t code = options.u16();
      opt += (opt.empty() ? " " : ", ") + option_text(code, options.bytes(options.u16()));
    }
  }

  void read_record(Reader& reader, Section& section) {
    reader.skip_name();
    const std::uint16_t type = reader.u16();
    reader.u16();  // class, or the size that OPT tells
    const std::uint32_t ttl = reader.u32();
    if (type == 41) return read_opt(reader, ttl);
    section.add(to_string(static_cast<Type>(type)));
    reader.bytes(reader.u16());
  }

  void read_flags(unsigned bits) {
    static constexpr std::array<std::pair<unsigned, const char*>, 7> kFlags = {{{0x0400, " aa"},
                                                                                {0x0200, " tc"},
                                                                                {0x0100, " rd"},
                                                                                {0x0080, " ra"},
                                                                                {0x0040, " z"},
                                                                                {0x0020, " ad"},
                                                                                {0x0010, " cd"}}};
    rcode = bits & 15U;
    for (const auto& [bit, name] : kFlags) {
      if ((bits & bit) != 0) flags += name;
    }
  }
};

void compare_question(const Bytes& query, const Bytes& reply, unsigned count, Essence& essence) {
  if (count == 0) {
    essence.oddities += ", no question";
    return;
  }
  Reader reader(std::span<const std::uint8_t>(reply).subspan(kHeader));
  reader.skip_name();
  const std::size_t size = reader.at() + 4;
  const bool is_same = count == 1 && query.size() >= kHeader + size &&
                       std::equal(query.begin() + kHeader,
                                  query.begin() + static_cast<std::ptrdiff_t>(kHeader + size),
                                  reply.begin() + kHeader);
  if (!is_same) essence.oddities += ", another question";
}

}  // namespace

Bytes octets_of(const Packet& packet) {
  const std::uint16_t questions = packet.has_question ? 1 : 0;
  const std::uint16_t additionals = packet.opt ? 1 : 0;
  Bytes out;
  for (const unsigned word :
       {unsigned{kId}, unsigned{packet.flags}, unsigned{packet.questions.value_or(questions)},
        unsigned{packet.answers}, unsigned{packet.authorities},
        unsigned{packet.additionals.value_or(additionals)}}) {
    put_u16(out, word);
  }
  if (!packet.question.empty()) {
    append(out, packet.question);
  } else if (packet.has_question) {
    append(out, Name::parse(packet.name, {}).value().wire());
    put_u16(out, packet.type);
    put_u16(out, packet.klass);
  }
  if (packet.opt) put_opt(out, *packet.opt);
  append(out, packet.tail);
  if (packet.cut_to) out.resize(*packet.cut_to);
  return out;
}

std::string essence_of(const Bytes& query, const std::optional<Bytes>& reply) {
  if (!reply) return "no reply";
  if (reply->size() < kHeader) return "less than a header";
  Essence essence;
  Reader reader(*reply);
  if (reader.u16() != kId) essence.oddities += ", another id";
  const unsigned flags = reader.u16();
  if ((flags & 0x8000U) == 0) essence.oddities += ", no QR";
  if ((flags & 0x7800U) != (unsigned{query[2]} << 8U & 0x7800U)) {
    essence.oddities += ", another opcode";
  }
  essence.read_flags(flags);
  const unsigned questions = reader.u16();
  std::array<unsigned, 3> counts{};
  for (unsigned& count : counts) count = reader.u16();
  compare_question(query, *reply, questions, essence);
  for (unsigned i = 0; i < questions; ++i) {
    reader.skip_name();
    reader.u32();
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    for (unsigned j = 0; j < counts[i] && reader.ok(); ++j) {
      essence.read_record(reader, essence.sections[i]);
    }
  }
  if (!reader.ok() || reader.left() > 0) essence.oddities += ", malformed";
  static constexpr std::array<const char*, 3> kNames = {", answer", ", authority", ", additional"};
  std::string text = rcode_text(essence.rcode) + essence.flags + essence.oddities;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::string types = essence.sections[i].text();
    if (!types.empty()) text += kNames[i] + types;
  }
  if (essence.has_opt) text += ", OPT" + (essence.opt.empty() ? "" : ":" + essence.opt);
  return text;
}

}  // namespace rhumb::test
