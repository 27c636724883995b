#include "base/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string_view>
#include <vector>

namespace rhumb {
namespace {

std::uint64_t hash_text(std::uint64_t seed, std::string_view text) {
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  return hash_bytes(seed, bytes);
}

TEST(Hash, IsTheSameForTheSameBytes) {
  EXPECT_EQ(hash_text(1, "blog.example.com"), hash_text(1, "blog.example.com"));
}

// As written here once and for all: servers of either byte order, and those of tomorrow, agree.
TEST(Hash, IsTheSameEverywhere) {
  EXPECT_EQ(hash_text(1, "blog"), 0x6511597A38CB343DU);
  EXPECT_EQ(hash_text(1, "blog.example.com"), 0x48360DA2402543B5U);
  EXPECT_EQ(hash_text(1, "blog.example.com."), 0xA041D8CD712930F4U);
}

TEST(Hash, DependsOnTheSeed) { EXPECT_NE(hash_text(1, "blog"), hash_text(2, "blog")); }

TEST(Hash, DependsOnTheLengthWhereTheBytesAreZero) {
  std::set<std::uint64_t> hashes;
  for (std::size_t length = 0; length < 64; ++length) {
    hashes.insert(hash_bytes(0, std::vector<std::uint8_t>(length)));
  }
  EXPECT_EQ(hashes.size(), 64U);
}

TEST(Hash, DependsOnTheOrderOfItsWords) {
  EXPECT_NE(hash_text(0, "aaaaaaaabbbbbbbb"), hash_text(0, "bbbbbbbbaaaaaaaa"));
}

TEST(Hash, DependsOnEveryBitOfEveryByte) {
  std::vector<std::uint8_t> bytes(21);
  std::set<std::uint64_t> hashes = {hash_bytes(0, bytes)};
  for (std::uint8_t& byte : bytes) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      byte = static_cast<std::uint8_t>(1U << bit);
      hashes.insert(hash_bytes(0, bytes));
    }
    byte = 0;
  }
  EXPECT_EQ(hashes.size(), 1U + 21 * 8);
}

TEST(Hash, ReadsNothingPastItsBytes) {
  const std::vector<std::uint8_t> longer = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const std::vector<std::uint8_t> shorter = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_EQ(hash_bytes(0, std::span(longer).first(9)), hash_bytes(0, shorter));
}

TEST(Mix, FlipsAboutHalfTheBitsForOneBitOfInput) {
  int flipped = 0;
  for (unsigned bit = 0; bit < 64; ++bit) flipped += std::popcount(mix(0, 0) ^ mix(1ULL << bit, 0));
  EXPECT_GT(flipped, 64 * 24);
  EXPECT_LT(flipped, 64 * 40);
}

}  // namespace
}  // namespace rhumb
