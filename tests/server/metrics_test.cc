#include "server/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/exposition.h"
#include "tests/server/loaded.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Values with the zones of `loaded` in force and nothing counted yet.
MetricsValues values_of(const Loaded& loaded) {
  MetricsValues values;
  values.version = "1.2.3";
  values.started_s = 1'764'000'000.5;
  values.slots = loaded.counter_slots;
  values.dns = Counters(values.slots.limit()).sum();
  values.zones = loaded.zones;
  const auto alive = loaded.zones->gates().alive();
  values.alive.assign(alive.begin(), alive.end());
  return values;
}

std::shared_ptr<const Loaded> loaded_zone(const std::string& records, int max_zones = 1'000) {
  const test::TempDir folder;
  folder.write("a.yaml",
               "zone: A.example\nsoa: {mname: ns1, rname: hostmaster, serial: 7}\nrecords:\n"
               "- {name: \"@\", type: NS, values: [ns1]}\n"
               "- {name: ns1, type: A, values: [192.0.2.53]}\n" +
                   records);
  const std::string path = folder.write(
      "rhumb.yaml", "zones: [a.yaml]\nmetrics: {maxZones: " + std::to_string(max_zones) + "}\n");
  Diagnostics diagnostics;
  auto loaded = load(path, nullptr, diagnostics);
  if (loaded == nullptr) throw std::runtime_error(to_string(diagnostics.all().at(0)));
  return loaded;
}

constexpr const char* kWeighted =
    "- {name: www, type: A, setIdentifier: a, weight: 1, values: [192.0.2.1]}\n"
    "- {name: www, type: A, setIdentifier: b, weight: 1, values: [192.0.2.2]}\n";

TEST(Metrics, TellWhatRuns) {
  const std::string text = metrics_text(values_of(*loaded_zone("")));
  EXPECT_THAT(text, HasSubstr("\nrhumb_build_info{version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_start_time_seconds 1764000000.5\n"));
}

TEST(Metrics, ZonesHaveSerialRecordsAndDigest) {
  const auto loaded = loaded_zone("");
  const std::string text = metrics_text(values_of(*loaded));
  EXPECT_THAT(text, HasSubstr("\nrhumb_zone_serial{zone=\"a.example.\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("\nrhumb_zone_records{zone=\"a.example.\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("\nrhumb_zone_info{zone=\"a.example.\",digest=\""));
}

TEST(Metrics, GroupsHaveSetsAndThoseAlive) {
  const auto loaded = loaded_zone(kWeighted);
  MetricsValues values = values_of(*loaded);
  const std::string labels = "{zone=\"a.example.\",name=\"www.a.example.\",type=\"A\"} ";
  std::string text = metrics_text(values);
  EXPECT_THAT(text, HasSubstr("\nrhumb_group_sets" + labels + "2\n"));
  EXPECT_THAT(text, HasSubstr("\nrhumb_group_sets_alive" + labels + "2\n"));
  EXPECT_THAT(text, HasSubstr("\nrhumb_group_last_resort" + labels + "0\n"));
  values.alive.assign(values.alive.size(), 0);
  text = metrics_text(values);
  EXPECT_THAT(text, HasSubstr("\nrhumb_group_sets_alive" + labels + "0\n"));
  EXPECT_THAT(text, HasSubstr("\nrhumb_group_last_resort" + labels + "1\n"));
}

TEST(Metrics, GroupsHaveSetsThatOperatorsHaveTakenOut) {
  const auto loaded = loaded_zone(kWeighted);
  MetricsValues values = values_of(*loaded);
  const std::string name =
      "\nrhumb_group_sets_taken_out{zone=\"a.example.\",name=\"www.a.example.\",type=\"A\"} ";
  EXPECT_THAT(metrics_text(values), HasSubstr(name + "0\n"));
  values.standing = values.alive;
  EXPECT_THAT(metrics_text(values), HasSubstr(name + "0\n"));
  const ZoneRef& ref = loaded->zones->refs()[0];
  const std::size_t gate = std::size_t{ref.gate_base} + ref.zone->groups()[0].first_gate;
  values.standing[gate / 64] &= ~(std::uint64_t{1} << gate % 64);
  EXPECT_THAT(metrics_text(values), HasSubstr(name + "1\n"));
  values.standing.assign(values.standing.size(), 0);
  EXPECT_THAT(metrics_text(values), HasSubstr(name + "2\n"));
}

TEST(Metrics, ZonesPastTheLimitAreOthers) {
  const auto loaded = loaded_zone(kWeighted, 0);
  MetricsValues values = values_of(*loaded);
  values.dns.zones[1].responses[0] = 5;
  const std::string text = metrics_text(values);
  EXPECT_THAT(text, HasSubstr("rhumb_dns_responses_total{zone=\"other\",rcode=\"noerror\"} 5\n"));
  EXPECT_THAT(text, Not(HasSubstr("a.example.")));
}

TEST(Metrics, TellWhatTheRateLimiterWithheld) {
  MetricsValues values = values_of(*loaded_zone(""));
  EXPECT_THAT(metrics_text(values),
              HasSubstr("\nrhumb_dns_rate_limited_total{action=\"dropped\"} 0\n"));
  values.dns.withheld = {7, 8};
  EXPECT_THAT(metrics_text(values),
              HasSubstr("\nrhumb_dns_rate_limited_total{action=\"dropped\"} 7\n"
                        "rhumb_dns_rate_limited_total{action=\"slipped\"} 8\n"));
}

TEST(Metrics, WhatAZoneCanCountIsThereFromTheStart) {
  const std::string text = metrics_text(values_of(*loaded_zone(kWeighted)));
  EXPECT_THAT(text,
              HasSubstr("\nrhumb_dns_responses_total{zone=\"a.example.\",rcode=\"nxdomain\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nrhumb_answers_total{zone=\"a.example.\",policy=\"weighted\","
                              "outcome=\"lastResort\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("policy=\"failover\"")));
}

TEST(Metrics, AChecksNumbersAreItsOwn) {
  MetricsValues values = values_of(*loaded_zone(""));
  values.checks = {{.id = "lon\"don",
                    .type = CheckType::kHttp,
                    .up = false,
                    .measured_up = true,
                    .overridden = true,
                    .counts = {.probes_ok = 4,
                               .probes_failed = 3,
                               .probes_no_data = 5,
                               .to_healthy = 1,
                               .to_unhealthy = 2}},
                   {.id = "hand", .type = CheckType::kSwitch, .measured_up = false}};
  values.orphans = {"gone"};
  values.drains = {"site=lon\"don"};
  const std::string text = metrics_text(values);
  for (const char* line :
       {"rhumb_health_check_up{id=\"lon\\\"don\",type=\"HTTP\"} 0\n",
        "rhumb_health_check_transitions_total{id=\"lon\\\"don\",to=\"healthy\"} 1\n",
        "rhumb_health_check_transitions_total{id=\"lon\\\"don\",to=\"unhealthy\"} 2\n",
        "rhumb_health_check_probes_total{id=\"lon\\\"don\",result=\"ok\"} 4\n",
        "rhumb_health_check_probes_total{id=\"lon\\\"don\",result=\"failed\"} 3\n",
        "rhumb_health_check_probes_total{id=\"lon\\\"don\",result=\"noData\"} 5\n",
        "rhumb_override_active{id=\"lon\\\"don\"} 1\n", "rhumb_override_active{id=\"hand\"} 0\n",
        "rhumb_override_active{id=\"gone\"} 1\n",
        "rhumb_drain_active{label=\"site=lon\\\"don\"} 1\n",
        "rhumb_health_check_measured_up{id=\"lon\\\"don\",type=\"HTTP\"} 1\n",
        "rhumb_health_check_measured_up{id=\"hand\",type=\"SWITCH\"} 0\n",
        "rhumb_health_check_up{id=\"hand\",type=\"SWITCH\"} 1\n"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line));
  }
  EXPECT_THAT(text, Not(HasSubstr("probes_total{id=\"hand\"")));
}

TEST(Metrics, ReloadsAndDatabasesTellTheirTimes) {
  MetricsValues values = values_of(*loaded_zone(""));
  EXPECT_THAT(metrics_text(values), Not(HasSubstr("geo_database")));
  values.reloads = {.ok = 3, .failed = 2, .pending_errors = 4, .last_success_s = 1'764'000'001.25};
  values.database_built_s = 1'763'000'000;
  EXPECT_THAT(metrics_text(values), HasSubstr("\nrhumb_state_write_failed 0\n"));
  EXPECT_THAT(metrics_text(values), HasSubstr("\nrhumb_helper_up 1\n"));
  values.state_write_failed = true;
  values.helper_up = false;
  values.helper_restarts = 3;
  const std::string text = metrics_text(values);
  for (const char* line :
       {"rhumb_state_write_failed 1\n", "rhumb_helper_up 0\n", "rhumb_helper_restarts_total 3\n",
        "rhumb_reload_total{result=\"ok\"} 3\n", "rhumb_reload_total{result=\"failed\"} 2\n",
        "rhumb_reload_pending_errors 4\n",
        "rhumb_reload_last_success_timestamp_seconds 1764000001.25\n",
        "rhumb_geo_database_build_timestamp_seconds 1763000000\n"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line));
  }
}

TEST(Metrics, BeforeAnythingIsInForceThereIsTextToo) {
  MetricsValues values;
  values.dns = Counters(0).sum();
  EXPECT_THAT(metrics_text(values), HasSubstr("rhumb_dns_requests_total{transport=\"udp\""));
}

TEST(ProcessFacts, TellOfThisProcess) {
  const ProcessFacts facts = process_facts();
  EXPECT_GT(facts.resident_bytes, 1'000'000U);
  EXPECT_GE(facts.virtual_bytes, facts.resident_bytes);
  EXPECT_GE(facts.open_files, 3U);
  EXPECT_GE(facts.max_files, facts.open_files);
  EXPECT_GT(facts.cpu_seconds, 0);
}

}  // namespace
}  // namespace rhumb
