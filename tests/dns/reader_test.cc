#include "dns/reader.h"

#include <gtest/gtest.h>

#include "tests/dns/octets.h"

namespace rhumb {
namespace {

// Where skip_name() leaves the Reader; -1 when it fails.
int skipped(const Octets& message) {
  Reader reader(message);
  reader.skip_name();
  return reader.ok() ? static_cast<int>(reader.at()) : -1;
}

TEST(Reader, ReadsNumbersBigEndian) {
  const Octets message = octets("\x01\x02\x03\xF4\xF5\xF6\xF7");
  Reader reader(message);
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u32(), 0xF4F5F6F7U);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.at(), 7U);
  EXPECT_EQ(reader.left(), 0U);
}

TEST(Reader, BorrowsOctets) {
  const Octets message = octets("abcdef");
  Reader reader(message);
  reader.u8();
  const auto borrowed = reader.bytes(3);
  EXPECT_EQ(borrowed.data(), message.data() + 1);
  EXPECT_EQ(borrowed.size(), 3U);
  EXPECT_EQ(reader.rest().data(), message.data() + 4);
  EXPECT_EQ(reader.rest().size(), 2U);
}

TEST(Reader, GivesZeroPastTheEndForGood) {
  const Octets message = octets("\x11\x22\x33");
  Reader reader(message);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);  // though three octets were there
  EXPECT_EQ(reader.u16(), 0);
  EXPECT_TRUE(reader.bytes(1).empty());
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_EQ(reader.left(), 0U);
  EXPECT_FALSE(reader.ok());
}

TEST(Reader, DoesNotReadHalfANumber) {
  const Octets message = octets("\x11");
  Reader reader(message);
  EXPECT_EQ(reader.u16(), 0);
  EXPECT_FALSE(reader.ok());
}

TEST(Reader, TakesNothingFromNothing) {
  Reader reader({});
  EXPECT_TRUE(reader.bytes(0).empty());
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_FALSE(reader.ok());
}

TEST(Reader, RefusesASizeThatWouldOverflow) {
  const Octets message = octets("abc");
  Reader reader(message);
  reader.u8();
  EXPECT_TRUE(reader.bytes(~std::size_t{0}).empty());
  EXPECT_FALSE(reader.ok());
}

TEST(SkipName, StepsOverANameThatEndsInTheRoot) {
  EXPECT_EQ(skipped(octets("\0....")), 1);
  EXPECT_EQ(skipped(octets("\3com\0....")), 5);
}

TEST(SkipName, StepsOverANameThatEndsInAPointer) {
  EXPECT_EQ(skipped(octets("\xC0\x0C....")), 2);
  EXPECT_EQ(skipped(octets("\4blog\xFF\xFF....")), 7);
}

TEST(SkipName, FailsWhenCutOff) {
  EXPECT_EQ(skipped({}), -1);
  EXPECT_EQ(skipped(octets("\3com")), -1);
  EXPECT_EQ(skipped(octets("\3co")), -1);
  EXPECT_EQ(skipped(octets("\xC0")), -1);
  EXPECT_EQ(skipped(octets("\1a\xC0")), -1);
}

TEST(SkipName, FailsAtReservedLabelTypes) {
  EXPECT_EQ(skipped(octets("\x40") + Octets(300, 0)), -1);
  EXPECT_EQ(skipped(octets("\xBF") + Octets(300, 0)), -1);
}

TEST(SkipName, Takes255OctetsAndNot256) {
  EXPECT_EQ(skipped(labels(127, 1) + octets("\0")), 255);
  EXPECT_EQ(skipped(labels(3, 63) + labels(1, 61) + octets("\0")), 255);
  EXPECT_EQ(skipped(labels(3, 63) + labels(1, 62) + octets("\0")), -1);
  EXPECT_EQ(skipped(labels(128, 1) + octets("\0")), -1);
  EXPECT_EQ(skipped(labels(2000, 1) + octets("\0")), -1);
}

}  // namespace
}  // namespace rhumb
