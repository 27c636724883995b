#include "dns/folded_name.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "tests/dns/octets.h"

namespace rhumb {
namespace {

// In an allocation of exactly its size, so that AddressSanitizer sees a read past the end.
int fold_exactly(const Octets& wire, FoldedName& out) {
  const auto copy = std::make_unique<std::uint8_t[]>(wire.size());
  std::copy(wire.begin(), wire.end(), copy.get());
  return fold({copy.get(), wire.size()}, out);
}

Octets lower_of(const FoldedName& name) {
  return {name.lower.begin(), name.lower.begin() + name.size};
}

Octets suffix_of(const FoldedName& name, int label) {
  return {name.suffix(label).begin(), name.suffix(label).end()};
}

std::uint64_t hash_of(const Octets& wire) {
  FoldedName name;
  EXPECT_EQ(fold_exactly(wire, name), static_cast<int>(wire.size()));
  return name.hash[0];
}

TEST(Fold, LowersAndNotesLabels) {
  FoldedName name;
  EXPECT_EQ(fold_exactly(octets("\4BLog\7exAMPLe\3COM\0"), name), 18);
  EXPECT_EQ(name.size, 18);
  EXPECT_EQ(name.labels, 3);
  EXPECT_EQ(lower_of(name), octets("\4blog\7example\3com\0"));
  EXPECT_EQ(name.offset[0], 0);
  EXPECT_EQ(name.offset[1], 5);
  EXPECT_EQ(name.offset[2], 13);
  EXPECT_EQ(name.offset[3], 17);
  EXPECT_EQ(suffix_of(name, 0), octets("\4blog\7example\3com\0"));
  EXPECT_EQ(suffix_of(name, 2), octets("\3com\0"));
  EXPECT_EQ(suffix_of(name, 3), octets("\0"));
}

TEST(Fold, TakesTheRoot) {
  FoldedName name;
  EXPECT_EQ(fold_exactly(octets("\0"), name), 1);
  EXPECT_EQ(name.size, 1);
  EXPECT_EQ(name.labels, 0);
  EXPECT_EQ(name.hash[0], kRootHash);
  EXPECT_EQ(suffix_of(name, 0), octets("\0"));
}

TEST(Fold, StopsAtTheRoot) {
  FoldedName name;
  EXPECT_EQ(fold_exactly(octets("\1A\0\0\1\0\1"), name), 3);
  EXPECT_EQ(lower_of(name), octets("\1a\0"));
}

TEST(Fold, HashesEverySuffixAsHashLabelDoes) {
  FoldedName name;
  fold_exactly(octets("\4BLog\7exAMPLe\3COM\0"), name);
  EXPECT_EQ(name.hash[3], kRootHash);
  EXPECT_EQ(name.hash[2], hash_label(kRootHash, octets("\3com")));
  EXPECT_EQ(name.hash[1], hash_label(name.hash[2], octets("\7example")));
  EXPECT_EQ(name.hash[0], hash_label(name.hash[1], octets("\4blog")));
}

TEST(Fold, HashesLabelsOfEverySizeAsHashLabelDoes) {
  for (int size = 1; size <= 63; ++size) {
    const Octets label = labels(1, size, 'q');
    const std::uint64_t expected = hash_label(kRootHash, label);
    EXPECT_EQ(hash_of(label + octets("\0")), expected) << size;
    FoldedName name;  // with more to read behind it
    fold_exactly(label + octets("\0\0\1\0\1........"), name);
    EXPECT_EQ(name.hash[0], expected) << size;
  }
}

TEST(Fold, HashesAlikeInEveryCase) {
  EXPECT_EQ(hash_of(octets("\4BLOG\3com\0")), hash_of(octets("\4blog\3COM\0")));
  EXPECT_EQ(hash_of(labels(2, 40, 'X') + octets("\0")), hash_of(labels(2, 40, 'x') + octets("\0")));
}

TEST(Fold, HashesOtherNamesOtherwise) {
  EXPECT_NE(hash_of(octets("\1a\1b\0")), hash_of(octets("\1b\1a\0")));
  EXPECT_NE(hash_of(octets("\2ab\0")), hash_of(octets("\1a\1b\0")));
  EXPECT_NE(hash_of(octets("\1a\0")), hash_of(octets("\2a\0\0")));
  EXPECT_NE(hash_of(octets("\1a\0")), kRootHash);
  EXPECT_NE(hash_of(labels(1, 8) + octets("\0")), hash_of(labels(1, 9) + octets("\0")));
}

TEST(Fold, SpreadsHashesOverATable) {
  constexpr int kNames = 1 << 16;
  std::vector<int> buckets(kNames);
  for (int i = 0; i < kNames; ++i) {
    const std::string label = "host" + std::to_string(i);
    const Octets wire = octets(std::string(1, static_cast<char>(label.size())) + label);
    ++buckets[hash_label(kRootHash, wire) & (kNames - 1)];
  }
  // A random function leaves 1/e of them empty, 24,109, with a deviation near 100.
  const auto empty = std::count(buckets.begin(), buckets.end(), 0);
  EXPECT_NEAR(static_cast<double>(empty), 24109, 600);
}

TEST(Fold, RefusesAPointer) {
  FoldedName name;
  EXPECT_EQ(fold_exactly(octets("\xC0\x0C"), name), 0);
  EXPECT_EQ(fold_exactly(octets("\1a\xC0\x0C\0\0\0\0\0\0"), name), 0);
}

TEST(Fold, RefusesReservedLabelTypes) {
  FoldedName name;
  for (int type = 64; type < 256; ++type) {
    Octets wire(300, 'a');
    wire[0] = static_cast<std::uint8_t>(type);
    wire[static_cast<std::size_t>(type) + 1] = 0;
    EXPECT_EQ(fold_exactly(wire, name), 0) << type;
  }
}

TEST(Fold, RefusesEveryCutOffName) {
  const Octets whole = octets("\4blog\7example\3com\0");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    FoldedName name;
    EXPECT_EQ(fold_exactly({whole.begin(), whole.begin() + static_cast<int>(size)}, name), 0);
  }
}

TEST(Fold, RefusesALongLabelCutOff) {
  const Octets whole = labels(1, 63);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    FoldedName name;
    EXPECT_EQ(fold_exactly({whole.begin(), whole.begin() + static_cast<int>(size)}, name), 0);
  }
}

TEST(Fold, Takes255OctetsAndNot256) {
  FoldedName name;
  EXPECT_EQ(fold_exactly(labels(3, 63, 'A') + labels(1, 61) + octets("\0"), name), 255);
  EXPECT_EQ(name.size, 255);
  EXPECT_EQ(name.labels, 4);
  EXPECT_EQ(lower_of(name), labels(3, 63) + labels(1, 61) + octets("\0"));
  EXPECT_EQ(fold_exactly(labels(3, 63) + labels(1, 62) + octets("\0"), name), 0);
  EXPECT_EQ(fold_exactly(labels(4, 63) + octets("\0"), name), 0);
}

TEST(Fold, Takes127LabelsAndNot128) {
  FoldedName name;
  EXPECT_EQ(fold_exactly(labels(127, 1, 'A') + octets("\0"), name), 255);
  EXPECT_EQ(name.labels, 127);
  EXPECT_EQ(name.offset[127], 254);
  EXPECT_EQ(lower_of(name), labels(127, 1) + octets("\0"));
  EXPECT_EQ(fold_exactly(labels(128, 1) + octets("\0"), name), 0);
}

TEST(Fold, LowersEveryOctetAtEveryPosition) {
  for (int octet = 0; octet < 256; ++octet) {
    for (std::size_t position = 1; position <= 20; ++position) {
      Octets wire = labels(1, 20, '-') + octets("\0");
      wire[position] = static_cast<std::uint8_t>(octet);
      FoldedName name;
      ASSERT_EQ(fold_exactly(wire, name), 22);
      wire[position] = static_cast<std::uint8_t>(octet >= 'A' && octet <= 'Z' ? octet + 32 : octet);
      ASSERT_EQ(lower_of(name), wire) << octet << " at " << position;
    }
  }
}

// What fold() says in other words: label by label, octet by octet.
TEST(Fold, AgreesWithAPlainReadingOfRandomNames) {
  std::mt19937 random(20240519);
  for (int round = 0; round < 20000; ++round) {
    Octets wire;
    std::vector<std::size_t> offsets;
    while (true) {
      const std::size_t size = random() % (round % 2 == 0 ? 12 : 64);
      if (size == 0 || wire.size() + size + 2 > 255) break;
      offsets.push_back(wire.size());
      wire.push_back(static_cast<std::uint8_t>(size));
      for (std::size_t i = 0; i < size; ++i) wire.push_back(static_cast<std::uint8_t>(random()));
    }
    offsets.push_back(wire.size());
    wire.push_back(0);
    Octets lower = wire;
    for (auto& octet : lower) octet = to_lower(octet);

    FoldedName name;
    ASSERT_EQ(fold_exactly(wire, name), static_cast<int>(wire.size()));
    ASSERT_EQ(lower_of(name), lower);
    ASSERT_EQ(name.labels + std::size_t{1}, offsets.size());
    std::uint64_t hash = kRootHash;
    for (std::size_t i = offsets.size(); i-- > 0;) {
      ASSERT_EQ(name.offset[i], offsets[i]);
      if (i < name.labels) {
        hash = hash_label(hash, std::span(lower).subspan(offsets[i], offsets[i + 1] - offsets[i]));
      }
      ASSERT_EQ(name.hash[i], hash);
    }
  }
}

}  // namespace
}  // namespace rhumb
