#include "zones/master_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/zones/reading.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kHead =
    "$ORIGIN example.org.\n"
    "@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 300\n"
    "@ 3600 IN NS ns1\n"
    "ns1 3600 IN A 192.0.2.1\n";

Reading read_after_head(std::string_view text) {
  return read_master(std::string(kHead) + std::string(text));
}

std::uint64_t digest_of(std::string_view text) {
  const Reading reading = read_master(text);
  EXPECT_THAT(reading.problems, IsEmpty());
  return reading.zone ? reading.zone->info().digest : 0;
}

std::uint64_t digest_after_head(std::string_view text) {
  return digest_of(std::string(kHead) + std::string(text));
}

TEST(MasterFile, ReadsAMessyFileLikeACleanOne) {
  const std::string clean = std::string(kHead) +
                            "www.example.org. 300 IN A 192.0.2.10\n"
                            "www.example.org. 300 IN AAAA 2001:db8::10\n"
                            "www.example.org. 300 IN TXT \"a;b(c\" \"d\\\"e\"\n"
                            "mail.sub.example.org. 5400 IN MX 10 mx.example.net.\n"
                            "mail.sub.example.org. 600 IN A 192.0.2.11\n"
                            "a\\.b.sub.example.org. 600 IN TYPE65280 \\# 3 010203\n"
                            "last.example.org. 600 IN CNAME www.example.org.\n";
  const std::string messy =
      "\xEF\xBB\xBF; a comment\r\n"
      "$TTL 1h\r\n"
      "$ORIGIN example.org.\r\n"
      "@\tSOA ns1 hostmaster ( 1 ; serial\r\n"
      "    2h 15m ; refresh, retry )\r\n"
      "\r\n"
      "  2w 300 ) ; done\r\n"
      "   \tNS\tns1\r\n"
      "\r\n"
      "ns1 A 192.0.2.1\r\n"
      "$ttl 300\r\n"
      "www in a 192.0.2.10\r\n"
      "    CLASS1 AAAA 2001:DB8:0::10;comment\r\n"
      "    TXT ( \"a;b(c\"\r\n"
      "          \"d\\\"e\" )\r\n"
      "$ORIGIN sub\r\n"
      "mail 1h30m IN MX 10 mx.example.net.\r\n"
      " IN 600 A 192.0.2.11\r\n"
      "a\\.b 600 TYPE65280 ( \\# 3\r\n 01 02\r\n 03 )\r\n"
      "$ORIGIN example.org.\r\n"
      "LAST 600 (CNAME) www";
  EXPECT_EQ(digest_of(messy), digest_of(clean));
}

TEST(MasterFile, TakesTheApexFromTheSoa) {
  const Reading reading = read_master(
      "example.net. SOA . . 1 2 3 4 5\n"
      "example.net. NS a.\n");
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_NE(reading.zone, nullptr);
  EXPECT_EQ(to_string(reading.zone->info().apex), "example.net.");
  EXPECT_EQ(reading.zone->info().serial, 1U);
}

TEST(MasterFile, TakesTtlAndClassInEitherOrder) {
  const std::uint64_t digest = digest_after_head("a 300 IN A 192.0.2.1\n");
  EXPECT_EQ(digest_after_head("a IN 300 A 192.0.2.1\n"), digest);
  EXPECT_EQ(digest_after_head("a 5m A 192.0.2.1\n"), digest);
  EXPECT_EQ(digest_after_head("$TTL 300\na A 192.0.2.1\n"), digest);
}

TEST(MasterFile, HasAnHourAsTtlBeforeAnyOther) {
  EXPECT_EQ(digest_after_head("a 100 A 192.0.2.1\nb A 192.0.2.1\n"),
            digest_after_head("a 100 A 192.0.2.1\nb 3600 A 192.0.2.1\n"));
}

TEST(MasterFile, ReadsNamesThatLookLikeTypesAndNumbers) {
  EXPECT_EQ(digest_after_head("a A 192.0.2.1\nin A 192.0.2.1\n300 A 192.0.2.1\n"),
            digest_after_head("A.example.org. A 192.0.2.1\nIN.example.org. A 192.0.2.1\n"
                              "300.example.org. A 192.0.2.1\n"));
}

TEST(MasterFile, PlacesErrorsAtTheFirstLineOfTheirRecord) {
  const Reading reading = read_after_head(
      "www A 192.0.2.256\n"
      "\n"
      "txt TXT ( \"a\"\n"
      "          b\\300 )\n"
      "ok A 192.0.2.1\n"
      "mx MX 10\n");
  EXPECT_THAT(
      reading.problems,
      ElementsAre("z.zone:5: error: in \"www A 192.0.2.256\": \"192.0.2.256\" is no IPv4 "
                  "address; write one like 192.0.2.1",
                  "z.zone:7: error: in \"txt TXT \"a\" b\\300\": \"b\\300\" has a bad "
                  "escape; write \\DDD, 000 to 255, or \\X",
                  "z.zone:10: error: in \"mx MX 10\": MX takes 2 values, but only 1 given"));
}

TEST(MasterFile, RefusesTtlsOutOfRange) {
  EXPECT_THAT(read_after_head("a 2147483647 A 192.0.2.1\n").problems, IsEmpty());
  EXPECT_THAT(read_after_head("a 2147483648 A 192.0.2.1\n$TTL 5000w\n$TTL 1x\n").problems,
              ElementsAre("z.zone:5: error: in \"a 2147483648 A 192.0.2.1\": the TTL "
                          "\"2147483648\" is out of range; write at most 2147483647",
                          "z.zone:6: error: in \"$TTL 5000w\": the TTL \"5000w\" is out of range; "
                          "write at most 2147483647",
                          "z.zone:7: error: in \"$TTL 1x\": \"1x\" is no TTL; write seconds, or "
                          "units as in 1h30m"));
}

TEST(MasterFile, RefusesOtherClassesAndUnknownTypes) {
  EXPECT_THAT(
      read_after_head("a CH A 192.0.2.1\n"
                      "a CLASS3 TXT x\n"
                      "a FOO x\n"
                      "a 300\n"
                      "a 300 300 A 192.0.2.1\n"
                      "a ANY x\n")
          .problems,
      ElementsAre("z.zone:5: error: in \"a CH A 192.0.2.1\": \"CH\" is a class that is "
                  "not served; only IN is",
                  "z.zone:6: error: in \"a CLASS3 TXT x\": \"CLASS3\" is a class that is "
                  "not served; only IN is",
                  "z.zone:7: error: in \"a FOO x\": \"FOO\" is no record type",
                  "z.zone:8: error: in \"a 300\": the record has no type",
                  "z.zone:9: error: in \"a 300 300 A 192.0.2.1\": \"300\" is no record type",
                  "z.zone:10: error: in \"a ANY x\": ANY is asked for or sent along, "
                  "never data of a zone"));
}

TEST(MasterFile, RefusesWhatIsNotClosed) {
  EXPECT_THAT(
      read_after_head("a TXT \"abc\nb TXT abc\\\nc TXT ) x\nd TXT ( abc\ne A 192.0.2.1\n").problems,
      ElementsAre("z.zone:5: error: in \"a TXT \"abc\": a quote is not closed on its line",
                  "z.zone:6: error: in \"b TXT abc\\\": a backslash ends the line",
                  "z.zone:7: error: in \"c TXT x\": a closing parenthesis has no opening one",
                  "z.zone:8: error: in \"d TXT abc e A 192.0.2.1\": a parenthesis is not "
                  "closed"));
}

TEST(MasterFile, RefusesNulBytesAndEndlessRecords) {
  EXPECT_THAT(read_after_head(std::string_view("a TXT b\0c\n", 10)).problems,
              ElementsAre(HasSubstr("z.zone:5: error: in \"a TXT b\\x00c\": there is a NUL byte")));
  EXPECT_THAT(
      read_after_head("a TXT ( " + std::string(2'000'000, 'x')).problems,
      ElementsAre(HasSubstr("the record is longer than 1 MB; is a parenthesis not closed?")));
}

TEST(MasterFile, WantsAnOriginBeforeRelativeNames) {
  EXPECT_THAT(
      read_master("example.org. SOA ns1 . 1 2 3 4 5\nexample.org. NS a.\nwww A 192.0.2.1\n")
          .problems,
      ElementsAre("z.zone:1: error: in \"example.org. SOA ns1 . 1 2 3 4 5\": \"ns1\" is "
                  "relative, but no $ORIGIN stands before it; begin the file with $ORIGIN "
                  "and the zone's name, or write a final dot",
                  HasSubstr("z.zone:3: error: in \"www A 192.0.2.1\": \"www\" is relative")));
}

TEST(MasterFile, ServesTheRootWithItsOrigin) {
  const Reading reading =
      read_master("$ORIGIN .\n@ SOA a b 1 2 3 4 5\n@ NS a.net\na.net A 192.0.2.1\n");
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(MasterFile, WantsAnOwnerBeforeBlankOnes) {
  EXPECT_THAT(
      read_master(" 300 A 192.0.2.1\n" + std::string(kHead)).problems,
      ElementsAre("z.zone:1: error: in \"300 A 192.0.2.1\": the record has no owner, and no "
                  "record stands before it in this file"));
}

TEST(MasterFile, ReadsOnBelowAWrongOwner) {
  EXPECT_THAT(
      read_after_head("a..b A 192.0.2.1\n A 192.0.2\n A 192.0.2.2\n").problems,
      ElementsAre(HasSubstr("z.zone:5: error: in \"a..b A 192.0.2.1\": \"a..b\" is no name"),
                  HasSubstr("z.zone:6: error: in \"A 192.0.2\"")));
}

TEST(MasterFile, RefusesUnknownDirectives) {
  EXPECT_THAT(
      read_after_head("$ORGIN a\n$GENERATE 1-9 a A 192.0.2.$\n$ORIGIN\n$TTL 1 2\n").problems,
      ElementsAre("z.zone:5: error: in \"$ORGIN a\": unknown directive \"$ORGIN\"; did you "
                  "mean \"$ORIGIN\"?",
                  "z.zone:6: error: in \"$GENERATE 1-9 a A 192.0.2.$\": $GENERATE is BIND's "
                  "own; write the records out",
                  "z.zone:7: error: in \"$ORIGIN\": $ORIGIN takes a name",
                  "z.zone:8: error: in \"$TTL 1 2\": there is text left over: \"2\""));
}

TEST(MasterFile, DoesNotMissWhatItCouldNotRead) {
  EXPECT_THAT(read_master("$ORIGIN example.org.\n@ SOA ns1 host 1 2 3 4\n@ NS a..b\n").problems,
              ElementsAre(HasSubstr("z.zone:2: error: "), HasSubstr("z.zone:3: error: ")));
}

TEST(MasterFile, StopsAfterAHundredErrors) {
  std::string text(kHead);
  for (int i = 0; i < 1000; ++i) text += "a A b\n";
  const Reading reading = read_master(text);
  ASSERT_EQ(reading.problems.size(), 101U);
  EXPECT_EQ(reading.problems.back(),
            "z.zone:105: error: more than 100 errors; the rest of the file is not read");
}

TEST(MasterFile, ReadsIncludedFilesBesideTheirOwn) {
  const TestFolder folder;
  (void)folder.write("sub/inner.zone", "b A 192.0.2.2\n$INCLUDE deepest.zone\n  TXT last\n");
  (void)folder.write("sub/deepest.zone", "c A 192.0.2.3\n");
  const std::string path = folder.write("main.zone", std::string(kHead) +
                                                         "$TTL 60\n"
                                                         "a A 192.0.2.1\n"
                                                         "$INCLUDE sub/inner.zone inner\n"
                                                         "  AAAA 2001:db8::1\n"
                                                         "$INCLUDE \"sub/inner.zone\"\n");
  const Reading reading = load(folder, path);
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_NE(reading.zone, nullptr);
  EXPECT_EQ(reading.zone->info().sources.size(), 5U);
  EXPECT_EQ(reading.zone->info().digest,
            digest_after_head("$TTL 60\na A 192.0.2.1\nb.inner A 192.0.2.2\nc.inner A 192.0.2.3\n"
                              "b.inner TXT last\na AAAA 2001:db8::1\nb A 192.0.2.2\nc A 192.0.2.3\n"
                              "b TXT last\n"));
}

TEST(MasterFile, RestoresOriginAndTtlAfterAnInclude) {
  const TestFolder folder;
  (void)folder.write("inner.zone", "$ORIGIN x.\n$TTL 1\n");
  const std::string path = folder.write(
      "main.zone", std::string(kHead) + "$TTL 60\n$INCLUDE inner.zone\nb A 192.0.2.2\n");
  const Reading reading = load(folder, path);
  ASSERT_NE(reading.zone, nullptr);
  EXPECT_EQ(reading.zone->info().digest, digest_after_head("b 60 A 192.0.2.2\n"));
}

TEST(MasterFile, PlacesErrorsInTheIncludedFile) {
  const TestFolder folder;
  (void)folder.write("inner.zone", "\nb A x\n");
  const std::string path =
      folder.write("main.zone", std::string(kHead) + "$INCLUDE inner.zone\n$INCLUDE none.zone\n");
  EXPECT_THAT(load(folder, path).problems,
              ElementsAre(HasSubstr("inner.zone:2: error: in \"b A x\""),
                          HasSubstr("main.zone:6: error: in \"$INCLUDE none.zone\": ")));
}

TEST(MasterFile, RefusesIncludesInALoop) {
  const TestFolder folder;
  (void)folder.write("a.zone", "$INCLUDE b.zone\n");
  (void)folder.write("b.zone", "$INCLUDE ./a.zone\n");
  const std::string path = folder.write("main.zone", std::string(kHead) + "$INCLUDE a.zone\n");
  EXPECT_THAT(
      load(folder, path).problems,
      ElementsAre("b.zone:1: error: in \"$INCLUDE ./a.zone\": $INCLUDE names a file that is "
                  "being read already"));
}

TEST(MasterFile, IncludesSixteenDeepAndNoDeeper) {
  const TestFolder folder;
  for (int i = 1; i <= 17; ++i) {
    (void)folder.write("f" + std::to_string(i), "$INCLUDE f" + std::to_string(i + 1) + "\n");
  }
  (void)folder.write("f18", "");
  const std::string path = folder.write("main.zone", std::string(kHead) + "$INCLUDE f1\n");
  EXPECT_THAT(
      load(folder, path).problems,
      ElementsAre("f16:1: error: in \"$INCLUDE f17\": $INCLUDE is nested more than 16 deep"));
  (void)folder.write("f16", "a A 192.0.2.1\n");
  EXPECT_THAT(load(folder, path).problems, IsEmpty());
}

TEST(MasterFile, WarnsOfRelativeNamesThatEndInTheZonesOwn) {
  const Reading reading = read_master(
      "$ORIGIN example.org.\n"
      "@ 60 SOA ns1 host 1 2 3 4 5\n"
      "@ NS ns1\n"
      "ns1 A 192.0.2.1\n"
      "WWW.Example.org A 192.0.2.1\n"
      " TXT a\n"
      "a MX 10 example.org\n"
      "b MX 10 example.org.example.org.\n"
      "$ORIGIN sub.example.org.\n"
      "c CNAME x.example.org\n"
      "$ORIGIN .\n"
      "d.example.org CNAME x.example.org\n");
  EXPECT_THAT(
      reading.problems,
      ElementsAre("z.zone:5: warning: in \"WWW.Example.org A 192.0.2.1\": a relative name that "
                  "ends in the zone's own stands for WWW.Example.org.example.org.; write a final "
                  "dot or leave the zone's name away",
                  "z.zone:7: warning: in \"a MX 10 example.org\": a relative name that ends in "
                  "the zone's own stands for example.org.example.org.; write a final dot or leave "
                  "the zone's name away",
                  "z.zone:10: warning: in \"c CNAME x.example.org\": a relative name that ends in "
                  "the zone's own stands for x.example.org.sub.example.org.; write a final dot or "
                  "leave the zone's name away"));
  EXPECT_NE(reading.zone, nullptr);
}

TEST(MasterFile, TellsAnObserverOfEachRecord) {
  ZoneBuilder builder;
  Diagnostics diagnostics;
  MasterFileOptions options;
  std::vector<std::string> seen;
  options.observe = [&](const Name& owner, Type type, std::span<const std::uint8_t> rdata) {
    seen.push_back(to_string(owner) + " " + to_string(type) + " " + std::to_string(rdata.size()));
  };
  read_master_text(kHead, "z.zone", options, builder, diagnostics);
  EXPECT_THAT(seen,
              ElementsAre("example.org. SOA 61", "example.org. NS 17", "ns1.example.org. A 4"));
}

}  // namespace
}  // namespace rhumb
