#include "zones/check_loops.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "text/quote.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxChecksNamed = 8;

// Walks the children depth first, without recursion: they may be as deep as there are checks.
class LoopWalk {
 public:
  using Numbers = std::unordered_map<std::string_view, std::size_t>;
  LoopWalk(const CheckRefs& checks, const Numbers& numbers, Diagnostics& diagnostics)
      : checks_(checks), numbers_(numbers), diagnostics_(diagnostics), states_(checks.size()) {}

  bool run() {
    for (std::size_t check = 0; check < checks_.size(); ++check) {
      if (checks_[check].type == CheckType::kCalculated) walk_from(check);
    }
    return found_;
  }

 private:
  enum class State : std::uint8_t { kNew, kOpen, kDone };
  struct Step {
    std::size_t check;
    std::size_t next;  // of its children
  };

  void walk_from(std::size_t start) {
    if (states_[start] == State::kNew) open(start);
    while (!path_.empty()) {
      Step& step = path_.back();
      const CheckSpec& check = checks_[step.check];
      if (check.type != CheckType::kCalculated || step.next == check.children.size()) {
        states_[step.check] = State::kDone;
        path_.pop_back();
      } else {
        visit(check.children[step.next++]);
      }
    }
  }

  void visit(const std::string& id) {
    const auto child = numbers_.find(id);
    if (child == numbers_.end()) return;
    if (states_[child->second] == State::kNew) {
      open(child->second);
    } else if (states_[child->second] == State::kOpen) {
      report(child->second);
    }
  }

  void open(std::size_t check) {
    states_[check] = State::kOpen;
    path_.push_back({check, 0});
  }

  // The path from `first` on leads back to it.
  void report(std::size_t first) {
    found_ = true;
    const auto begin = std::ranges::find(path_, first, &Step::check);
    const auto count = static_cast<std::size_t>(path_.end() - begin);
    std::string ids;
    for (std::size_t at = 0; at < std::min(count, kMaxChecksNamed); ++at) {
      ids += checks_[(begin + static_cast<std::ptrdiff_t>(at))->check].id + " → ";
    }
    if (count > kMaxChecksNamed) ids += "… → ";
    const CheckSpec& start = checks_[first];
    diagnostics_.error(start.origin.place, "the health check " + in_quotes(start.id) +
                                               " depends on itself, " + ids + start.id +
                                               "; take one of these out of the children of the "
                                               "one before it");
  }

  const CheckRefs& checks_;
  const Numbers& numbers_;
  Diagnostics& diagnostics_;
  std::vector<State> states_;
  std::vector<Step> path_;
  bool found_ = false;
};

}  // namespace

bool report_check_loops(const CheckRefs& checks,
                        const std::unordered_map<std::string_view, std::size_t>& numbers,
                        Diagnostics& diagnostics) {
  return LoopWalk(checks, numbers, diagnostics).run();
}

}  // namespace rhumb
