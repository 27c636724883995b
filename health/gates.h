// What is alive, as a network of gates: each is alive while at least n of its inputs are, or, of an
// inverted one, while they are not. Checks are the leaves; CALCULATED checks, record sets and
// groups stand on them. A change walks the dependents with a worklist; the outcome is one bit a
// gate. Gates have numbers, no names, and know no DNS.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"

namespace rhumb {

using GateNumber = std::uint32_t;

constexpr GateNumber kAlwaysAlive = 0;  // the gate that every network begins with
constexpr std::size_t kMaxGates = 1U << 26U;
constexpr std::size_t kMaxGateEdges = 1U << 28U;  // inputs of all gates together
constexpr std::size_t kMaxGateInputs = 65'534;

enum class Polarity : std::uint8_t { kPlain, kInverted };

// What a gate is whatever its inputs say.
enum class Forced : std::uint8_t { kNot, kAlive, kDead };

// Whether bit `gate` is set in words as Gates::alive() gives them.
inline bool gate_bit(std::span<const std::uint64_t> words, GateNumber gate) {
  return ((words[gate / 64] >> (gate % 64)) & 1U) != 0;
}

// Who feeds whom; shared by all Gates over it and never changed. Both directions are in CSR form.
struct GateGraph {
  std::vector<std::uint32_t> first_input;  // gate g's inputs: [first_input[g], first_input[g + 1])
  std::vector<GateNumber> inputs;
  std::vector<std::uint32_t> first_dependent;
  std::vector<GateNumber> dependents;
  std::vector<std::uint16_t> at_least;  // a leaf is 1 with no inputs
  std::vector<std::uint64_t> inverted;  // a bit a gate
  std::vector<std::uint32_t> rank;      // above that of every input
};

// The values of all gates. A copy costs its arrays (2 bytes and 3 bits a gate) and shares the
// graph: two lanes over one network, such as "alive" and "not taken out by an operator", are two
// copies.
class Gates {
 public:
  // Sets a leaf. Returns every gate whose bit changed, once, the leaf first (none if it had the
  // value already); valid until the next call. Requires: `leaf` was added by add_leaf().
  std::span<const GateNumber> set(GateNumber leaf, bool alive);
  // Forces any gate, a leaf too, which keeps what it is set to for later. Returns as set().
  std::span<const GateNumber> force(GateNumber gate, Forced forced);

  // One bit a gate: word g / 64, bit g % 64. Bits past the last gate are 0.
  [[nodiscard]] std::span<const std::uint64_t> alive() const { return alive_; }
  [[nodiscard]] bool is_alive(GateNumber gate) const { return gate_bit(alive_, gate); }
  [[nodiscard]] Forced forced(GateNumber gate) const;
  // How many of a gate's inputs are alive (of a leaf: 0 or 1, as set).
  [[nodiscard]] std::uint16_t alive_inputs(GateNumber gate) const { return alive_now_[gate]; }
  [[nodiscard]] std::span<const GateNumber> inputs(GateNumber gate) const;
  [[nodiscard]] std::size_t size() const { return alive_now_.size(); }

 private:
  friend class GatesBuilder;
  // Requires: `order` has every gate, after its inputs.
  Gates(std::shared_ptr<const GateGraph> graph, std::span<const GateNumber> order);
  [[nodiscard]] bool is_leaf(GateNumber gate) const;
  [[nodiscard]] bool is_due(GateNumber gate) const;
  void queue(GateNumber gate);
  GateNumber take_lowest();
  void tell_dependents(GateNumber gate);
  std::span<const GateNumber> spread_from(GateNumber gate);

  std::shared_ptr<const GateGraph> graph_;
  std::vector<std::uint16_t> alive_now_;
  std::vector<std::uint64_t> alive_;
  std::vector<std::uint64_t> forced_alive_;
  std::vector<std::uint64_t> forced_dead_;
  std::vector<std::uint64_t> worklist_;  // a heap of rank and gate, the lowest rank first
  std::vector<GateNumber> flipped_;
};

// Numbers gates in the order they are added, from 1 on. An input may be a gate that is added later.
class GatesBuilder {
 public:
  GatesBuilder();
  // Alive until set() says otherwise: an undecided check counts as healthy.
  GateNumber add_leaf();
  // Alive while at least `at_least` inputs are: 0 is always alive, more than there are inputs
  // never. An input that is named twice counts twice. An inverted gate is turned round at the end.
  GateNumber add(std::uint32_t at_least, std::span<const GateNumber> inputs,
                 Polarity polarity = Polarity::kPlain);
  // The number that the next gate gets.
  [[nodiscard]] GateNumber next() const;
  // Refuses inputs that do not exist, a gate with too many, too many gates, and loops, whose gates
  // it names.
  [[nodiscard]] Result<Gates> build() &&;

 private:
  GateNumber append(std::uint16_t at_least, std::span<const GateNumber> inputs);

  std::shared_ptr<GateGraph> graph_;
  bool too_many_ = false;
};

}  // namespace rhumb
