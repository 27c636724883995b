#include "server/last_good_keeper.h"

#include <optional>
#include <utility>
#include <vector>

#include "server/clock.h"
#include "server/last_good.h"

namespace rhumb {
namespace {

// Only what is told of is looked at, and a stop does not wait for copies as it does for words.
constexpr StatePace kPace{.retry_ms = 5'000, .refresh_ms = 86'400'000, .stop_ms = 1'000};
constexpr StateWords kWords{
    .failing = "the last good files cannot be kept; --last-good would serve those of before",
    .again = "the last good files are kept again",
    .left_out = "not all of the last good files are kept"};

constexpr char kBadZones[] = "zones with errors were passed over; the files of before stay";

}  // namespace

void LastGoodKeeper::start(const std::string& state_directory, Reloader& reloader) {
  if (state_directory.empty()) return;
  // None: zones were passed over. They would have to be kept as they were, beside a rhumb.yaml that
  // nobody has accepted with them.
  const auto wanted = std::make_shared<std::optional<KeptManifest>>();
  std::vector<StateDocument> documents(1);
  documents.front().name = kManifestName;
  documents.front().text = [&reloader, wanted] {
    wanted->reset();
    const auto now = reloader.current();
    if (now->bad_zones.empty()) *wanted = last_good_of(*now, wall_clock_ms());
    return std::string();
  };
  documents.front().keep = [wanted](StateFolder& folder) {
    return *wanted ? keep_files(folder, **wanted) : Kept{.left_out = kBadZones};
  };
  StateFolder folder(state_directory + "/" + std::string(kLastGoodFolder));
  writer_ =
      std::make_unique<StateWriter>(std::move(folder), std::move(documents), log_, kPace, kWords);
  writing_ = writer_.get();
  reloader.watch([writer = writer_.get()] { writer->changed(0); });
  writer_->changed(0);
}

std::string LastGoodKeeper::problem() const {
  const StateWriter* const writer = writing_.load();
  return writer == nullptr ? std::string() : writer->problem();
}

void LastGoodKeeper::stop() {
  if (writer_ != nullptr) writer_->stop();
}

}  // namespace rhumb
