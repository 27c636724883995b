#include "text/fields.h"

#include <gtest/gtest.h>

#include "tests/text/yaml_text.h"

namespace rhumb {
namespace {

// A map read by Fields, and what it reported.
struct Reading {
  explicit Reading(std::string_view text) : document(document_of(text)) {}

  [[nodiscard]] Lines lines() const {
    Lines out;
    for (const Diagnostic& diagnostic : diagnostics.all()) out.push_back(to_string(diagnostic));
    return out;
  }

  YamlDocument document;
  Diagnostics diagnostics;
  Fields fields{document.root(), diagnostics};
};

enum class Failover { kPrimary, kSecondary };
constexpr Named<Failover> kFailovers[] = {{"PRIMARY", Failover::kPrimary},
                                          {"SECONDARY", Failover::kSecondary}};

TEST(Fields, ReadsEachTypeOfValue) {
  Reading read("{a: text, b: 7, c: true, d: 10s, e: 1h, f: secondary}");
  EXPECT_EQ(read.fields.text("a"), "text");
  EXPECT_EQ(read.fields.whole("b", 0, 255), 7);
  EXPECT_EQ(read.fields.boolean("c"), true);
  EXPECT_EQ(read.fields.duration_ms("d"), 10'000u);
  EXPECT_EQ(read.fields.ttl_s("e"), 3600u);
  EXPECT_EQ(read.fields.one_of("f", kFailovers), Failover::kSecondary);
  read.fields.finish();
  EXPECT_EQ(read.lines(), Lines{});
}

TEST(Fields, AnswersNothingForAnAbsentKeyWithoutAnError) {
  Reading read("{}");
  EXPECT_EQ(read.fields.text("a"), std::nullopt);
  EXPECT_EQ(read.fields.whole("b", 0, 255), std::nullopt);
  EXPECT_EQ(read.fields.list("c"), std::nullopt);
  EXPECT_FALSE(read.fields.has("d"));
  read.fields.finish();
  EXPECT_EQ(read.lines(), Lines{});
}

TEST(Fields, ReportsAllWrongValuesAtTheirPlaces) {
  Reading read("weight: 300\nttl: soon\nalive: yes\nfailover: third\n");
  EXPECT_EQ(read.fields.whole("weight", 0, 255), std::nullopt);
  EXPECT_EQ(read.fields.ttl_s("ttl"), std::nullopt);
  EXPECT_EQ(read.fields.boolean("alive"), std::nullopt);
  EXPECT_EQ(read.fields.one_of("failover", kFailovers), std::nullopt);
  EXPECT_EQ(read.lines(),
            (Lines{"z.yaml:1:9: error: 300 is out of range; write a whole number from 0 to 255",
                   "z.yaml:2:6: error: \"soon\" is no duration; write a whole number with ms, s, "
                   "m, h, d or w",
                   "z.yaml:3:8: error: \"yes\" is no boolean; write true or false",
                   "z.yaml:4:11: error: \"third\" is not known here; write one of PRIMARY, "
                   "SECONDARY"}));
}

TEST(Fields, ReportsValuesOfAnotherKind) {
  Reading read("a: {b: c}\nd: [e]\nf: g\nh: i\n");
  EXPECT_EQ(read.fields.text("a"), std::nullopt);
  EXPECT_EQ(read.fields.whole("d", 0, 1), std::nullopt);
  EXPECT_EQ(read.fields.map("f"), std::nullopt);
  EXPECT_EQ(read.fields.list("h"), std::nullopt);
  EXPECT_EQ(read.lines(), (Lines{"z.yaml:1:4: error: \"a\" is a map; write text",
                                 "z.yaml:2:4: error: \"d\" is a list; write a whole number",
                                 "z.yaml:3:4: error: \"f\" is text; write a map",
                                 "z.yaml:4:4: error: \"h\" is text; write a list"}));
}

TEST(Fields, RefusesAnUnquotedBooleanAsText) {
  Reading read("name: true\ncountry: false\nquoted: \"false\"\nother: no\n");
  EXPECT_EQ(read.fields.text("name"), std::nullopt);
  EXPECT_EQ(read.fields.text("country", "Norway is \"NO\""), std::nullopt);
  EXPECT_EQ(read.fields.text("quoted"), "false");
  EXPECT_EQ(read.fields.text("other"), "no");
  EXPECT_EQ(read.lines(),
            (Lines{"z.yaml:1:7: error: \"name\" is the boolean true; put it in quotes if text is "
                   "meant",
                   "z.yaml:2:10: error: \"country\" is the boolean false; put it in quotes if "
                   "text is meant; Norway is \"NO\""}));
}

TEST(Fields, ReadsAListOrOneValueWhereThatIsAsked) {
  Reading read("type: A\nvalues: [a, b]\n");
  const auto types = read.fields.texts("type", ListForm::kListOrOne);
  ASSERT_TRUE(types.has_value());
  ASSERT_EQ(types->size(), 1u);
  EXPECT_EQ((*types)[0].text(), "A");
  const auto values = read.fields.texts("values", ListForm::kListOrOne);
  ASSERT_TRUE(values.has_value());
  ASSERT_EQ(values->size(), 2u);
  EXPECT_EQ((*values)[1].text(), "b");
  EXPECT_EQ(to_string((*values)[1].place()), "z.yaml:2:13");
}

TEST(Fields, LeavesWrongItemsOutOfAListAndReportsThem) {
  Reading read("values: [a, {b: c}, true, d]\n");
  const auto values = read.fields.texts("values");
  ASSERT_TRUE(values.has_value());
  EXPECT_EQ(values->size(), 2u);
  EXPECT_EQ(read.lines(),
            (Lines{"z.yaml:1:13: error: \"values\" is a map; write text",
                   "z.yaml:1:21: error: \"values\" is the boolean true; put it in quotes if text "
                   "is meant"}));
}

TEST(Fields, ReportsUnknownKeysWithTheNearestKeyAskedFor) {
  Reading read("{healthcheckID: a, colour: b, id: c}");
  read.fields.has("healthCheckId");
  read.fields.text("id");
  read.fields.finish();
  EXPECT_EQ(read.lines(), (Lines{"z.yaml:1:2: error: unknown key \"healthcheckID\"; did you mean "
                                 "\"healthCheckId\"?",
                                 "z.yaml:1:20: error: unknown key \"colour\""}));
}

TEST(Fields, AnswersForeignKeysWithOurs) {
  constexpr ForeignKey kForeign[] = {{"ResourceRecords", "values"}, {"TTL", "ttl"}};
  Reading read("{ResourceRecords: [a], TTL: 30}");
  read.fields.texts("values");
  read.fields.finish(kForeign);
  EXPECT_EQ(read.lines(),
            (Lines{"z.yaml:1:2: error: unknown key \"ResourceRecords\"; write \"values\"",
                   "z.yaml:1:24: error: unknown key \"TTL\"; write \"ttl\""}));
}

TEST(Fields, TakesAWrongValueAsRead) {
  Reading read("{weight: x}");
  read.fields.whole("weight", 0, 255);
  read.fields.finish();
  EXPECT_EQ(read.lines().size(), 1u);
}

TEST(Fields, ReportsAMissingKeyAtTheMap) {
  Reading read("a: b\n");
  EXPECT_TRUE(read.fields.require("a", "x"));
  EXPECT_FALSE(read.fields.require("name", "\"@\""));
  EXPECT_EQ(read.lines(), Lines{"z.yaml:1:1: error: \"name\" is missing; write name: \"@\""});
}

TEST(Fields, ReportsWhatIsNoMapOnceAndIsEmptyThen) {
  Reading read("[a]");
  EXPECT_EQ(read.fields.text("a"), std::nullopt);
  EXPECT_FALSE(read.fields.require("name", "x"));
  read.fields.finish();
  EXPECT_EQ(read.lines(), Lines{"z.yaml:1:1: error: a map is wanted here, not a list; write keys "
                                "with their values"});
}

TEST(Fields, GivesThePlacesOfKeysAndValues) {
  Reading read("a: b\nc:\n  d\n");
  EXPECT_EQ(to_string(read.fields.key_place("c")), "z.yaml:2:1");
  EXPECT_EQ(to_string(read.fields.place_of("c")), "z.yaml:3:3");
  EXPECT_EQ(to_string(read.fields.place_of("absent")), "z.yaml:1:1");
  read.fields.error("c", "no such thing");
  EXPECT_EQ(read.lines(), Lines{"z.yaml:3:3: error: no such thing"});
}

TEST(Fields, ReadsAMapWithFieldsOfItsOwn) {
  Reading read("soa: {mname: ns1, typo: x}\n");
  const auto soa = read.fields.map("soa");
  ASSERT_TRUE(soa.has_value());
  Fields inner(*soa, read.diagnostics);
  EXPECT_EQ(inner.text("mname"), "ns1");
  inner.finish();
  read.fields.finish();
  EXPECT_EQ(read.lines(), Lines{"z.yaml:1:19: error: unknown key \"typo\""});
}

}  // namespace
}  // namespace rhumb
