#include "dns/writer.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "dns/name.h"
#include "tests/dns/octets.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

// A Writer over a buffer of its own.
struct Sheet {
  explicit Sheet(std::size_t size) : buffer(size, 0xEE), writer(buffer) {}
  [[nodiscard]] Octets written() const {
    return {writer.written().begin(), writer.written().end()};
  }
  Octets buffer;
  Writer writer;
};

TEST(Writer, WritesNumbersBigEndian) {
  Sheet sheet(16);
  sheet.writer.u8(0x01);
  sheet.writer.u16(0x0203);
  sheet.writer.u32(0xF4F5F6F7U);
  sheet.writer.bytes(octets("abc"));
  EXPECT_TRUE(sheet.writer.ok());
  EXPECT_EQ(sheet.written(), octets("\x01\x02\x03\xF4\xF5\xF6\xF7"
                                    "abc"));
  EXPECT_EQ(sheet.writer.size(), 10U);
  EXPECT_EQ(sheet.writer.room(), 6U);
}

TEST(Writer, OverwritesTwoOctets) {
  Sheet sheet(4);
  sheet.writer.u32(0);
  sheet.writer.put_u16(1, 0xABCD);
  EXPECT_EQ(sheet.written(), octets("\0\xAB\xCD\0"));
}

TEST(Writer, WritesNothingOfWhatDoesNotFit) {
  Sheet sheet(5);
  sheet.writer.u16(1);
  sheet.writer.u32(0xFFFFFFFFU);
  EXPECT_FALSE(sheet.writer.ok());
  EXPECT_EQ(sheet.writer.size(), 2U);
  EXPECT_EQ(sheet.buffer, octets("\0\1\xEE\xEE\xEE"));
}

TEST(Writer, WritesNothingMoreAfterAnOverflow) {
  Sheet sheet(5);
  sheet.writer.bytes(octets("abcdef"));
  sheet.writer.u8(1);
  sheet.writer.u16(1);
  sheet.writer.name(octets("\0"));
  sheet.writer.plain_name(octets("\0"));
  EXPECT_FALSE(sheet.writer.ok());
  EXPECT_EQ(sheet.writer.size(), 0U);
  EXPECT_EQ(sheet.buffer, octets("\xEE\xEE\xEE\xEE\xEE"));
}

TEST(Writer, FillsItsBufferToTheLastOctet) {
  Sheet sheet(7);
  sheet.writer.u32(0);
  sheet.writer.u16(0);
  sheet.writer.u8(0);
  EXPECT_TRUE(sheet.writer.ok());
  EXPECT_EQ(sheet.writer.room(), 0U);
  sheet.writer.bytes({});
  EXPECT_TRUE(sheet.writer.ok());
}

TEST(Writer, RewindsAnOverflow) {
  Sheet sheet(8);
  sheet.writer.u16(7);
  const auto mark = sheet.writer.mark();
  sheet.writer.u32(1);
  sheet.writer.u32(2);
  EXPECT_FALSE(sheet.writer.ok());
  sheet.writer.rewind(mark);
  EXPECT_TRUE(sheet.writer.ok());
  EXPECT_EQ(sheet.written(), octets("\0\7"));
}

TEST(Writer, ForgetsRewoundNames) {
  Sheet sheet(64);
  sheet.writer.u32(0);
  const auto mark = sheet.writer.mark();
  sheet.writer.name(octets("\3com\0"));
  sheet.writer.rewind(mark);
  sheet.writer.bytes(octets("\3org\0"));
  sheet.writer.name(octets("\3com\0"));
  EXPECT_EQ(sheet.written(), octets("\0\0\0\0\3org\0\3com\0"));
}

TEST(WriterName, PointsToAWholeNameWrittenBefore) {
  Sheet sheet(64);
  sheet.writer.u16(0);
  sheet.writer.name(octets("\7example\3com\0"));
  sheet.writer.name(octets("\7example\3com\0"));
  EXPECT_EQ(sheet.written(), octets("\0\0\7example\3com\0\xC0\x02"));
}

TEST(WriterName, PointsToTheLongestSuffix) {
  Sheet sheet(64);
  sheet.writer.name(octets("\7example\3com\0"));
  sheet.writer.name(octets("\3www\7example\3com\0"));
  sheet.writer.name(octets("\3com\0"));
  sheet.writer.name(octets("\2ns\3www\7example\3com\0"));
  EXPECT_EQ(sheet.written(), octets("\7example\3com\0\3www\xC0\x00\xC0\x08\2ns\xC0\x0D"));
}

TEST(WriterName, IgnoresCaseAndKeepsItsOwn) {
  Sheet sheet(64);
  sheet.writer.name(octets("\7eXample\3com\0"));
  sheet.writer.name(octets("\3WwW\7ExAMPLE\3COM\0"));
  EXPECT_EQ(sheet.written(), octets("\7eXample\3com\0\3WwW\xC0\x00"));
}

TEST(WriterName, WritesTheRootOut) {
  Sheet sheet(16);
  sheet.writer.name(octets("\0"));
  sheet.writer.name(octets("\0"));
  EXPECT_EQ(sheet.written(), octets("\0\0"));
}

TEST(WriterName, PointsWithinLabelsNever) {
  Sheet sheet(64);
  sheet.writer.name(octets("\5x\3com\0"));  // "\3com\0" lies in a label
  sheet.writer.name(octets("\3com\0"));
  EXPECT_EQ(sheet.written(), octets("\5x\3com\0\3com\0"));
}

TEST(WriterName, DoesNotTakeAPrefixForAName) {
  Sheet sheet(64);
  sheet.writer.name(octets("\1a\1b\1c\0"));
  sheet.writer.name(octets("\1a\1b\0"));
  EXPECT_EQ(sheet.written(), octets("\1a\1b\1c\0\1a\1b\0"));
}

TEST(WriterName, PlainNamesArePointedToButDoNotPoint) {
  Sheet sheet(64);
  sheet.writer.plain_name(octets("\7example\3com\0"));
  sheet.writer.plain_name(octets("\1a\7example\3com\0"));
  sheet.writer.name(octets("\1b\1a\7example\3com\0"));
  EXPECT_EQ(sheet.written(), octets("\7example\3com\0\1a\7example\3com\0\1b\xC0\x0D"));
}

TEST(WriterName, PointsToANameWrittenByOtherMeans) {
  Sheet sheet(64);
  sheet.writer.bytes(octets("ID..........\4blog\7example\3com\0\0\1\0\1"));
  sheet.writer.name(octets("\3com\0"));  // nobody has said that a name is there
  sheet.writer.remember_name(12);
  sheet.writer.name(octets("\3www\7example\3com\0"));
  sheet.writer.name(octets("\4blog\7example\3com\0"));
  EXPECT_EQ(sheet.written(), octets("ID..........\4blog\7example\3com\0\0\1\0\1\3com\0"
                                    "\3www\xC0\x11\xC0\x0C"));
}

TEST(WriterName, ReadsPointersWrittenByOtherMeans) {
  Sheet sheet(64);
  sheet.writer.bytes(octets("\7example\3com\0\3www\xC0\0"));
  sheet.writer.remember_name(13);
  sheet.writer.name(octets("\1a\3www\7example\3com\0"));
  sheet.writer.name(octets("\7example\3com\0"));  // remembered as far as its pointer alone
  EXPECT_EQ(sheet.written(), octets("\7example\3com\0\3www\xC0\0\1a\xC0\x0D\7example\3com\0"));
}

TEST(WriterName, SurvivesRememberedNonsense) {
  // A pointer to itself, one forward, one cut off, a label past the end, reserved label types.
  for (const Octets& nonsense :
       {octets("\1a\xC0\x02"), octets("\1a\xC0\x04\1b\0"), octets("\1a\xC0"), octets("\1a\7b"),
        octets("\1a\x80\0"), octets("\1a")}) {
    Sheet sheet(64);
    sheet.writer.bytes(nonsense);
    sheet.writer.remember_name(0);
    sheet.writer.remember_name(60);
    sheet.writer.name(octets("\1a\1b\0"));
    EXPECT_EQ(sheet.written(), nonsense + octets("\1a\1b\0"));
  }
}

TEST(WriterName, IsWholeOrAbsent) {
  for (std::size_t size = 13; size < 19; ++size) {
    Sheet sheet(size);
    sheet.writer.name(octets("\7example\3com\0"));
    sheet.writer.name(octets("\3www\7example\3com\0"));
    EXPECT_FALSE(sheet.writer.ok());
    EXPECT_EQ(sheet.written(), octets("\7example\3com\0"));
  }
  Sheet sheet(19);
  sheet.writer.name(octets("\7example\3com\0"));
  sheet.writer.name(octets("\3www\7example\3com\0"));
  EXPECT_TRUE(sheet.writer.ok());
}

TEST(WriterName, ForgetsANameThatDidNotFit) {
  Sheet sheet(12);
  const auto mark = sheet.writer.mark();
  sheet.writer.name(octets("\7example\3com\0"));
  EXPECT_EQ(sheet.writer.mark().targets, 0);
  sheet.writer.rewind(mark);
  sheet.writer.name(octets("\3com\0"));
  EXPECT_EQ(sheet.written(), octets("\3com\0"));
}

TEST(WriterName, PointsNoFurtherThan14BitsReach) {
  Sheet sheet(0x5000);
  sheet.writer.bytes(Octets(0x3FFD, 0));
  sheet.writer.name(octets("\1a\1b\0"));  // "b" starts at 0x3FFF
  sheet.writer.name(octets("\1c\0"));     // at 0x4002
  const auto mark = sheet.writer.size();
  sheet.writer.name(octets("\1b\0"));
  sheet.writer.name(octets("\1c\0"));
  EXPECT_EQ(Octets(sheet.buffer.begin() + static_cast<int>(mark),
                   sheet.buffer.begin() + static_cast<int>(sheet.writer.size())),
            octets("\xFF\xFF\1c\0"));
}

TEST(WriterName, WritesNamesOutOnceItsTableIsFull) {
  Sheet sheet(512);
  for (std::uint8_t octet = 0; octet < Writer::kMaxTargets; ++octet) {
    sheet.writer.name(Octets{1, octet, 0});
  }
  const auto full = sheet.writer.size();
  EXPECT_EQ(full, 192U);
  sheet.writer.name(octets("\2zz\0"));
  sheet.writer.name(octets("\2zz\0"));
  sheet.writer.name(octets("\1\1\0"));
  EXPECT_EQ(Octets(sheet.buffer.begin() + static_cast<int>(full),
                   sheet.buffer.begin() + static_cast<int>(sheet.writer.size())),
            octets("\2zz\0\2zz\0\xC0\x03"));
}

TEST(WriterName, TakesTheLongestNames) {
  const Octets deep = labels(127, 1) + octets("\0");
  const Octets wide = labels(3, 63) + labels(1, 61) + octets("\0");
  for (const Octets& longest : {deep, wide}) {
    Sheet sheet(1024);
    sheet.writer.name(longest);
    sheet.writer.name(longest);
    EXPECT_EQ(sheet.written(), longest + octets("\xC0\x00"));
  }
}

// A reading of compressed names that shares nothing with the Writer. Empty when malformed.
Octets decompress(const Octets& message, std::size_t at, std::size_t& next) {
  Octets wire;
  bool jumped = false;
  for (int hops = 0; hops < 200; ++hops) {
    const std::size_t size = message.at(at);
    if (size >= 192) {
      if (!jumped) next = at + 2;
      jumped = true;
      at = (size - 192) * 256 + message.at(at + 1);
      continue;
    }
    for (std::size_t i = 0; i <= size; ++i) wire.push_back(to_lower(message.at(at + i)));
    at += size + 1;
    if (size != 0) continue;
    if (!jumped) next = at;
    return wire;
  }
  return {};
}

Octets random_name(std::mt19937& random) {
  static const std::array<const char*, 8> kLabels = {
      "\1a", "\1B", "\2ns", "\3com", "\3CoM", "\7example", "\7EXAMPLE", "\13xxxxxxxxxxx"};
  std::string wire;
  const auto count = random() % 9;
  for (std::size_t i = 0; i < count; ++i) wire += kLabels[random() % kLabels.size()];
  return octets(wire) + octets("\0");
}

TEST(WriterName, IsReadBackByAPlainDecompressor) {
  constexpr int kRounds = test::kSanitized ? 1000 : 3000;
  std::mt19937 random(1035);
  for (int round = 0; round < kRounds; ++round) {
    Sheet sheet(40 + random() % 1500);
    std::vector<Octets> names;
    std::size_t plain_size = 0;
    while (true) {
      const auto wire = random_name(random);
      const auto mark = sheet.writer.mark();
      const auto kind = random() % 4;
      if (kind == 0) {
        sheet.writer.plain_name(wire);
      } else if (kind == 1) {
        sheet.writer.bytes(wire);
        if (sheet.writer.ok()) sheet.writer.remember_name(mark.at);
      } else {
        sheet.writer.name(wire);
      }
      if (!sheet.writer.ok()) break;
      if (random() % 5 == 0) {
        sheet.writer.rewind(mark);
        continue;
      }
      names.push_back(wire);
      plain_size += wire.size();
    }
    const Octets message = sheet.written();
    std::size_t at = 0;
    for (Octets& wire : names) {
      for (auto& octet : wire) octet = to_lower(octet);
      ASSERT_EQ(decompress(message, at, at), wire);
    }
    EXPECT_EQ(at, message.size());
    EXPECT_LE(message.size(), plain_size);
  }
}

}  // namespace
}  // namespace rhumb
