#include "text/yaml.h"

#include <gtest/gtest.h>

#include "tests/text/yaml_text.h"

namespace rhumb {
namespace {

TEST(Yaml, ReadsMapsListsAndScalarsInTheOrderOfTheText) {
  EXPECT_EQ(shape_of("b: 1\na: [x, {y: z}]\nc:\n- d\n- e: f\n"), "{b=1 a=[x {y=z}] c=[d {e=f}]}");
}

TEST(Yaml, KeepsEveryScalarAsItsText) {
  EXPECT_EQ(shape_of("[007, 1.50, 0x1F, yes, TRUE, 2024-01-01, 1_000, .inf, NO]"),
            "[007 1.50 0x1F yes TRUE 2024-01-01 1_000 .inf NO]");
}

TEST(Yaml, SaysWhichScalarsWereQuoted) {
  EXPECT_EQ(shape_of("[plain, 'single ''x''', \"double\"]"), "[plain \"single 'x'\" \"double\"]");
}

TEST(Yaml, TakesBlockScalarsAsQuotedText) {
  EXPECT_EQ(shape_of("a: |\n  one\n  two\nb: >-\n  three\n  four\n"),
            "{a=\"one\ntwo\n\" b=\"three four\"}");
}

TEST(Yaml, FoldsPlainTextOfSeveralLines) {
  EXPECT_EQ(shape_of("a: one\n  two\n\n  three\nb: c\n"), "{a=one two\nthree b=c}");
}

TEST(Yaml, TakesQuotedEmptyTextAndEmptyCollections) {
  EXPECT_EQ(shape_of("{a: \"\", b: '', c: [], d: {}}"), "{a=\"\" b=\"\" c=[] d={}}");
}

TEST(Yaml, TakesAddressesAndTimesAsPlainText) {
  EXPECT_EQ(shape_of("{a: 192.0.2.10, b: 2001:db8::/32, c: ::1, d: 10:30}"),
            "{a=192.0.2.10 b=2001:db8::/32 c=::1 d=10:30}");
}

TEST(Yaml, KnowsThePlaceOfEveryNodeAndKey) {
  const YamlDocument document = document_of("zone: x\nrecords:\n- {name: \"@\", values: [a, b]}\n");
  const YamlEntry records = *document.root().find("records");
  EXPECT_EQ(to_string(document.root().place()), "z.yaml:1:1");
  EXPECT_EQ(to_string(records.key.place()), "z.yaml:2:1");
  EXPECT_EQ(to_string(records.value.place()), "z.yaml:3:1");
  const YamlNode record = *records.value.items().begin();
  EXPECT_EQ(to_string(record.place()), "z.yaml:3:3");
  EXPECT_EQ(to_string(record.find("name")->value.place()), "z.yaml:3:10");
  EXPECT_EQ(to_string(record.find("values")->key.place()), "z.yaml:3:15");
  EXPECT_EQ(to_string((*record.find("values")->value.items().begin()).place()), "z.yaml:3:24");
}

TEST(Yaml, CountsColumnsInCharacters) {
  const YamlDocument document = document_of("{\"\xC3\xA4\xE2\x82\xAC\": b, c: d}");
  EXPECT_EQ(to_string(document.root().find("c")->key.place()), "z.yaml:1:11");
}

TEST(Yaml, CountsLinesThatEndInCarriageReturnAndLineFeed) {
  const YamlDocument document = document_of("a: b\r\nc:\r\n- d\r\n");
  EXPECT_EQ(shape(document.root()), "{a=b c=[d]}");
  EXPECT_EQ(to_string((*document.root().find("c")->value.items().begin()).place()), "z.yaml:3:3");
}

TEST(Yaml, SkipsAByteOrderMark) {
  const YamlDocument document = document_of(
      "\xEF\xBB\xBF"
      "a: b");
  EXPECT_EQ(to_string(document.root().find("a")->key.place()), "z.yaml:1:1");
}

TEST(Yaml, TakesMarksAroundTheOneDocument) {
  EXPECT_EQ(shape_of("# first\n---\na: b\n...\n# last\n"), "{a=b}");
}

TEST(Yaml, KnowsTheNumberOfItemsAndEntries) {
  const YamlDocument document = document_of("a: [b, [c, d, e], {f: g}]\nh: {}\n");
  EXPECT_EQ(document.root().size(), 2u);
  EXPECT_EQ(document.root().find("a")->value.size(), 3u);
  EXPECT_EQ(document.root().find("h")->value.size(), 0u);
  EXPECT_EQ(document.root().find("missing"), std::nullopt);
}

TEST(Yaml, KeepsNodesValidWhenTheDocumentMoves) {
  YamlDocument first = document_of("a: some text that is too long to lie within a string object");
  const YamlNode value = first.root().find("a")->value;
  const YamlDocument second = std::move(first);
  EXPECT_EQ(value.text(), "some text that is too long to lie within a string object");
  EXPECT_EQ(second.file(), "z.yaml");
}

TEST(Yaml, NeedsAtMost48BytesANode) { EXPECT_LE(sizeof(YamlTree::Node), 48u); }

TEST(Yaml, ReadsALargeFileInLinearTime) {
  std::string text = "records:\n";
  for (int i = 0; i < 4000; ++i) {
    text += "- {name: n" + std::to_string(i) + ", type: A, values: [192.0.2.1, 192.0.2.2]}\n";
  }
  const YamlDocument document = document_of(text);
  EXPECT_EQ(document.root().find("records")->value.size(), 4000u);
}

}  // namespace
}  // namespace rhumb
