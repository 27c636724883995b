#include "dns/tsig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "dns/query.h"
#include "tests/dns/tsig_octets.h"

namespace rhumb {
namespace {

const Octets kAsked = octets("\4blog\7example\3com\0\0\1\0\1");  // the names at 12, 17, 25 and 29
const Octets kPlainOpt = octets("\0\0\x29\x04\xD0\0\0\0\0\0\0");

struct Screened {
  Screen screen = Screen::kSilent;
  Rcode rcode = Rcode::kNoError;
  Octets tsig{};
  bool operator==(const Screened&) const = default;
};

// Of a message in an allocation of exactly its size, so that AddressSanitizer sees a read past it.
Screened screened(const Octets& question, std::uint8_t additionals, const Octets& records) {
  const Octets message = octets("\x12\x34\0\0\0") +
                         Octets{static_cast<std::uint8_t>(question.empty() ? 0 : 1)} +
                         octets("\0\0\0\0\0") + Octets{additionals} + question + records;
  const auto exact = std::make_unique<std::uint8_t[]>(message.size());
  std::ranges::copy(message, exact.get());
  Query query;
  parse({.message = {exact.get(), message.size()}, .source = {}}, query);
  return {query.screen, query.rcode, {query.tsig.begin(), query.tsig.end()}};
}

Screened screened(const Octets& records) { return screened(kAsked, 1, records); }

const Screened kFormError{Screen::kQuestion, Rcode::kFormErr};

void expect_unknown_key(const TsigParts& parts) {
  EXPECT_EQ(screened(tsig(parts)), (Screened{Screen::kQuestion, Rcode::kNotAuth, tsig(parts)}));
}

void expect_form_error(const TsigParts& parts) { EXPECT_EQ(screened(tsig(parts)), kFormError); }

TEST(Tsig, OfAnyKeyAndAlgorithmIsNotKnown) {
  expect_unknown_key({});
  expect_unknown_key({.owner = octets("\0")});
  expect_unknown_key({.algorithm = octets("\0")});
  expect_unknown_key({.algorithm = octets("\7nothing\4like\2it\0")});
  expect_unknown_key({.owner = labels(3, 63) + labels(1, 61) + octets("\0")});
  expect_unknown_key({.algorithm = labels(3, 63) + labels(1, 61) + octets("\0")});
}

TEST(Tsig, MayBeEmptyInAllItsParts) {
  expect_unknown_key({.mac = octets("\0\0")});
  expect_unknown_key({.id_and_error = octets("\0\0\0\x12"), .other = octets("\0\6abcdef")});
}

TEST(Tsig, StandsBehindAllOtherRecords) {
  const Octets record = tsig({});
  const Screened unknown{Screen::kQuestion, Rcode::kNotAuth, record};
  EXPECT_EQ(screened(kAsked, 2, kPlainOpt + record), unknown);
  EXPECT_EQ(screened(kAsked, 2, record + kPlainOpt).rcode, Rcode::kFormErr);
  EXPECT_EQ(screened(kAsked, 2, record + record).rcode, Rcode::kFormErr);
}

TEST(Tsig, StandsInTheAdditionalSectionAlone) {
  const Octets ixfr = octets("\x12\x34\0\0\0\1\0\0\0\1\0\0\7example\3com\0\0\xFB\0\1") + tsig({});
  Query query;
  parse({.message = ixfr, .source = {}}, query);
  EXPECT_EQ(query.rcode, Rcode::kFormErr);
}

TEST(Tsig, IsOfClassAnyWithoutATtl) {
  expect_form_error({.klass_and_ttl = octets("\0\1\0\0\0\0")});
  expect_form_error({.klass_and_ttl = octets("\0\xFF\0\0\0\1")});
}

TEST(Tsig, FillsItsRdataExactly) {
  expect_form_error({.other = octets("\0\1")});
  expect_form_error({.other = octets("\0\0\0")});
  expect_form_error({.mac = octets("\xFF\xFF")});
  const Octets whole = tsig({});
  const std::size_t rdata_at = octets("\3key\0").size() + 10;
  for (std::size_t size = 0; rdata_at + size < whole.size(); ++size) {
    Octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(rdata_at + size));
    EXPECT_EQ(screened(cut), kFormError) << "cut off";
    cut[rdata_at - 1] = static_cast<std::uint8_t>(size);
    EXPECT_EQ(screened(cut), kFormError) << "shorter than its parts";
  }
}

TEST(Tsig, HasAWholeAlgorithmName) {
  expect_form_error({.algorithm = octets("\xC0\x0C")});
  expect_form_error({.algorithm = octets("\x40")});
  expect_form_error({.algorithm = labels(4, 63) + octets("\0")});
}

TEST(Tsig, MayHaveAnOwnerThatEndsWithinTheQuestion) {
  expect_unknown_key({.owner = octets("\xC0\x0C")});
  expect_unknown_key({.owner = octets("\3key\xC0\x11")});
  expect_unknown_key({.owner = octets("\3key\xC0\x1D")});  // the root
}

TEST(Tsig, HasNoOwnerThatEndsElsewhere) {
  for (const char place : {'\0', '\13', '\15', '\20', '\36', '\41', '\42', '\60'}) {
    expect_form_error({.owner = octets("\3key\xC0") + Octets{static_cast<std::uint8_t>(place)}});
  }
  expect_form_error({.owner = octets("\xC1\x0C")});
  expect_form_error({.owner = octets("\xFF\xFF")});
}

TEST(Tsig, HasNoOwnerOfMoreThan255Octets) {
  const Octets longest = labels(3, 63) + labels(1, 44);  // 237, and 18 of the question's name
  expect_unknown_key({.owner = longest + octets("\xC0\x0C")});
  expect_form_error({.owner = labels(3, 63) + labels(1, 45) + octets("\xC0\x0C")});
}

TEST(Tsig, IsKnownToNoMessageWithoutAQuestion) {
  const Octets cookie = octets(
      "\0\0\x29\x04\xD0\0\0\0\0\0\x0C\0\x0A\0\x08"
      "abcdefgh");
  EXPECT_EQ(screened({}, 1, cookie).screen, Screen::kCookie);
  for (const Octets& owner : {octets("\3key\0"), octets("\xC0\x0C"), octets("\3key\xC0\x11")}) {
    EXPECT_EQ(screened({}, 2, cookie + tsig({.owner = owner})).screen, Screen::kHeader);
  }
}

TEST(Tsig, IsJudgedBehindTheEdnsVersionAndBeforeWhatIsAsked) {
  const Octets version1 = octets("\0\0\x29\x04\xD0\0\1\0\0\0\0");
  EXPECT_EQ(screened(kAsked, 2, version1 + tsig({})).rcode, Rcode::kBadVers);
  const Octets chaos = octets("\7version\4bind\0\0\x10\0\3");
  EXPECT_EQ(screened(chaos, 1, tsig({})).rcode, Rcode::kNotAuth);
  EXPECT_EQ(screened(octets("\3com\0\0\xFC\0\1"), 1, tsig({})).rcode, Rcode::kNotAuth);
}

TEST(Tsig, IsForgottenWithItsQuery) {
  const Octets head = octets("\x12\x34\0\0\0\1\0\0\0\0\0");
  const Octets with = head + Octets{1} + kAsked + tsig({});
  const Octets without = head + Octets{0} + kAsked;
  Query query;
  parse({.message = with, .source = {}}, query);
  EXPECT_FALSE(query.tsig.empty());
  parse({.message = without, .source = {}}, query);
  EXPECT_TRUE(query.tsig.empty());
  EXPECT_EQ(query.screen, Screen::kAnswer);
}

TEST(Tsig, IsAnsweredWithoutASignature) {
  const Octets asked = tsig({.id_and_error = octets("\x43\x21\0\1"), .other = octets("\0\2xy")});
  Octets out(100);
  Writer writer(out);
  write_unknown_key(asked, writer);
  out.resize(writer.size());
  EXPECT_EQ(out, tsig({.mac = octets("\0\0"), .id_and_error = octets("\x43\x21\0\x11")}));
}

}  // namespace
}  // namespace rhumb
