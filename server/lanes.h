// The gates of one edition in three lanes: what is alive; what stands, which is all that no
// operator has taken out, and among which chooses who finds nothing alive; and what checks would be
// by probes alone, were no operator there. Knows neither threads nor who says what.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "health/gates.h"
#include "health/machine.h"
#include "server/operator.h"
#include "zones/zone_set.h"

namespace rhumb {

// Check i of a zone set has this gate.
constexpr GateNumber gate_of(std::size_t check) { return static_cast<GateNumber>(check + 1); }

class Lanes {
 public:
  // Nothing is unhealthy, and all stands. Throws std::bad_alloc.
  explicit Lanes(std::shared_ptr<const ZoneSet> zones);

  // Puts a check where it belongs: `found` is what it says without its operator. Of a CALCULATED
  // check, whose inputs decide, only what is said of it and `disabled` count.
  void put_check(std::size_t check, Health found, const Operator& said);
  // Likewise a record set, by its gate and labels.
  void put_set(GateNumber gate, std::span<const Label> labels, const Operator& said);
  // Likewise every record set of the edition.
  void put_sets(const Operator& said);

  [[nodiscard]] const Gates& alive() const { return alive_; }
  // As Gates::alive(); empty: all stands.
  [[nodiscard]] std::span<const std::uint64_t> standing() const {
    return standing_ ? standing_->alive() : std::span<const std::uint64_t>();
  }
  // Whether enough children of a CALCULATED check are alive, before `inverted`: with what operators
  // say of the children, and by probes alone, however deep it is nested.
  [[nodiscard]] bool has_enough_children(std::size_t check) const;
  [[nodiscard]] bool has_enough_probed_children(std::size_t check) const;

  // Gates whose bit in `alive` changed since clear_flipped(), some perhaps twice.
  [[nodiscard]] std::span<const GateNumber> flipped() const { return flipped_; }
  // Likewise of what is so by probes alone, while that may differ.
  [[nodiscard]] std::span<const GateNumber> probed_flipped() const { return probed_flipped_; }
  // Whether what queries see changed since clear_flipped().
  [[nodiscard]] bool changed() const { return standing_changed_ || !flipped_.empty(); }
  void clear_flipped();

 private:
  void set(GateNumber gate, bool alive);
  void force(GateNumber gate, Forced forced);
  void force_probed(GateNumber gate, Forced forced);
  void take_out(GateNumber gate, bool out);
  void overrule(std::size_t check, bool overruled);
  [[nodiscard]] const Gates& probed() const { return probed_ ? *probed_ : alive_; }
  [[nodiscard]] bool has_enough(const Gates& gates, std::size_t check) const;
  [[nodiscard]] Forced standing_force(GateNumber gate) const;
  void note(std::span<const GateNumber> flipped);
  void note_probed(std::span<const GateNumber> flipped);

  std::shared_ptr<const ZoneSet> zones_;
  Gates alive_;
  std::optional<Gates> standing_;  // only while something is taken out
  std::size_t out_ = 0;            // gates that are taken out
  std::optional<Gates> probed_;    // only while an operator says something of a check
  std::vector<bool> overruled_;    // by check: whether one does
  std::size_t overruled_count_ = 0;
  std::vector<GateNumber> flipped_;
  std::vector<GateNumber> probed_flipped_;
  bool standing_changed_ = false;
};

// Calls `visit` with the gate of every record set of a group, and the set.
template <typename Visit>
void for_each_set(const ZoneSet& zones, Visit visit) {
  for (const ZoneRef& ref : zones.refs()) {
    const auto groups = ref.zone->groups();
    for (std::size_t i = 0; i < groups.size(); ++i) {
      GateNumber gate = ref.gate_base + groups[i].first_gate;
      for (const GroupInfo::Set& set : ref.zone->info().groups[i].sets) visit(gate++, set);
    }
  }
}

}  // namespace rhumb
