#include "text/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace rhumb {
namespace {

TEST(JsonWriter, WritesNestedObjectsAndArrays) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("id");
  json.text("london");
  json.key("labels");
  json.begin_object();
  json.end_object();
  json.key("list");
  json.begin_array();
  json.whole(-1);
  json.whole_unsigned(18446744073709551615u);
  json.number(0.5);
  json.boolean(true);
  json.null();
  json.raw("[1]");
  json.begin_array();
  json.end_array();
  json.end_array();
  json.key("last");
  json.boolean(false);
  json.end_object();
  EXPECT_EQ(out,
            R"({"id":"london","labels":{},"list":[-1,18446744073709551615,0.5,true,null,[1],[]],)"
            R"("last":false})");
}

std::string written(std::string_view text) {
  std::string out;
  JsonWriter(out).text(text);
  return out;
}

TEST(JsonWriter, EscapesWhatMustNotStandInAString) {
  EXPECT_EQ(written("a\"b\\c/"), R"("a\"b\\c/")");
  EXPECT_EQ(written("\n\r\t"), R"("\n\r\t")");
  EXPECT_EQ(written(std::string_view("\0\x1f\x7f", 3)), R"("\u0000\u001f\u007f")");
  EXPECT_EQ(written("\xC2\x9B\xC2\xA0"), "\"\\u009b\xC2\xA0\"");
}

TEST(JsonWriter, KeepsUtf8AndReplacesEachByteThatIsNone) {
  EXPECT_EQ(written("\xC3\xA4\xF0\x9F\x98\x80"), "\"\xC3\xA4\xF0\x9F\x98\x80\"");
  EXPECT_EQ(written("a\xFF"
                    "b\xC3"),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"");
}

TEST(JsonWriter, WritesNumbersThatReadBackTheSame) {
  std::string out;
  JsonWriter(out).number(0.1);
  EXPECT_EQ(out, "0.1");
  out.clear();
  JsonWriter(out).number(std::numeric_limits<double>::infinity());
  EXPECT_EQ(out, "null");
  out.clear();
  JsonWriter(out).number(std::nan(""));
  EXPECT_EQ(out, "null");
}

TEST(Json, ReadsEveryKindOfValue) {
  const JsonValue json =
      parse_json(R"({"a":"x","b":-7,"c":1.5,"d":true,"e":null,"f":[1,"y"],"g":{"h":0}})").value();
  EXPECT_EQ(json.kind(), JsonKind::kObject);
  EXPECT_EQ(json["a"].text(), "x");
  EXPECT_EQ(json["b"].whole(), -7);
  EXPECT_EQ(json["b"].number(), -7.0);
  EXPECT_EQ(json["c"].number(), 1.5);
  EXPECT_EQ(json["c"].whole(), std::nullopt);
  EXPECT_TRUE(json["d"].boolean());
  EXPECT_TRUE(json["e"].is_null());
  ASSERT_EQ(json["f"].items().size(), 2u);
  EXPECT_EQ(json["f"].items()[1].text(), "y");
  EXPECT_EQ(json["g"]["h"].whole(), 0);
}

TEST(Json, KeepsMembersInTheirOrder) {
  const JsonValue json = parse_json(R"({"z":1,"a":2})").value();
  ASSERT_EQ(json.names().size(), 2u);
  EXPECT_EQ(json.names()[0], "z");
  EXPECT_EQ(json.items()[0].whole(), 1);
  EXPECT_TRUE(json.has("a"));
}

TEST(Json, AnswersEmptyForWhatIsNotThere) {
  const JsonValue json = parse_json("[1]").value();
  EXPECT_TRUE(json["a"]["b"].is_null());
  EXPECT_EQ(json.text(), "");
  EXPECT_FALSE(json.has("a"));
}

TEST(Json, DecodesEscapesAndSurrogatePairs) {
  EXPECT_EQ(parse_json(R"("\u00e9\/\ud83d\ude00")").value().text(), "\xC3\xA9/\xF0\x9F\x98\x80");
}

TEST(Json, KnowsWhichWholeNumbersFit) {
  EXPECT_EQ(parse_json("9223372036854775807").value().whole(), 9223372036854775807);
  EXPECT_EQ(parse_json("9223372036854775808").value().whole(), std::nullopt);
}

TEST(Json, RefusesWhatIsNoJson) {
  for (const char* text :
       {"", "{", "[1,]", "{a:1}", "1 2", "nul", "\"\\ud83d\"", "\"\xFF\"", "1e999"}) {
    EXPECT_FALSE(parse_json(text).ok()) << text;
  }
  EXPECT_EQ(parse_json("[1,]").error(), "this is no JSON at byte 4");
}

TEST(Json, RefusesAMemberThatStandsTwice) {
  EXPECT_EQ(parse_json(R"({"a":1,"a":2})").error(), "the member \"a\" stands twice");
}

TEST(Json, RefusesDeepNestingHoweverDeep) {
  const std::string open(kMaxJsonDepth, '[');
  const std::string close(kMaxJsonDepth, ']');
  EXPECT_TRUE(parse_json(open + close).ok());
  EXPECT_EQ(parse_json("[" + open + close + "]").error(), "nested deeper than 64");
  EXPECT_EQ(parse_json(std::string(1000000, '[')).error(), "nested deeper than 64");
}

TEST(Json, ReadsWhatTheWriterWrites) {
  const std::string text = "\"\\\n\x01\xC3\xA4";
  EXPECT_EQ(parse_json(written(text)).value().text(), text);
}

}  // namespace
}  // namespace rhumb
