// What YAML allows and read_yaml() refuses: each with its place and what to write instead.
#include <gtest/gtest.h>

#include "tests/text/yaml_text.h"
#include "text/yaml.h"

namespace rhumb {
namespace {

// What is left of a text with errors, or "nothing".
std::string left_of(std::string_view text) {
  Diagnostics diagnostics;
  const ReadYaml read = read_yaml_with_errors(text, "z.yaml", diagnostics);
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_FALSE(read.is_good);
  return read.document ? shape(read.document->root()) : "nothing";
}

TEST(YamlStrict, LeavesADocumentWhereTheRestCanBeRead) {
  EXPECT_EQ(left_of("{a: {x: 1, x: 2}, b: 3}"), "{a={x=1 x=2} b=3}");
  EXPECT_EQ(left_of("a:\nb: [1, , 2]\n"), "{a= b=[1  2]}");
  EXPECT_EQ(left_of("a: !tag {x: 1}\nb: &n 2\nc: *n\n"), "{a={x=1} b=2 c=}");
}

TEST(YamlStrict, LeavesNothingWhereSomethingIsHidden) {
  for (const std::string_view text :
       {"a: 1\na: 2\n", "a: {<<: *b, c: 1}\n", "a: [1\n", "a: 1\n---\nb: 2\n", "? [1]\n: 2\n"}) {
    EXPECT_EQ(left_of(text), "nothing") << text;
  }
}

TEST(YamlStrict, MarksWhatStandsForNoText) {
  Diagnostics diagnostics;
  const ReadYaml read = read_yaml_with_errors("{a: , b: \"\"}", "z.yaml", diagnostics);
  ASSERT_TRUE(read.document.has_value());
  EXPECT_TRUE(read.document->root().find("a")->value.is_wrong());
  EXPECT_FALSE(read.document->root().find("b")->value.is_wrong());
}

TEST(YamlStrict, RefusesADuplicateKeyWithBothPlaces) {
  EXPECT_EQ(errors_of("a: 1\nb: {c: 1, c: 2}\na: 2\n"),
            (Lines{"z.yaml:2:11: error: duplicate key \"c\", given at 2:5 already; remove one of "
                   "the two",
                   "z.yaml:3:1: error: duplicate key \"a\", given at 1:1 already; remove one of "
                   "the two"}));
}

TEST(YamlStrict, KnowsADuplicateKeyHoweverItIsQuoted) {
  EXPECT_EQ(errors_of("{\"a\": 1, 'a': 2}"),
            Lines{"z.yaml:1:10: error: duplicate key \"a\", given at 1:2 already; remove one of "
                  "the two"});
}

TEST(YamlStrict, RefusesKeysWithoutValueAllAtOnce) {
  EXPECT_EQ(errors_of("a:\nb: ~\nc: null\nd: {e, f: }\n"),
            (Lines{"z.yaml:1:1: error: \"a\" has no value; give a value or remove the key",
                   "z.yaml:2:1: error: \"b\" has no value; give a value or remove the key",
                   "z.yaml:3:1: error: \"c\" has no value; give a value or remove the key",
                   "z.yaml:4:5: error: \"e\" has no value; give a value or remove the key",
                   "z.yaml:4:8: error: \"f\" has no value; give a value or remove the key"}));
}

TEST(YamlStrict, RefusesEmptyListItemsAtTheirDash) {
  EXPECT_EQ(errors_of("- a\n- # nothing - yet\n\n- b\n- ~\n-\n- c\n"),
            (Lines{"z.yaml:2:1: error: an empty list item; give a value or remove it",
                   "z.yaml:5:3: error: an empty list item; give a value or remove it",
                   "z.yaml:6:1: error: an empty list item; give a value or remove it"}));
}

TEST(YamlStrict, RefusesEmptyItemsInBrackets) {
  EXPECT_EQ(errors_of("[a, , b]"),
            Lines{"z.yaml:1:5: error: an empty list item; give a value or remove it"});
}

TEST(YamlStrict, RefusesASecondDocument) {
  EXPECT_EQ(errors_of("a: b\n---\nc: d\n"),
            Lines{"z.yaml:2:1: error: a second document; write one document a file"});
}

TEST(YamlStrict, RefusesTextAfterTheDocument) {
  const Lines at_the_end{
      "z.yaml:1:10: error: text after the end of the document; check quotes and brackets"};
  EXPECT_EQ(errors_of("{\"a\": 1} b"), at_the_end);
}

TEST(YamlStrict, RefusesAMergeKey) {
  EXPECT_EQ(errors_of("<<: {a: b}\n"),
            Lines{"z.yaml:1:1: error: << does not merge maps here; write the keys out"});
  EXPECT_EQ(shape_of("\"<<\": a"), "{<<=a}");
}

TEST(YamlStrict, RefusesTags) {
  const std::string sentence =
      ": error: a tag is not read here; remove it, or put the text in quotes";
  EXPECT_EQ(errors_of("a: !foo b\nc: !!str d\ne: ! f\n"),
            (Lines{"z.yaml:1:4" + sentence, "z.yaml:2:4" + sentence, "z.yaml:3:4" + sentence}));
}

TEST(YamlStrict, RefusesAnchors) {
  const std::string sentence =
      ": error: an anchor is not read here; write the value out where it is needed, or put the "
      "text in quotes";
  EXPECT_EQ(errors_of("a: &x b\nc: &y {d: e}\n"),
            (Lines{"z.yaml:1:4" + sentence, "z.yaml:2:4" + sentence}));
  EXPECT_EQ(errors_of("a: & b\n"), Lines{"z.yaml:1:4" + sentence});
}

TEST(YamlStrict, AnswersAnUnquotedStarWithQuotes) {
  EXPECT_EQ(errors_of("- {name: *, type: A}\n"),
            Lines{"z.yaml:1:10: error: * has a meaning of its own in YAML; put it in quotes: "
                  "\"*\""});
  EXPECT_EQ(errors_of("name: *.example.com\n"),
            Lines{"z.yaml:1:7: error: *.example.com has a meaning of its own in YAML; put it in "
                  "quotes: \"*.example.com\""});
  EXPECT_EQ(errors_of("*.www: a\n"),
            Lines{"z.yaml:1:1: error: *.www has a meaning of its own in YAML; put it in quotes: "
                  "\"*.www\""});
}

TEST(YamlStrict, AnswersAnAliasOfAnAnchorWithQuotesToo) {
  EXPECT_EQ(errors_of("a: &x b\nc: *x\n").back(),
            "z.yaml:2:4: error: *x has a meaning of its own in YAML; put it in quotes: \"*x\"");
}

TEST(YamlStrict, AnswersAnUnquotedAtSignWithQuotes) {
  const std::string sentence =
      ": error: @ has a meaning of its own in YAML; put it in quotes: \"@\"";
  EXPECT_EQ(errors_of("- {name: @, type: A}\n"), Lines{"z.yaml:1:10" + sentence});
  EXPECT_EQ(errors_of("- name: @\n  type: A\n"), Lines{"z.yaml:1:9" + sentence});
}

TEST(YamlStrict, AnswersAnUnquotedAddressWithPortWithQuotes) {
  const std::string sentence =
      ": error: [::1]:53 has a meaning of its own in YAML; put it in quotes: \"[::1]:53\"";
  EXPECT_EQ(errors_of("listen: [::1]:53\n"), Lines{"z.yaml:1:9" + sentence});
  EXPECT_EQ(errors_of("listen: [\"127.0.0.1:53\", [::1]:53]\n"), Lines{"z.yaml:1:26" + sentence});
  EXPECT_EQ(errors_of("listen:\n- [::1]:53\n"), Lines{"z.yaml:2:3" + sentence});
  EXPECT_EQ(errors_of("http: {listen: [::1]:53}\n"), Lines{"z.yaml:1:16" + sentence});
  EXPECT_EQ(errors_of("[::1]:53\n"), Lines{"z.yaml:1:1" + sentence});
}

TEST(YamlStrict, HintsAtQuotesForAnAddressThatEndsInColons) {
  EXPECT_EQ(errors_of("values: [2001:db8::, x]\n"),
            Lines{"z.yaml:1:10: error: \"2001:db8:\" has no value; give a value or remove the "
                  "key, or put it in quotes if it is no key"});
}

TEST(YamlStrict, AnswersOtherSignsWithQuotes) {
  EXPECT_EQ(errors_of("a: `x`\n"),
            Lines{"z.yaml:1:4: error: `x` has a meaning of its own in YAML; put it in quotes: "
                  "\"`x`\""});
  EXPECT_EQ(errors_of("a: %x\n"),
            Lines{"z.yaml:1:4: error: %x has a meaning of its own in YAML; put it in quotes: "
                  "\"%x\""});
}

TEST(YamlStrict, RefusesKeysThatAreNoText) {
  const std::string sentence = ": error: a key is a list or a map; write one text as key";
  EXPECT_EQ(errors_of("? [a]\n: b\n"), Lines{"z.yaml:1:3" + sentence});
  EXPECT_EQ(errors_of("[{a: b}: c]\n"), Lines{"z.yaml:1:2" + sentence});
  EXPECT_EQ(errors_of("null: 1\n"), Lines{"z.yaml:1:1: error: a key is null; put it in quotes"});
  EXPECT_EQ(errors_of(": 1\n"),
            Lines{"z.yaml:1:1: error: a key is missing, or longer than 1024 characters; write a "
                  "key"});
}

TEST(YamlStrict, RefusesWhatIsNoUtf8) {
  EXPECT_EQ(errors_of("a: b\nc: \xFF\n"),
            Lines{"z.yaml:2:4: error: \"\\xFF\" is no UTF-8; save the file as UTF-8"});
}

TEST(YamlStrict, RefusesControlCharacters) {
  const std::string sentence =
      ": error: a control character; remove it, or write it as an escape in double quotes";
  EXPECT_EQ(errors_of(std::string_view("a: \0", 4)), Lines{"z.yaml:1:4" + sentence});
  EXPECT_EQ(errors_of("a: \x1b"), Lines{"z.yaml:1:4" + sentence});
  EXPECT_EQ(errors_of("a: \x7f"), Lines{"z.yaml:1:4" + sentence});
  EXPECT_EQ(errors_of("a: \xC2\x85"), Lines{"z.yaml:1:4" + sentence});
  EXPECT_EQ(errors_of("a: b\rc: d"),
            Lines{"z.yaml:1:5: error: a carriage return without a line feed; end lines with a "
                  "line feed"});
}

TEST(YamlStrict, RefusesNulInText) {
  EXPECT_EQ(errors_of("a: \"\\0\""),
            Lines{"z.yaml:1:4: error: a NUL character in text; remove it"});
}

TEST(YamlStrict, RefusesATabInIndentation) {
  const std::string sentence = ": error: a tab cannot indent; write blanks";
  EXPECT_EQ(errors_of("a:\n\tb: c\n"), Lines{"z.yaml:2:1" + sentence});
  EXPECT_EQ(errors_of("a:\n\tb\n"), Lines{"z.yaml:2:1" + sentence});
  EXPECT_EQ(errors_of("a:\n\t- b\n"), Lines{"z.yaml:2:1" + sentence});
  EXPECT_EQ(errors_of("a:\n- b: c\n  \td: e\n"), Lines{"z.yaml:3:3" + sentence});
  EXPECT_EQ(errors_of("-\ta: b\n"), Lines{"z.yaml:1:2" + sentence});
  EXPECT_EQ(errors_of("a: b\n\tc\n"), Lines{"z.yaml:2:1" + sentence});
  EXPECT_EQ(shape_of("a:\tb\t# c\n"), "{a=b}");
}

TEST(YamlStrict, RefusesDirectives) {
  const std::string sentence = ": error: a directive is not read here; remove the line";
  EXPECT_EQ(errors_of("%YAML 1.2\n---\na: b\n"), Lines{"z.yaml:1:1" + sentence});
  EXPECT_EQ(errors_of("a: b\n%TAG ! x\n"), Lines{"z.yaml:2:1" + sentence});
}

TEST(YamlStrict, RefusesAnEmptyFile) {
  const Lines empty{"z.yaml:1:1: error: the file is empty; write keys with their values"};
  EXPECT_EQ(errors_of(""), empty);
  EXPECT_EQ(errors_of(" \n# nothing\n---\n...\n"), empty);
  EXPECT_EQ(errors_of("~\n"),
            Lines{"z.yaml:1:1: error: no value stands here; write keys with their values"});
}

TEST(YamlStrict, TakesNestingUpToTheLimitAndNoDeeper) {
  const std::string open(kMaxYamlDepth, '[');
  const std::string close(kMaxYamlDepth, ']');
  EXPECT_EQ(shape_of(open + close), open + close);
  EXPECT_EQ(errors_of("[" + open + close + "]"),
            Lines{"z.yaml:1:33: error: nested deeper than 32; write it flatter"});
}

TEST(YamlStrict, StopsAtTheDepthLimitHoweverDeepAFileIs) {
  const std::string brackets = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_EQ(errors_of(brackets),
            Lines{"z.yaml:1:33: error: nested deeper than 32; write it flatter"});
  std::string dashes;
  for (int i = 0; i < 100000; ++i) dashes += "- ";
  EXPECT_EQ(errors_of(dashes),
            Lines{"z.yaml:1:65: error: nested deeper than 32; write it flatter"});
}

TEST(YamlStrict, StopsAfterAHundredErrors) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "k" + std::to_string(i) + ":\n";
  EXPECT_EQ(errors_of(text).size(), kMaxYamlErrors);
}

TEST(YamlStrict, ReportsErrorsInTheOrderOfTheirPlaces) {
  const Lines lines = errors_of("a: {b: 1, b: 2}\na:\nc: !d e\nf: @\n");
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0].substr(0, 11), "z.yaml:1:11");
  EXPECT_EQ(lines[1].substr(0, 10), "z.yaml:2:1");
  EXPECT_EQ(lines[2].substr(0, 10), "z.yaml:3:4");
  EXPECT_EQ(lines[3].substr(0, 10), "z.yaml:4:4");
}

}  // namespace
}  // namespace rhumb
