#include "tests/answer/golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/answer/ask.h"
#include "tests/answer/atlas_yaml.h"
#include "tests/answer/decode.h"
#include "tests/answer/world.h"
#include "zones/load.h"

namespace rhumb::testing {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(RHUMB_SOURCE_DIR) / "tests/golden";

std::string messages(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& found : diagnostics.all()) text += to_string(found) + "\n";
  return text;
}

// Its keys that tell of places.
Atlas load_atlas(const std::string& config) {
  if (config.empty()) return {};
  Diagnostics diagnostics;
  Atlas atlas = read_atlas((kFolder / config).string(), diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << messages(diagnostics);
  return atlas;
}

std::shared_ptr<const ZoneSet> load(const std::vector<std::string>& files, const Atlas& atlas) {
  Diagnostics diagnostics;
  std::vector<std::shared_ptr<const Zone>> zones;
  const LoadOptions options{.check_defaults = {},
                            .served = [](const Name&) { return std::nullopt; }};
  for (const std::string& file : files) {
    zones.push_back(load_zone((kFolder / file).string(), options, diagnostics).zone);
  }
  EXPECT_FALSE(diagnostics.has_errors()) << messages(diagnostics);
  if (diagnostics.has_errors()) return nullptr;
  auto linked = ZoneSet::link(zones, {}, atlas, diagnostics);
  EXPECT_NE(linked, nullptr) << messages(diagnostics);
  return linked;
}

std::string choice_name(Choice choice) {
  switch (choice) {
    case Choice::kStatic:
      return "static";
    case Choice::kPreferred:
      return "preferred";
    case Choice::kDegraded:
      return "degraded";
    case Choice::kLastResort:
      return "lastResort";
    case Choice::kNoData:
      return "noData";
    case Choice::kServFail:
      return "servfail";
  }
  return "?";
}

// "NAME TYPE" of "NAME TTL TYPE RDATA".
std::string identifier_of(const std::string& record) {
  std::istringstream words(record);
  std::string owner, ttl, type;
  words >> owner >> ttl >> type;
  return owner + " " + type;
}

// The order of the sets counts, that of the records in one does not.
std::vector<std::string> by_set(std::vector<std::string> records) {
  for (auto first = records.begin(); first != records.end();) {
    const auto last = std::find_if(first, records.end(), [&](const std::string& record) {
      return identifier_of(record) != identifier_of(*first);
    });
    std::sort(first, last);
    first = last;
  }
  return records;
}

std::vector<std::string> sorted(std::vector<std::string> records) {
  std::ranges::sort(records);
  return records;
}

Ask ask_of(const GoldenCase& golden) {
  return {.name = golden.name,
          .type = parse_type(golden.type).value_or(Type{0}),
          .edns = golden.edns,
          .dnssec_ok = golden.dnssec_ok,
          .udp_size = golden.udp_size,
          .edns_version = golden.edns_version,
          .transport = golden.transport,
          .entropy = golden.entropy,
          .flags = static_cast<std::uint16_t>(golden.recursion_desired ? 0x0100 : 0),
          .klass = golden.klass,
          .from = golden.from,
          .ecs = golden.ecs};
}

// As Decoded::ecs has it.
std::string subnet_of(const GoldenCase& golden) {
  if (!golden.scope || !golden.ecs) return {};
  return to_string(*golden.ecs) + "/" + std::to_string(*golden.scope);
}

void change(World& world, const GoldenHealth& to) {
  ASSERT_TRUE(world.has_check(to.check_id)) << "no check " << to.check_id;
  if (to.kind == GoldenHealth::Kind::kOut || to.kind == GoldenHealth::Kind::kBack) {
    world.take_out(to.check_id, to.kind == GoldenHealth::Kind::kOut);
  } else {
    world.set_healthy(to.check_id, to.kind == GoldenHealth::Kind::kHealthy);
  }
}

void expect_reply(const GoldenCase& golden, const View& view) {
  const Ask question = ask_of(golden);
  const Answered answered = ask(view, question);
  const auto reply = decode(answered.reply);
  ASSERT_TRUE(reply);
  EXPECT_EQ(to_string(answered.outcome.rcode), golden.rcode);
  EXPECT_EQ(reply->rcode, static_cast<std::uint16_t>(answered.outcome.rcode));
  EXPECT_EQ(reply->aa, golden.authoritative);
  EXPECT_EQ(reply->tc, golden.truncated);
  EXPECT_EQ(reply->rd, golden.recursion_desired);
  EXPECT_EQ(reply->edns, golden.edns);
  EXPECT_EQ(reply->dnssec_ok, golden.dnssec_ok);
  EXPECT_EQ(reply->ecs, subnet_of(golden));
  if (!golden.choice.empty()) {
    EXPECT_EQ(choice_name(answered.outcome.choice), golden.choice);
  }
  EXPECT_EQ(by_set(reply->answer), by_set(golden.answer));
  EXPECT_EQ(by_set(reply->authority), by_set(golden.authority));
  EXPECT_EQ(sorted(reply->additional), sorted(golden.additional));
}

class GoldenTest : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, Holds) {
  const auto golden = read_golden((kFolder / (GetParam() + ".golden")).string());
  ASSERT_TRUE(golden.ok()) << golden.error();
  const Atlas atlas = load_atlas(golden.value().config);
  const auto zones = load(golden.value().zones, atlas);
  ASSERT_NE(zones, nullptr);
  World world(zones, atlas);
  for (const GoldenCase& each : golden.value().cases) {
    SCOPED_TRACE(GetParam() + ".golden:" + std::to_string(each.line) + ": ask " + each.name + " " +
                 each.type);
    for (const GoldenHealth& to : each.changes) change(world, to);
    expect_reply(each, world.view());
  }
}

std::vector<std::string> scenarios() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".golden") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string identifier(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Scenarios, GoldenTest, ::testing::ValuesIn(scenarios()), identifier);

}  // namespace
}  // namespace rhumb::testing
