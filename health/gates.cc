#include "health/gates.h"

#include <algorithm>
#include <cassert>
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

// How many inputs of each gate cannot be evaluated first: all zero unless there is a loop (Kahn).
std::vector<std::uint32_t> unordered_inputs(const GateGraph& graph) {
  const std::size_t count = gate_count(graph);
  std::vector<std::uint32_t> missing(count);
  std::vector<GateNumber> ready;
  for (GateNumber gate = 0; gate < count; ++gate) {
    missing[gate] = graph.first_input[gate + 1] - graph.first_input[gate];
    if (missing[gate] == 0) ready.push_back(gate);
  }
  while (!ready.empty()) {
    const GateNumber gate = ready.back();
    ready.pop_back();
    for (const GateNumber dependent : row(graph.first_dependent, graph.dependents, gate)) {
      if (--missing[dependent] == 0) ready.push_back(dependent);
    }
  }
  return missing;
}

// The gates of one loop, each followed by an input of its own; empty if there is none.
std::vector<GateNumber> find_loop(const GateGraph& graph) {
  const std::vector<std::uint32_t> missing = unordered_inputs(graph);
  const auto stuck = [&](GateNumber gate) { return missing[gate] > 0; };
  const auto start = std::ranges::find_if(missing, [](std::uint32_t inputs) { return inputs > 0; });
  if (start == missing.end()) return {};
  // A stuck gate has a stuck input, so the walk must come back to where it has been.
  std::vector<bool> seen(missing.size());
  std::vector<GateNumber> path;
  auto gate = static_cast<GateNumber>(start - missing.begin());
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
  return spread(leaf);
}

std::span<const GateNumber> Gates::take_out(GateNumber gate) {
  flipped_.clear();
  set_bit(taken_out_, gate, true);
  return spread(gate);
}

std::span<const GateNumber> Gates::put_back(GateNumber gate) {
  flipped_.clear();
  set_bit(taken_out_, gate, false);
  return spread(gate);
}

std::span<const GateNumber> Gates::inputs(GateNumber gate) const {
  return row(graph_->first_input, graph_->inputs, gate);
}

Gates::Gates(std::shared_ptr<const GateGraph> graph)
    : graph_(std::move(graph)),
      alive_now_(gate_count(*graph_)),
      alive_(gate_count(*graph_) / 64 + 1),
      taken_out_(alive_.size()) {
  // All start dead. Those that need no alive input come alive, and the worklist does the rest,
  // which is every gate after its inputs.
  for (GateNumber gate = 0; gate < size(); ++gate) {
    if (is_leaf(gate)) alive_now_[gate] = 1;
    if (is_leaf(gate) || graph_->at_least[gate] == 0) flip_if_due(gate);
  }
  if (!flipped_.empty()) spread(flipped_.front());
  flipped_ = {};
}

bool Gates::is_leaf(GateNumber gate) const {
  return graph_->at_least[gate] == 1 && inputs(gate).empty();
}

void Gates::flip_if_due(GateNumber gate) {
  const bool now = alive_now_[gate] >= graph_->at_least[gate] && !is_taken_out(gate);
  if (now == is_alive(gate)) return;
  set_bit(alive_, gate, now);
  flipped_.push_back(gate);
}

// Inputs only ever add to a gate, so one change moves all gates the same way, and each once at
// most.
std::span<const GateNumber> Gates::spread(GateNumber gate) {
  flip_if_due(gate);
  for (std::size_t at = 0; at < flipped_.size(); ++at) {
    const GateNumber from = flipped_[at];
    const int change = is_alive(from) ? 1 : -1;
    for (const GateNumber to : row(graph_->first_dependent, graph_->dependents, from)) {
      alive_now_[to] = static_cast<std::uint16_t>(alive_now_[to] + change);
      flip_if_due(to);
    }
  }
  return flipped_;
}

GatesBuilder::GatesBuilder() : graph_(std::make_shared<GateGraph>()) {
  graph_->first_input.push_back(0);
  append(0, {});
}

GateNumber GatesBuilder::add_leaf() { return append(1, {}); }

GateNumber GatesBuilder::add(std::uint32_t at_least, std::span<const GateNumber> inputs) {
  const bool never = at_least > inputs.size();
  return append(never ? kNever : static_cast<std::uint16_t>(at_least), inputs);
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
  if (const auto loop = find_loop(*graph_); !loop.empty()) return Error{describe(loop)};
  return Gates(std::move(graph_));
}

}  // namespace rhumb
