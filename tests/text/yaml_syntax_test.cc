// What is no YAML at all: a place that helps and a sentence that says what to write.
#include <gtest/gtest.h>

#include "tests/text/yaml_text.h"
#include "text/yaml.h"

namespace rhumb {
namespace {

TEST(YamlSyntax, NamesTheBracketThatIsNeverClosed) {
  const std::string sentence = ": error: a bracket is never closed; close it where its values end";
  EXPECT_EQ(errors_of("a: [b\n"), Lines{"z.yaml:1:4" + sentence});
  EXPECT_EQ(errors_of("a: {b: [c, {d: e}]\n"), Lines{"z.yaml:1:4" + sentence});
  EXPECT_EQ(errors_of("{\"a\": [{\"b\": 1}, {\"c\": 2"), Lines{"z.yaml:1:18" + sentence});
  EXPECT_EQ(errors_of("[[\n"), Lines{"z.yaml:1:2" + sentence});
}

TEST(YamlSyntax, NamesTheQuoteThatIsNeverClosed) {
  const std::string sentence = ": error: a quote is never closed; close it where its text ends";
  EXPECT_EQ(errors_of("a: 'b'\nc: 'd\ne: f\n"), Lines{"z.yaml:2:4" + sentence});
  EXPECT_EQ(errors_of("a: [b, \"c, d]\n"), Lines{"z.yaml:1:8" + sentence});
}

TEST(YamlSyntax, SaysWhichSeparatorIsMissing) {
  EXPECT_EQ(errors_of("[\"a\" \"b\"]"),
            Lines{"z.yaml:1:6: error: a , or ] is missing before this"});
  EXPECT_EQ(errors_of("{a: \"b\" c: d}"),
            Lines{"z.yaml:1:9: error: a , or } is missing before this"});
}

TEST(YamlSyntax, RefusesABracketThatClosesNone) {
  const std::string sentence = ": error: this bracket closes none; remove it or open one";
  EXPECT_EQ(errors_of("a: ]\n"), Lines{"z.yaml:1:4" + sentence});
  EXPECT_EQ(errors_of("{\"a\": 1}}"), Lines{"z.yaml:1:9" + sentence});
  EXPECT_EQ(errors_of("a: {b: c]}\n"), Lines{"z.yaml:1:9" + sentence});
}

TEST(YamlSyntax, HintsAtQuotesForTextWithAColon) {
  EXPECT_EQ(errors_of("a: b: c\n"),
            Lines{"z.yaml:1:5: error: a key cannot stand here; check the indentation, or put text "
                  "with \": \" in quotes"});
}

TEST(YamlSyntax, HintsAtTheIndentation) {
  EXPECT_EQ(errors_of("a:\n  b: 1\n c: 2\n"),
            Lines{"z.yaml:3:2: error: this does not continue the map around it; check the "
                  "indentation, and quotes above"});
  EXPECT_EQ(errors_of("a:\n  - b\n c\n"),
            Lines{"z.yaml:3:2: error: this does not continue the map around it; check the "
                  "indentation, and quotes above"});
  EXPECT_EQ(errors_of("a: - b\n"),
            Lines{"z.yaml:1:4: error: a list item cannot begin here; begin a new line, or put the "
                  "text in quotes"});
}

TEST(YamlSyntax, RefusesUnknownEscapes) {
  EXPECT_EQ(errors_of("a: \"C:\\path\"\n"),
            Lines{"z.yaml:1:9: error: an unknown escape; write \\\\ for a backslash"});
  EXPECT_EQ(errors_of("a: \"\\u12\"\n"),
            Lines{"z.yaml:2:1: error: an escape needs hexadecimal digits; write \\\\ for a "
                  "backslash"});
  EXPECT_EQ(errors_of("a: \"\\N\"\n"),
            Lines{"z.yaml:1:4: error: the escapes \\N and \\_ are not read; write \\u0085 or "
                  "\\u00A0"});
}

TEST(YamlSyntax, RefusesTextOnTheLineOfABlockSign) {
  EXPECT_EQ(errors_of("a: |b\n"), Lines{"z.yaml:1:5: error: text on the line of | or >; begin it "
                                        "on the next line, or put it in quotes"});
}

TEST(YamlSyntax, RefusesTextThatCannotBegin) {
  EXPECT_EQ(errors_of("{a: |}\n"),
            Lines{"z.yaml:1:5: error: text cannot begin like this; put it in quotes"});
}

}  // namespace
}  // namespace rhumb
