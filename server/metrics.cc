#include "server/metrics.h"

#include <algorithm>
#include <bit>
#include <cctype>

#include "answer/set_mask.h"
#include "server/exposition.h"
#include "zones/digest.h"

namespace rhumb {
namespace {

using FamilyKind = Exposition::Kind;

constexpr std::array<std::string_view, 2> kTransports = {"udp", "tcp"};
constexpr std::array<std::string_view, 2> kFamilies = {"v4", "v6"};
constexpr std::array<std::string_view, kChoices> kOutcomes = {"ok", "degraded", "lastResort",
                                                              "noData", "servFail"};
// In place of an apex, which ends in a dot.
constexpr std::string_view kNoZone = "none";
constexpr std::string_view kOtherZones = "other";

std::string lower(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](unsigned char c) { return std::tolower(c); });
  return low;
}

// The label of an entry of DnsCounts::zones.
std::string_view zone_label(const CounterSlots& slots, std::size_t at) {
  if (at == 0) return kNoZone;
  return at == 1 ? kOtherZones : std::string_view(slots.apexes()[at - 2]);
}

// Entries of DnsCounts::zones that are told of.
std::size_t told_zones(const MetricsValues& values) {
  return std::min(values.dns.zones.size(), values.slots.apexes().size() + 2);
}

// Those that a zone can have, and those of questions that no zone is looked up for, are told of
// from the start: who watches a rate is not to miss the first.
bool is_shown_at_zero(Rcode rcode, std::size_t zone) {
  const bool of_zones =
      rcode == Rcode::kNoError || rcode == Rcode::kNxDomain || rcode == Rcode::kServFail;
  return (zone != 0) == of_zones && rcode != Rcode::kYxDomain;
}

void write_requests(Exposition& out, const DnsCounts& dns) {
  out.family("rhumb_dns_requests_total", FamilyKind::kCounter,
             "DNS questions that were answered, with an error too.");
  const auto types = counted_types();
  for (std::size_t transport = 0; transport < kTransports.size(); ++transport) {
    for (std::size_t family = 0; family < kFamilies.size(); ++family) {
      for (std::size_t type = 0; type < types.size(); ++type) {
        out.sample({{"transport", kTransports[transport]},
                    {"family", kFamilies[family]},
                    {"type", types[type]}},
                   dns.requests[transport][family][type]);
      }
    }
  }
}

void write_responses(Exposition& out, const MetricsValues& values) {
  out.family("rhumb_dns_responses_total", FamilyKind::kCounter,
             "DNS replies by the zone that the asked name is in and their response code.");
  const auto rcodes = counted_rcodes();
  std::vector<std::string> words;
  for (const Rcode rcode : rcodes) words.push_back(lower(to_string(rcode)));
  for (std::size_t zone = 0; zone < told_zones(values); ++zone) {
    for (std::size_t i = 0; i < rcodes.size(); ++i) {
      const std::uint64_t count = values.dns.zones[zone].responses[i];
      if (count == 0 && !is_shown_at_zero(rcodes[i], zone)) continue;
      out.sample({{"zone", zone_label(values.slots, zone)}, {"rcode", words[i]}}, count);
    }
  }
}

// Bit p: a zone that is counted there has a group of policy p.
std::vector<std::uint16_t> policies_by_zone(const MetricsValues& values) {
  std::vector<std::uint16_t> policies(values.slots.limit() + std::size_t{2});
  if (values.zones == nullptr) return policies;
  for (const ZoneRef& ref : values.zones->refs()) {
    std::uint16_t& of_zone = policies[ref.counter_slot + std::size_t{1}];
    for (const Group& group : ref.zone->groups()) {
      of_zone = static_cast<std::uint16_t>(of_zone | 1U << static_cast<unsigned>(group.policy));
    }
  }
  return policies;
}

void write_answers(Exposition& out, const MetricsValues& values) {
  out.family("rhumb_answers_total", FamilyKind::kCounter,
             "Answers that were chosen among the record sets of a group, by how that went.");
  const std::vector<std::uint16_t> policies = policies_by_zone(values);
  for (std::size_t zone = 0; zone < told_zones(values); ++zone) {
    for (std::size_t policy = 0; policy < kPolicies; ++policy) {
      const bool has_policy = (policies[zone] >> policy & 1U) != 0;
      for (std::size_t i = 0; i < kChoices; ++i) {
        const std::uint64_t count = values.dns.zones[zone].answers[policy][i];
        if (count == 0 && !has_policy) continue;
        out.sample({{"zone", zone_label(values.slots, zone)},
                    {"policy", to_string(static_cast<Policy>(policy))},
                    {"outcome", kOutcomes[i]}},
                   count);
      }
    }
  }
}

void write_dns(Exposition& out, const MetricsValues& values) {
  write_requests(out, values.dns);
  write_responses(out, values);
  out.family("rhumb_dns_request_duration_seconds", FamilyKind::kHistogram,
             "Time from when a question was read until the reply was given to the kernel.");
  out.histogram({}, values.dns.durations);
  out.family("rhumb_dns_dropped_total", FamilyKind::kCounter,
             "Messages, and connections, that got no reply.");
  for (std::size_t i = 0; i < kDrops; ++i) {
    out.sample({{"reason", to_string(static_cast<Drop>(i))}}, values.dns.dropped[i]);
  }
  out.family("rhumb_dns_rate_limited_total", FamilyKind::kCounter,
             "Replies over UDP that the rate limiter dropped, or sent as ones with TC alone.");
  for (std::size_t i = 0; i < kWithheldWays; ++i) {
    out.sample({{"action", to_string(static_cast<Withheld>(i))}}, values.dns.withheld[i]);
  }
  write_answers(out, values);
}

void write_tap(Exposition& out, const TapCounts& tap) {
  out.family("rhumb_dnstap_connected", FamilyKind::kGauge,
             "Whether the dnstap collector is connected; 0 without one.");
  out.sample({}, std::uint64_t{tap.connected});
  out.family("rhumb_dnstap_sent_total", FamilyKind::kCounter,
             "dnstap messages that were given to the collector's socket.");
  out.sample({}, tap.sent);
  out.family("rhumb_dnstap_dropped_total", FamilyKind::kCounter,
             "dnstap messages for which the collector was too slow, or that found none.");
  out.sample({}, tap.dropped);
}

void write_checks(Exposition& out, const MetricsValues& values) {
  out.family("rhumb_health_check_up", FamilyKind::kGauge,
             "Whether the check counts as healthy; what is undecided does.");
  for (const CheckValues& check : values.checks) {
    out.sample({{"id", check.id}, {"type", to_string(check.type)}}, std::uint64_t{check.up});
  }
  out.family("rhumb_health_check_measured_up", FamilyKind::kGauge,
             "Whether the check would count as healthy without overrides and drains.");
  for (const CheckValues& check : values.checks) {
    out.sample({{"id", check.id}, {"type", to_string(check.type)}},
               std::uint64_t{check.measured_up});
  }
  out.family("rhumb_health_check_transitions_total", FamilyKind::kCounter,
             "Changes of the check's verdict, by what it became.");
  for (const CheckValues& check : values.checks) {
    out.sample({{"id", check.id}, {"to", "healthy"}}, check.counts.to_healthy);
    out.sample({{"id", check.id}, {"to", "unhealthy"}}, check.counts.to_unhealthy);
  }
  out.family("rhumb_health_check_probes_total", FamilyKind::kCounter,
             "Results of the check's probes.");
  for (const CheckValues& check : values.checks) {
    if (!is_probed(check.type)) continue;
    out.sample({{"id", check.id}, {"result", "ok"}}, check.counts.probes_ok);
    out.sample({{"id", check.id}, {"result", "failed"}}, check.counts.probes_failed);
    out.sample({{"id", check.id}, {"result", "noData"}}, check.counts.probes_no_data);
  }
  out.family("rhumb_health_check_duration_seconds", FamilyKind::kHistogram,
             "Time that probes took, failed ones too, by the type of check.");
  for (std::size_t type = 0; type < kCheckTypes; ++type) {
    const auto of_type = static_cast<CheckType>(type);
    if (values.probes[type].bounds_ns.empty() || !is_probed(of_type)) continue;
    out.histogram({{"type", to_string(of_type)}}, values.probes[type]);
  }
  out.family("rhumb_override_active", FamilyKind::kGauge,
             "Whether an operator's override decides the check's verdict.");
  for (const CheckValues& check : values.checks) {
    out.sample({{"id", check.id}}, std::uint64_t{check.overridden});
  }
  for (const std::string& id : values.orphans) out.sample({{"id", id}}, std::uint64_t{1});
  out.family("rhumb_drain_active", FamilyKind::kGauge, "1 while the label is drained.");
  for (const std::string& label : values.drains) out.sample({{"label", label}}, std::uint64_t{1});
}

struct GroupValues {
  std::string zone;
  std::string name;
  std::string type;
  std::uint32_t sets = 0;
  std::uint32_t alive = 0;
  std::uint32_t taken_out = 0;
};

// Of the zones that are counted by themselves.
std::vector<GroupValues> group_values(const MetricsValues& values) {
  std::vector<GroupValues> all;
  for (const ZoneRef& ref : values.zones->refs()) {
    if (ref.counter_slot == CounterSlots::kShared) continue;
    const auto groups = ref.zone->groups();
    for (std::size_t i = 0; i < groups.size() && all.size() < kMaxMetricsGroups; ++i) {
      const GroupInfo& info = ref.zone->info().groups[i];
      const std::size_t first = std::size_t{ref.gate_base} + groups[i].first_gate;
      const std::uint32_t sets = groups[i].set_count;
      const auto count_in = [&](const std::vector<std::uint64_t>& lane) {
        return SetMask<kMaxMaskWords>::read(lane, first, sets).count();
      };
      all.push_back({.zone = to_string(ref.zone->info().apex.lower()),
                     .name = to_string(info.owner.lower()),
                     .type = to_string(info.type),
                     .sets = sets,
                     .alive = count_in(values.alive),
                     .taken_out = values.standing.empty() ? 0 : sets - count_in(values.standing)});
    }
  }
  return all;
}

void write_groups(Exposition& out, const MetricsValues& values) {
  const std::vector<GroupValues> groups = group_values(values);
  const auto write = [&](std::string_view name, std::string_view help, auto value) {
    out.family(name, FamilyKind::kGauge, help);
    for (const GroupValues& group : groups) {
      out.sample({{"zone", group.zone}, {"name", group.name}, {"type", group.type}},
                 std::uint64_t{value(group)});
    }
  };
  write("rhumb_group_sets", "Record sets of the group.",
        [](const GroupValues& group) { return group.sets; });
  write("rhumb_group_sets_alive", "Record sets of the group that are alive.",
        [](const GroupValues& group) { return group.alive; });
  write("rhumb_group_sets_taken_out", "Record sets of the group that operators have taken out.",
        [](const GroupValues& group) { return group.taken_out; });
  write("rhumb_group_last_resort", "Whether none of the group's record sets is alive.",
        [](const GroupValues& group) { return group.alive == 0 ? 1U : 0U; });
}

void write_zones(Exposition& out, const MetricsValues& values) {
  const auto each = [&](auto visit) {
    for (const ZoneRef& ref : values.zones->refs()) {
      if (ref.counter_slot == CounterSlots::kShared) continue;
      visit(to_string(ref.zone->info().apex.lower()), ref.zone->info());
    }
  };
  out.family("rhumb_zone_serial", FamilyKind::kGauge, "Serial of the zone's SOA.");
  each([&](const std::string& zone, const ZoneInfo& info) {
    out.sample({{"zone", zone}}, std::uint64_t{info.serial});
  });
  out.family("rhumb_zone_records", FamilyKind::kGauge, "Resource records of the zone.");
  each([&](const std::string& zone, const ZoneInfo& info) {
    out.sample({{"zone", zone}}, std::uint64_t{info.records});
  });
  out.family("rhumb_zone_info", FamilyKind::kGauge,
             "The digest of the zone's content, which is the same on every server that has it.");
  each([&](const std::string& zone, const ZoneInfo& info) {
    out.sample({{"zone", zone}, {"digest", digest_text(info.digest)}}, std::uint64_t{1});
  });
}

void write_reloads(Exposition& out, const MetricsValues& values) {
  const ReloadValues& reloads = values.reloads;
  out.family("rhumb_reload_total", FamilyKind::kCounter, "Reloads, by how they ended.");
  out.sample({{"result", "ok"}}, reloads.ok);
  out.sample({{"result", "failed"}}, reloads.failed);
  out.family("rhumb_reload_pending_errors", FamilyKind::kGauge,
             "Errors in the files as they are; a restart would fail.");
  out.sample({}, reloads.pending_errors);
  out.family("rhumb_reload_bad_zones", FamilyKind::kGauge,
             "Zone files with errors that the last reload went on without.");
  out.sample({}, reloads.bad_zones);
  out.family("rhumb_last_good_served", FamilyKind::kGauge,
             "Whether the last good files are served instead of those on disk.");
  out.sample({}, std::uint64_t{reloads.last_good});
  out.family("rhumb_reload_last_success_timestamp_seconds", FamilyKind::kGauge,
             "When what is served was loaded.");
  out.sample({}, reloads.last_success_s);
  out.family("rhumb_state_write_failed", FamilyKind::kGauge,
             "Whether what was to be kept for a restart could not be written.");
  out.sample({}, std::uint64_t{values.state_write_failed});
  out.family("rhumb_helper_up", FamilyKind::kGauge,
             "Whether the process that runs commands and reads databases is there.");
  out.sample({}, std::uint64_t{values.helper_up});
  out.family("rhumb_helper_restarts_total", FamilyKind::kCounter,
             "How often that process has ended and was started anew.");
  out.sample({}, std::uint64_t{values.helper_restarts});
  if (!values.database_built_s) return;
  out.family("rhumb_geo_database_build_timestamp_seconds", FamilyKind::kGauge,
             "When the oldest database in use was built.");
  out.sample({}, *values.database_built_s);
}

// As every Prometheus client names them.
void write_process(Exposition& out, const MetricsValues& values) {
  const ProcessFacts& process = values.process;
  out.family("process_start_time_seconds", FamilyKind::kGauge, "When the process started.");
  out.sample({}, values.started_s);
  out.family("process_cpu_seconds_total", FamilyKind::kCounter, "User and system CPU time.");
  out.sample({}, process.cpu_seconds);
  out.family("process_resident_memory_bytes", FamilyKind::kGauge, "Resident memory.");
  out.sample({}, process.resident_bytes);
  out.family("process_virtual_memory_bytes", FamilyKind::kGauge, "Virtual memory.");
  out.sample({}, process.virtual_bytes);
  out.family("process_open_fds", FamilyKind::kGauge, "Open file descriptors.");
  out.sample({}, process.open_files);
  out.family("process_max_fds", FamilyKind::kGauge, "File descriptors that may be open.");
  out.sample({}, process.max_files);
}

}  // namespace

std::string metrics_text(const MetricsValues& values) {
  std::string text;
  Exposition out(text);
  write_dns(out, values);
  write_tap(out, values.tap);
  write_checks(out, values);
  if (values.zones != nullptr) {
    write_groups(out, values);
    write_zones(out, values);
  }
  write_reloads(out, values);
  out.family("rhumb_build_info", FamilyKind::kGauge, "What runs.");
  out.sample({{"version", values.version}}, std::uint64_t{1});
  write_process(out, values);
  return text;
}

}  // namespace rhumb
