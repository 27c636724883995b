// Gathers the records and groups of one zone, checks them against each other and freezes them into
// a Zone. The readers of master files and YAML both end here, so every rule about a zone's data
// stands here once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "dns/name.h"
#include "dns/types.h"
#include "geo/rule.h"
#include "zones/remains.h"
#include "zones/zone.h"

namespace rhumb {

inline constexpr int kMaxRecordsPerSet = 4096;
inline constexpr std::size_t kMaxSetSize = 65000;  // octets of wire, so that it fits a TCP reply

// Where a record stands; small, because there are millions.
struct RecordPlace {
  std::uint32_t line = 0;
  std::uint16_t file = 0;  // as returned by add_source()
  std::uint16_t column = 0;
};

// An alias as read: the type of its group at another name.
struct AliasSpec {
  Name target;
  bool evaluate_health = true;
  bool of_pair = false;  // of a set of [A, AAAA]
  RecordPlace place{};
};

// A group as read: record sets of one owner and one type under one policy.
struct GroupSpec {
  struct Set {
    std::string identifier;
    std::string check_id;
    RecordPlace check_place;
    std::uint16_t tier = 1;
    std::uint16_t weight = 1;
    std::optional<Location> location{};  // under a location policy
    RecordPlace location_place{};
    std::optional<AliasSpec> alias{};  // instead of values
    std::vector<std::pair<std::string, std::string>> labels{};
    std::uint32_t ttl_s = 0;
    std::vector<std::vector<std::uint8_t>>
        rdata;  // wire, uncompressed; empty: no values in this family
    RecordPlace place;
  };
  Name owner;
  Type type = Type::kA;
  Policy policy = Policy::kSimple;
  OnAllUnhealthy on_all_unhealthy = OnAllUnhealthy::kIgnoreHealth;
  std::uint32_t max_answers = 1;
  std::uint32_t min_healthy = 1;
  bool sticky = false;
  bool no_match_meant = false;  // onNoMatch: noData
  std::vector<Set> sets;        // in the order of the file
  RecordPlace place;
};

// The TTLs of records that are given none.
struct DefaultTtls {
  std::uint32_t ttl_s = 3600;     // as NSD
  std::uint32_t ns_ttl_s = 3600;  // NS, SOA, and the addresses of what NS records name
};

// What a server has already shown of a zone, so that a serial never repeats for other content.
struct Served {
  std::uint32_t serial = 0;
  std::uint64_t digest = 0;
};

class ZoneBuilder {
 public:
  ZoneBuilder();
  ~ZoneBuilder();
  ZoneBuilder(const ZoneBuilder&) = delete;
  ZoneBuilder& operator=(const ZoneBuilder&) = delete;

  // Registers a file for the places of records and for the zone's list of sources.
  std::uint16_t add_source(SourceFile file);
  // The zone's name where a YAML file gives it, at `place`; otherwise the owner of the one SOA is
  // the apex.
  void set_apex(const Name& apex, RecordPlace place = {});
  // Of the records that are added from here on.
  void set_default_ttls(DefaultTtls ttls);
  // `owner` and names in `rdata` are uncompressed wire, case kept. Class IN.
  void add_record(std::span<const std::uint8_t> owner, Type type,
                  std::optional<std::uint32_t> ttl_s, std::span<const std::uint8_t> rdata,
                  RecordPlace place);
  void add_group(GroupSpec group);
  void add_check(CheckSpec check);
  // For remains() alone: a check with errors, a check whose id is not known, and a check that is
  // named by a record set that is not added.
  void add_wrong_check(CheckSpec check);
  void note_unnamed_check();
  void add_use(CheckUse use);
  // No serial was given: it is `newest` (Unix time of the newest file), or one above the last
  // served when the content changed and that is not greater (RFC 1982 arithmetic). Replaces the
  // serial of the SOA added.
  void derive_serial(std::uint32_t newest);

  // The zone, or null when anything was an error, now or already in `diagnostics`, into which every
  // error and warning goes. `served` tells what was served under this apex before, if anything; it
  // may be empty. What was gathered is freed.
  std::shared_ptr<const Zone> build(const std::function<std::optional<Served>(const Name&)>& served,
                                    Diagnostics& diagnostics);
  // What was gathered of checks, and the apex, instead of build() or after it returned null. Once.
  ZoneRemains remains();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rhumb
