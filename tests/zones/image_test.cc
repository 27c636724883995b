#include "zones/image.h"

#include <algorithm>
#include <random>

#include "tests/zones/zone_maker.h"
#include "zones/arena.h"
#include "zones/rdata_names.h"

namespace rhumb {
namespace {

// An encoded set with the arena it stands in.
class Encoded {
 public:
  Encoded(std::string_view owner, Type type, std::uint32_t ttl_s, const std::vector<Wire>& values)
      : owner_(wire_of(owner)), values_(values.begin(), values.end()) {
    const RecordSet set{.owner = owner_, .type = type, .ttl_s = ttl_s, .rdata = values_};
    arena_ = Arena(image_bound(set));
    used_ = ImageEncoder().encode(set, {arena_.at<std::uint8_t>(0), arena_.size()});
  }
  [[nodiscard]] const Image& image() const { return *arena_.at<Image>(0); }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  Wire owner_;
  std::vector<std::span<const std::uint8_t>> values_;
  Arena arena_;
  std::size_t used_ = 0;
};

// A reply's octets: a header, the question's name, type and class, then the image with its fix-ups.
Wire reply_of(const Image& image, const Wire& asked) {
  Wire reply = Wire(12) + asked + Wire{0, 1, 0, 1};
  const std::size_t start = reply.size();
  reply = reply + Wire(image.wire().begin(), image.wire().end());
  for (const Fixup fixup : image.fixups()) {
    const std::size_t pointer = 0xC000U | (12 + asked.size() - fixup.suffix_size);
    reply[start + fixup.at] = static_cast<std::uint8_t>(pointer >> 8U);
    reply[start + fixup.at + 1] = static_cast<std::uint8_t>(pointer);
  }
  return reply;
}

// Reads a name that may be compressed, and steps over it.
Wire read_name(const Wire& message, std::size_t& at) {
  Wire name;
  std::size_t from = at;
  bool jumped = false;
  while (message.at(from) != 0) {
    if (message[from] >= 0xC0) {
      if (!jumped) at = from + 2;
      jumped = true;
      const std::size_t to = (message[from] & 0x3FU) << 8U | message.at(from + 1);
      EXPECT_LT(to, from);
      from = to;
      continue;
    }
    name.insert(name.end(), message.begin() + static_cast<std::ptrdiff_t>(from),
                message.begin() + static_cast<std::ptrdiff_t>(from + message[from] + 1));
    from += message[from] + std::size_t{1};
  }
  name.push_back(0);
  if (!jumped) at = from + 1;
  return name;
}

std::uint32_t number(const Wire& message, std::size_t& at, std::size_t size) {
  std::uint32_t value = 0;
  for (; size > 0; --size) value = value << 8U | message.at(at++);
  return value;
}

struct Plain {
  Wire owner;
  std::uint32_t ttl_s = 0;
  Wire rdata;
  bool operator==(const Plain&) const = default;
};

// The records behind the question, names written out.
std::vector<Plain> decode(const Wire& reply, std::size_t asked_size, Type type) {
  std::vector<Plain> records;
  std::size_t at = 12 + asked_size + 4;
  while (at < reply.size()) {
    Plain record;
    record.owner = read_name(reply, at);
    EXPECT_EQ(number(reply, at, 2), static_cast<std::uint32_t>(type));
    EXPECT_EQ(number(reply, at, 2), 1U);
    record.ttl_s = number(reply, at, 4);
    const std::size_t end = number(reply, at, 2) + at;
    const RdataNames names = rdata_names(type);
    for (int i = 0; i < names.skip; ++i) record.rdata.push_back(reply.at(at++));
    for (int i = 0; i < names.names; ++i) record.rdata = record.rdata + read_name(reply, at);
    while (at < end) record.rdata.push_back(reply.at(at++));
    EXPECT_EQ(at, end);
    records.push_back(record);
  }
  return records;
}

TEST(Image, HoldsAddressesAsTheyAreSent) {
  const Encoded set("www.example.org.", Type::kA, 30, {ip("192.0.2.1"), ip("192.0.2.2")});
  EXPECT_EQ(hex(set.image().wire()),
            "c00c000100010000001e0004c0000201"
            "c00c000100010000001e0004c0000202");
  EXPECT_EQ(set.image().rr_count, 2);
  EXPECT_TRUE(set.image().fixups().empty());
  EXPECT_EQ(set.used(), 8U + 32U);
}

TEST(Image, PointsToTheSuffixThatTheOwnerShares) {
  const Encoded set("example.org.", Type::kNs, 3600, {wire_of("ns1.example.org.")});
  EXPECT_EQ(hex(set.image().wire()), "c00c0002000100000e100006036e7331c00c");
  ASSERT_EQ(set.image().fixup_count, 1);
  EXPECT_EQ(set.image().fixups()[0].at, 16);
  EXPECT_EQ(set.image().fixups()[0].suffix_size, 13);
}

TEST(Image, PointsIntoTheMiddleOfALongerOwner) {
  const Encoded set("www.example.org.", Type::kCname, 1, {wire_of("web.EXAMPLE.org.")});
  EXPECT_EQ(hex(set.image().wire()), "c00c0005000100000001000603776562c010");
  EXPECT_EQ(set.image().fixups()[0].suffix_size, 13);
}

TEST(Image, PointsToTheWholeOwner) {
  const Encoded set("example.org.", Type::kMx, 1, {Wire{0, 10} + wire_of("example.org.")});
  EXPECT_EQ(hex(set.image().wire()), "c00c000f0001000000010004000ac00c");
}

TEST(Image, CompressesBothNamesOfAnSoa) {
  const Encoded set("example.org.", Type::kSoa, 9,
                    {soa_of("ns.example.org.", "admin.example.com.", 1, 2)});
  EXPECT_EQ(hex(set.image().wire()),
            "c00c0006000100000009002c026e73c00c0561646d696e076578616d706c6503636f6d00"
            "0000000100001c2000000e100012750000000002");
  EXPECT_EQ(set.image().fixup_count, 1);
}

TEST(Image, WritesForeignAndRootNamesOut) {
  const Encoded set("example.org.", Type::kNs, 1, {wire_of("ns.example.com."), wire_of(".")});
  EXPECT_EQ(hex(set.image().wire()),
            "c00c00020001000000010010026e73076578616d706c6503636f6d00"
            "c00c0002000100000001000100");
  EXPECT_TRUE(set.image().fixups().empty());
}

TEST(Image, TakesNoEqualOctetsForASuffixThatStartWithinALabel) {
  // "xorg" ends in the octets of "org", but not in its label.
  const Encoded set("a\\003org.", Type::kNs, 1, {wire_of("b.org.")});
  EXPECT_TRUE(set.image().fixups().empty());
}

TEST(Image, NeverCompressesYoungerTypes) {
  const Encoded dname("example.org.", Type::kDname, 1, {wire_of("x.example.org.")});
  EXPECT_EQ(hex(dname.image().wire()), "c00c0027000100000001000f0178076578616d706c65036f726700");
  const Encoded srv("example.org.", Type::kSrv, 1,
                    {Wire{0, 0, 0, 0, 0, 80} + wire_of("x.example.org.")});
  EXPECT_TRUE(dname.image().fixups().empty());
  EXPECT_TRUE(srv.image().fixups().empty());
}

TEST(Image, OfAWildcardPointsPastTheAsterisk) {
  const Encoded set("*.example.org.", Type::kCname, 1, {wire_of("*.example.org.")});
  EXPECT_EQ(hex(set.image().wire()), "c00c00050001000000010004012ac00e");
  EXPECT_EQ(set.image().fixups()[0].suffix_size, 13);
}

TEST(Image, HoldsAsManyRecordsAsASetMayHave) {
  std::vector<Wire> values;
  for (std::uint32_t i = 0; i < 4000; ++i) values.push_back(u32(i));
  const Encoded set("example.org.", Type::kA, 1, values);
  EXPECT_EQ(set.image().rr_count, 4000);
  EXPECT_EQ(set.image().size, 64000);
}

TEST(Image, DecodesToWhatWasEncodedBelowItsOwnerAndBelowWildcardMatches) {
  std::mt19937 random(1);
  const auto pick = [&random](int count) {
    return static_cast<int>(random() % static_cast<unsigned>(count));
  };
  const std::string_view labels[] = {"a", "bb", "ccc", "example", "org", "*"};
  const auto random_name = [&] {
    std::string name;
    for (int i = pick(4); i > 0; --i) name += std::string(labels[pick(6)]) + ".";
    return name + (pick(4) == 0 ? "com." : "example.org.");
  };
  for (int round = 0; round < 3000; ++round) {
    constexpr Type kTypes[] = {Type::kNs, Type::kMx, Type::kSoa, Type::kMinfo, Type::kDname};
    const Type type = kTypes[pick(5)];
    const std::string owner = (pick(2) == 0 ? "*." : "") + random_name();
    const std::string asked =
        owner.starts_with("*.") ? random_name().substr(0, 1) + ".b" + owner.substr(1) : owner;
    const auto one_value = [&]() -> Wire {
      if (type == Type::kSoa) return soa_of(random_name(), random_name(), 1, 2);
      if (type == Type::kMx) return Wire{3, 7} + wire_of(random_name());
      if (type == Type::kMinfo) return wire_of(random_name()) + wire_of(random_name());
      return wire_of(random_name());
    };
    const std::vector<Wire> values = {one_value(), one_value(), one_value()};
    const Encoded set(owner, type, 99, values);
    std::vector<Plain> expected;
    for (const Wire& value : values) expected.push_back({wire_of(asked), 99, value});
    const Wire reply = reply_of(set.image(), wire_of(asked));
    ASSERT_EQ(decode(reply, wire_of(asked).size(), type), expected) << owner << " as " << asked;
    // For the owner itself nothing needs to be written anew.
    if (asked == owner) {
      EXPECT_TRUE(std::ranges::equal(std::span(reply).last(set.image().size), set.image().wire()));
    }
  }
}

TEST(RdataNames, TellSoundFromMalformedRdata) {
  EXPECT_TRUE(is_rdata_sound(Type::kA, ip("192.0.2.1")));
  EXPECT_FALSE(is_rdata_sound(Type::kA, ip("::1")));
  EXPECT_TRUE(is_rdata_sound(Type::kAaaa, ip("::1")));
  EXPECT_TRUE(is_rdata_sound(Type::kMx, Wire{0, 1} + wire_of("a.")));
  EXPECT_FALSE(is_rdata_sound(Type::kMx, Wire{0, 1}));
  EXPECT_FALSE(is_rdata_sound(Type::kNs, wire_of("a.") + Wire{0}));
  EXPECT_FALSE(is_rdata_sound(Type::kNs, Wire{0xC0, 0x0C}));
  EXPECT_FALSE(is_rdata_sound(Type::kSoa, wire_of("a.") + wire_of("b.") + Wire(19)));
  EXPECT_TRUE(is_rdata_sound(Type::kSoa, wire_of("a.") + wire_of("b.") + Wire(20)));
  EXPECT_FALSE(is_rdata_sound(Type::kDname, {}));
  EXPECT_TRUE(is_rdata_sound(Type::kTxt, {}));
}

TEST(RdataNames, LowerOnlyTheNamesOfOldTypes) {
  Wire buffer;
  const Wire mx = Wire{0, 'A'} + wire_of("MAIL.example.");
  const auto lower = canonical_rdata(Type::kMx, mx, buffer);
  EXPECT_EQ(Wire(lower.begin(), lower.end()), (Wire{0, 'A'} + wire_of("mail.example.")));
  const Wire dname = wire_of("MAIL.example.");
  EXPECT_EQ(canonical_rdata(Type::kDname, dname, buffer).data(), dname.data());
}

}  // namespace
}  // namespace rhumb
