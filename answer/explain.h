// Why an answer is what it is: filled on the way by the code that makes the answer, so that it
// cannot say otherwise. Of fixed size, nearly a megabyte, and borrows from the View: to be read
// while that is held.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "answer/client.h"
#include "answer/steer.h"
#include "base/ip.h"
#include "zones/zone_set.h"

namespace rhumb {

struct Explain {
  // A tree has kMaxGroupsPerTree groups and kMaxAnswerSets ends, and each of the kMaxCnameChain
  // names before it some aliases of CNAMEs, a CNAME and a DNAME.
  static constexpr std::uint16_t kMaxSteps = 1024;
  // All of the largest tree.
  static constexpr std::uint32_t kMaxCandidates = kMaxGroupsPerTree * kMaxSetsPerGroup;
  static constexpr std::uint16_t kNone = 0xFFFF;

  // A set of a group. Not set to anything when there is none, since there is room for so many.
  struct Candidate {
    std::uint16_t set;   // its index in the group
    std::uint16_t rank;  // 0 is the best; among those of one rank lots are drawn
    bool suits;          // this client; if not, rank says nothing
    bool alive;
    bool standing;  // no operator has taken it out
    bool chosen;
    std::uint32_t ttl_s;
  };

  struct Step {
    enum class Kind : std::uint8_t {
      kGroup,         // `group` was asked
      kSet,           // a set that is not routed: the answer, or a CNAME on the way
      kDname,         // led to another name
      kHinfo,         // is all that ANY gets here (RFC 8482)
      kReferral,      // the name is delegated
      kNoSuchType,    // NODATA
      kNoSuchName,    // NXDOMAIN
      kNameTooLong,   // YXDOMAIN: by a DNAME
      kElsewhere,     // a CNAME leads out of the zone: it is for the client to ask on
      kChainTooLong,  // or comes back to where it was: likewise
    };
    Kind kind = Kind::kSet;
    Choice choice = Choice::kStatic;  // of a group; NODATA and SERVFAIL are of it alone
    bool by_location = false;         // the client's place puts its sets in order
    std::uint8_t block = 0;           // then: bits of the block of clients with the same order
    Type type{};                      // of the records, or what was asked where there are none
    std::uint16_t from_step = kNone;  // whose alias led here; kNone: a name did
    std::uint16_t from_set = kNone;   // that alias
    const ZoneRef* zone = nullptr;
    const Node* node = nullptr;    // what the name led to, such as a wildcard or a cut; null
                                   // where it led to nothing
    const Group* group = nullptr;  // of kGroup
    std::uint32_t ttl_s = 0;       // of a set that is not routed, or of the SOA
    std::uint32_t first_candidate = 0;
    std::uint32_t candidate_count = 0;  // the candidates by preference, then those that do not suit
  };

  // The smallest TTL in the answer and what set it.
  struct Ttl {
    std::uint32_t seconds;
    std::uint16_t step;
    std::uint16_t set;  // index in the step's group, or kNone
  };
  static constexpr std::uint32_t kNoTtl = 0xFFFFFFFF;

  IpAddress client;
  ClientFrom from = ClientFrom::kSource;
  bool wants_scope = false;  // the subnet is carried back
  Scope scope = {};
  Ttl ttl = {kNoTtl, kNone, kNone};  // seconds kNoTtl: nothing in it has one
  bool last_resort = false;          // some group on the way had nothing alive to answer with
  bool truncated = false;            // there was more to say than there is room here
  std::uint16_t step_count = 0;
  std::uint32_t candidate_count = 0;
  std::array<Step, kMaxSteps> all_steps;
  std::array<Candidate, kMaxCandidates> all_candidates;

  [[nodiscard]] std::span<const Step> steps() const {
    return std::span(all_steps).first(step_count);
  }
  [[nodiscard]] std::span<const Candidate> candidates(const Step& step) const {
    return std::span(all_candidates).subspan(step.first_candidate, step.candidate_count);
  }
  // Requires: there is one.
  [[nodiscard]] Step& last_step() { return all_steps[step_count - std::size_t{1}]; }
  // Returns its index, or kNone when there was no room.
  std::uint16_t add_step(const Step& step) noexcept;
  // To the last step.
  void add_candidate(const Candidate& candidate) noexcept;
  void note_ttl(const Ttl& other) noexcept {
    if (other.seconds < ttl.seconds) ttl = other;
  }
};

}  // namespace rhumb
