#include "base/sip_hash.h"

#include <gtest/gtest.h>

#include <vector>

namespace rhumb {
namespace {

// The key and messages of the vectors of SipHash's authors: 00 01 02 …
std::uint64_t hash_of_first(std::size_t size) {
  SipKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  std::vector<std::uint8_t> message(size);
  for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<std::uint8_t>(i);
  return sip_hash(key, message);
}

TEST(SipHash, IsTheOneOfThePapersAppendixA) { EXPECT_EQ(hash_of_first(15), 0xA129CA6149BE45E5U); }

TEST(SipHash, TakesMessagesOfAnySize) {
  EXPECT_EQ(hash_of_first(0), 0x726FDB47DD0E0E31U);
  EXPECT_EQ(hash_of_first(1), 0x74F839C593DC67FDU);
  EXPECT_EQ(hash_of_first(7), 0xAB0200F58B01D137U);
  EXPECT_EQ(hash_of_first(8), 0x93F5F5799A932462U);
  EXPECT_EQ(hash_of_first(63), 0x958A324CEB064572U);
}

TEST(SipHash, DependsOnEachBitOfTheKey) {
  const std::vector<std::uint8_t> message(20);
  const std::uint64_t before = sip_hash({}, message);
  for (std::size_t bit = 0; bit < 128; ++bit) {
    SipKey key{};
    key[bit / 8] = static_cast<std::uint8_t>(1U << bit % 8U);
    EXPECT_NE(sip_hash(key, message), before) << bit;
  }
}

}  // namespace
}  // namespace rhumb
