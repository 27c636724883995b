#include "health/gates.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <string>
#include <utility>

namespace rhumb {
namespace {

constexpr std::uint16_t kNever = 65'535;  // more than any gate has inputs
static_assert(kNever > kMaxGateInputs);
constexpr std::size_t kMaxLoopNamed = 8;

void set_bit(std::vector<std::uint64_t>& words, GateNumber gate, bool on) {
  const std::uint64_t bit = std::uint64_t{1} << (gate % 64);
  words[gate / 64] = on ? words[gate / 64] | bit : words[gate / 64] & ~bit;
}

std::span<const GateNumber> row(const std::vector<std::uint32_t>& first,
                                const std::vector<GateNumber>& all, GateNumber gate) {
  return std::span(all).subspan(first[gate], first[gate + 1] - first[gate]);
}

std::size_t gate_count(const GateGraph& graph) { return graph.at_least.size(); }

// Turns the inputs round: a counting sort by input.
void fill_dependents(GateGraph& graph) {
  const std::size_t count = gate_count(graph);
  graph.first_dependent.assign(count + 1, 0);
  for (const GateNumber input : graph.inputs) ++graph.first_dependent[input + 1];
  for (std::size_t gate = 0; gate < count; ++gate) {
    graph.first_dependent[gate + 1] += graph.first_dependent[gate];
  }
  graph.dependents.resize(graph.inputs.size());
  std::vector<std::uint32_t> at(graph.first_dependent.begin(), graph.first_dependent.end() - 1);
  for (GateNumber gate = 0; gate < count; ++gate) {
    for (const GateNumber input : row(graph.first_input, graph.inputs, gate)) {
      graph.dependents[at[input]++] = gate;
    }
  }
}

// Every gate after all its inputs, as far as that is possible: without those of loops and above
// them (Kahn).
std::vector<GateNumber> evaluation_order(const GateGraph& graph) {
  const std::size_t count = gate_count(graph);
  std::vector<std::uint32_t> missing(count);
  std::vector<GateNumber> order;
  order.reserve(count);
  for (GateNumber gate = 0; gate < count; ++gate) {
    missing[gate] = graph.first_input[gate + 1] - graph.first_input[gate];
    if (missing[gate] == 0) order.push_back(gate);
  }
  for (std::size_t at = 0; at < order.size(); ++at) {
    for (const GateNumber dependent : row(graph.first_dependent, graph.dependents, order[at])) {
      if (--missing[dependent] == 0) order.push_back(dependent);
    }
  }
  return order;
}

// The gates of one loop, each followed by an input of its own. Requires: `order` lacks a gate.
std::vector<GateNumber> find_loop(const GateGraph& graph, const std::vector<GateNumber>& order) {
  std::vector<bool> ordered(gate_count(graph));
  for (const GateNumber gate : order) ordered[gate] = true;
  const auto stuck = [&](GateNumber gate) { return !ordered[gate]; };
  // A stuck gate has a stuck input, so the walk must come back to where it has been.
  std::vector<bool> seen(ordered.size());
  std::vector<GateNumber> path;
  auto gate = static_cast<GateNumber>(std::ranges::find(ordered, false) - ordered.begin());
  while (!seen[gate]) {
    seen[gate] = true;
    path.push_back(gate);
    gate = *std::ranges::find_if(row(graph.first_input, graph.inputs, gate), stuck);
  }
  path.erase(path.begin(), std::ranges::find(path, gate));
  return path;
}

std::string describe(const std::vector<GateNumber>& loop) {
  std::string text = "gate " + std::to_string(loop.front()) + " depends on itself:";
  for (std::size_t at = 0; at < std::min(loop.size(), kMaxLoopNamed); ++at) {
    text += " " + std::to_string(loop[at]) + " ←";
  }
  if (loop.size() > kMaxLoopNamed) text += " … ←";
  return text + " " + std::to_string(loop.front());
}

std::string find_bad_input(const GateGraph& graph) {
  for (GateNumber gate = 0; gate < gate_count(graph); ++gate) {
    const auto inputs = row(graph.first_input, graph.inputs, gate);
    if (inputs.size() > kMaxGateInputs) {
      return "gate " + std::to_string(gate) + " has " + std::to_string(inputs.size()) +
             " inputs; at most " + std::to_string(kMaxGateInputs) + " are allowed";
    }
    for (const GateNumber input : inputs) {
      if (input < gate_count(graph)) continue;
      return "gate " + std::to_string(gate) + " has the input " + std::to_string(input) +
             ", which does not exist";
    }
  }
  return "";
}

}  // namespace

std::span<const GateNumber> Gates::set(GateNumber leaf, bool alive) {
  assert(is_leaf(leaf));
  flipped_.clear();
  alive_now_[leaf] = alive ? 1 : 0;
  return spread_from(leaf);
}

std::span<const GateNumber> Gates::force(GateNumber gate, Forced forced) {
  flipped_.clear();
  set_bit(forced_alive_, gate, forced == Forced::kAlive);
  set_bit(forced_dead_, gate, forced == Forced::kDead);
  return spread_from(gate);
}

Forced Gates::forced(GateNumber gate) const {
  if (gate_bit(forced_dead_, gate)) return Forced::kDead;
  return gate_bit(forced_alive_, gate) ? Forced::kAlive : Forced::kNot;
}

std::span<const GateNumber> Gates::inputs(GateNumber gate) const {
  return row(graph_->first_input, graph_->inputs, gate);
}

Gates::Gates(std::shared_ptr<const GateGraph> graph, std::span<const GateNumber> order)
    : graph_(std::move(graph)),
      alive_now_(gate_count(*graph_)),
      alive_(gate_count(*graph_) / 64 + 1),
      forced_alive_(alive_.size()),
      forced_dead_(alive_.size()) {
  for (const GateNumber gate : order) {
    const auto lives = [&](GateNumber input) { return is_alive(input); };
    const std::ptrdiff_t count = is_leaf(gate) ? 1 : std::ranges::count_if(inputs(gate), lives);
    alive_now_[gate] = static_cast<std::uint16_t>(count);
    set_bit(alive_, gate, is_due(gate));
  }
}

bool Gates::is_leaf(GateNumber gate) const {
  return graph_->at_least[gate] == 1 && inputs(gate).empty();
}

// Whether a gate's bit is other than its inputs want it.
bool Gates::is_due(GateNumber gate) const {
  const bool enough = alive_now_[gate] >= graph_->at_least[gate];
  const bool wanted = enough != gate_bit(graph_->inverted, gate);
  const bool now = (wanted || gate_bit(forced_alive_, gate)) && !gate_bit(forced_dead_, gate);
  return now != is_alive(gate);
}

void Gates::queue(GateNumber gate) {
  worklist_.push_back(std::uint64_t{graph_->rank[gate]} << 32U | gate);
  std::ranges::push_heap(worklist_, std::greater());
}

GateNumber Gates::take_lowest() {
  std::ranges::pop_heap(worklist_, std::greater());
  const auto gate = static_cast<GateNumber>(worklist_.back());
  worklist_.pop_back();
  return gate;
}

void Gates::tell_dependents(GateNumber gate) {
  const int change = is_alive(gate) ? 1 : -1;
  for (const GateNumber to : row(graph_->first_dependent, graph_->dependents, gate)) {
    const bool was_due = is_due(to);
    alive_now_[to] = static_cast<std::uint16_t>(alive_now_[to] + change);
    if (is_due(to) && !was_due) queue(to);
  }
}

// Judges a gate only after all of its inputs, so each flips once at most, whatever is inverted.
std::span<const GateNumber> Gates::spread_from(GateNumber gate) {
  queue(gate);
  while (!worklist_.empty()) {
    const GateNumber lowest = take_lowest();
    if (!is_due(lowest)) continue;
    set_bit(alive_, lowest, !is_alive(lowest));
    flipped_.push_back(lowest);
    tell_dependents(lowest);
  }
  return flipped_;
}

GatesBuilder::GatesBuilder() : graph_(std::make_shared<GateGraph>()) {
  graph_->first_input.push_back(0);
  append(0, {});
}

GateNumber GatesBuilder::add_leaf() { return append(1, {}); }

GateNumber GatesBuilder::add(std::uint32_t at_least, std::span<const GateNumber> inputs,
                             Polarity polarity) {
  const bool never = at_least > inputs.size();
  const GateNumber gate = append(never ? kNever : static_cast<std::uint16_t>(at_least), inputs);
  if (polarity == Polarity::kInverted && gate < next()) set_bit(graph_->inverted, gate, true);
  return gate;
}

GateNumber GatesBuilder::append(std::uint16_t at_least, std::span<const GateNumber> inputs) {
  const GateNumber gate = next();
  if (gate >= kMaxGates || graph_->inputs.size() + inputs.size() > kMaxGateEdges) {
    too_many_ = true;
    return gate;
  }
  graph_->inputs.insert(graph_->inputs.end(), inputs.begin(), inputs.end());
  graph_->first_input.push_back(static_cast<std::uint32_t>(graph_->inputs.size()));
  graph_->at_least.push_back(at_least);
  graph_->inverted.resize(gate / 64 + 1);
  return gate;
}

GateNumber GatesBuilder::next() const { return static_cast<GateNumber>(gate_count(*graph_)); }

Result<Gates> GatesBuilder::build() && {
  if (too_many_) {
    return Error{"more than " + std::to_string(kMaxGates) + " gates, or " +
                 std::to_string(kMaxGateEdges) + " inputs of gates"};
  }
  if (std::string bad = find_bad_input(*graph_); !bad.empty()) return Error{std::move(bad)};
  fill_dependents(*graph_);
  const std::vector<GateNumber> order = evaluation_order(*graph_);
  if (order.size() < gate_count(*graph_)) return Error{describe(find_loop(*graph_, order))};
  graph_->rank.resize(order.size());
  for (std::uint32_t rank = 0; rank < order.size(); ++rank) graph_->rank[order[rank]] = rank;
  return Gates(std::move(graph_), order);
}

}  // namespace rhumb
