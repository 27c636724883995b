#include "zones/report.h"

#include <iterator>
#include <string_view>
#include <utility>

namespace rhumb {
namespace {

struct FindingKind {
  Severity severity;
  std::string_view others;  // what is meant by "and 12 more"
};

// By Finding.
constexpr FindingKind kFindingKinds[] = {
    {Severity::kError, "errors in this zone"},
    {Severity::kError, "records that are not in this zone"},
    {Severity::kWarning, "record sets that are hidden below a delegation or DNAME"},
    {Severity::kWarning, "record sets with different TTLs"},
    {Severity::kWarning, "name servers without a usable name"},
    {Severity::kWarning, "mail addresses with an @"},
};

std::size_t limit_of(const FindingKind& kind) {
  return kind.severity == Severity::kError ? kMaxErrorsOfKind : kMaxWarningsOfKind;
}

}  // namespace

Report::Report(const std::vector<SourceFile>& sources, Diagnostics& diagnostics)
    : sources_(sources), diagnostics_(diagnostics) {
  static_assert(std::size(kFindingKinds) == std::tuple_size_v<decltype(counts_)>);
}

void Report::add(Finding kind, RecordPlace place, std::string message) {
  const auto index = static_cast<std::size_t>(kind);
  const bool is_error = kFindingKinds[index].severity == Severity::kError;
  has_errors_ = has_errors_ || is_error;
  if (++counts_[index] > limit_of(kFindingKinds[index])) return;
  if (is_error) {
    diagnostics_.error(place_of(sources_, place), std::move(message));
  } else {
    diagnostics_.warn(place_of(sources_, place), std::move(message));
  }
}

void Report::finish() {
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const std::size_t limit = limit_of(kFindingKinds[i]);
    if (counts_[i] <= limit) continue;
    std::string message = "and " + std::to_string(counts_[i] - limit) + " more ";
    message += kFindingKinds[i].others;
    if (kFindingKinds[i].severity == Severity::kError) {
      diagnostics_.error(place_of(sources_, {}), std::move(message));
    } else {
      diagnostics_.warn(place_of(sources_, {}), std::move(message));
    }
  }
}

std::string Report::place_text(RecordPlace place) const {
  return to_string(place_of(sources_, place));
}

Place place_of(const std::vector<SourceFile>& sources, RecordPlace place) {
  const bool is_known = place.file < sources.size();
  return {.file = is_known ? sources[place.file].path : std::string(),
          .line = place.line,
          .column = place.column};
}

}  // namespace rhumb
