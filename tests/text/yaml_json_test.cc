// JSON is YAML: what generators write must load.
#include <gtest/gtest.h>

#include "tests/text/yaml_text.h"
#include "text/yaml.h"

namespace rhumb {
namespace {

constexpr std::string_view kShape = "{zone=\"x\" records=[{name=\"@\" ttl=30 on=true} []] none={}}";

TEST(YamlJson, LoadsWhatPythonWritesOnOneLine) {
  EXPECT_EQ(
      shape_of("{\"zone\": \"x\", \"records\": [{\"name\": \"@\", \"ttl\": 30, \"on\": true}, "
               "[]], \"none\": {}}"),
      kShape);
}

TEST(YamlJson, LoadsWhatIsWrittenWithoutBlanks) {
  EXPECT_EQ(shape_of("{\"zone\":\"x\",\"records\":[{\"name\":\"@\",\"ttl\":30,\"on\":true},[]],"
                     "\"none\":{}}"),
            kShape);
}

TEST(YamlJson, LoadsWhatPythonIndentsByBlanks) {
  EXPECT_EQ(shape_of("{\n  \"zone\": \"x\",\n  \"records\": [\n    {\n      \"name\": \"@\",\n"
                     "      \"ttl\": 30,\n      \"on\": true\n    },\n    []\n  ],\n"
                     "  \"none\": {}\n}\n"),
            kShape);
}

TEST(YamlJson, LoadsWhatPythonIndentsByTabs) {
  EXPECT_EQ(shape_of("{\n\t\"zone\": \"x\",\n\t\"records\": [\n\t\t{\n\t\t\t\"name\": \"@\",\n"
                     "\t\t\t\"ttl\": 30,\n\t\t\t\"on\": true\n\t\t},\n\t\t[]\n\t],\n"
                     "\t\"none\": {}\n}\n"),
            kShape);
}

TEST(YamlJson, LoadsListsAndTextAtTheTop) {
  EXPECT_EQ(shape_of("[1,-2.5,1e9,\"a\",false]"), "[1 -2.5 1e9 \"a\" false]");
  EXPECT_EQ(shape_of("\"a\""), "\"a\"");
}

TEST(YamlJson, DecodesEveryEscape) {
  EXPECT_EQ(shape_of("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"), "[\"\"\\/\b\f\n\r\t\"]");
  EXPECT_EQ(shape_of("[\"\\u0041\\u00e9\\u20AC\"]"), "[\"A\xC3\xA9\xE2\x82\xAC\"]");
}

TEST(YamlJson, DecodesSurrogatePairs) {
  EXPECT_EQ(shape_of("[\"x\\ud83d\\ude00y\\uD83D\\uDE01\"]"),
            "[\"x\xF0\x9F\x98\x80y\xF0\x9F\x98\x81\"]");
  EXPECT_EQ(shape_of("{\"\\ud83d\\ude00\":1}"), "{\xF0\x9F\x98\x80=1}");
}

TEST(YamlJson, LeavesAlmostEscapesAlone) {
  EXPECT_EQ(shape_of("[\"\\\\ud83d\\\\ude00\", '\\ud83d', \\ud83d]"),
            "[\"\\ud83d\\ude00\" \"\\ud83d\" \\ud83d]");
}

TEST(YamlJson, RefusesHalfASurrogatePair) {
  EXPECT_EQ(errors_of("[\"a\", \"\\ud83d\"]"),
            Lines{"z.yaml:1:7: error: \\ud83d is half a character; write both halves of the pair"});
  EXPECT_EQ(errors_of("[\"\\ude00\\ud83d\"]"),
            Lines{"z.yaml:1:2: error: \\ude00 is half a character; write both halves of the pair"});
}

TEST(YamlJson, RefusesNull) {
  EXPECT_EQ(errors_of("{\"a\":null}"),
            Lines{"z.yaml:1:2: error: \"a\" has no value; give a value or remove the key"});
}

TEST(YamlJson, KnowsPlacesBehindLeadingBlanks) {
  EXPECT_EQ(errors_of("\n\t{\"a\":1,\n\"a\":2}"),
            Lines{"z.yaml:3:1: error: duplicate key \"a\", given at 2:3 already; remove one of "
                  "the two"});
}

}  // namespace
}  // namespace rhumb
