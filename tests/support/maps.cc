#include "tests/support/maps.h"

#include <memory>
#include <span>
#include <vector>

#include "server/map_work.h"

namespace rhumb::test {
namespace {

class Keeper : public MapReceiver {
 public:
  explicit Keeper(std::size_t rules) : rules_(rules) {}

  void begin(JobPart part) override { part_ = part; }
  void take_info(JobPart part, const DatabaseInfo& info) override {
    (part == JobPart::kDatabase ? maps_.database : maps_.asn_database) = info;
  }
  bool take_map(std::span<const std::byte> map) override {
    const auto bytes = std::make_shared<std::vector<std::byte>>(map.begin(), map.end());
    auto adopted = std::make_shared<ClientMap>(ClientMap::adopt(*bytes, bytes).value());
    if (maps_.of_rule.size() == rules_) {
      maps_.special = std::move(adopted);
    } else {
      maps_.of_rule.push_back(std::move(adopted));
    }
    return true;
  }
  [[nodiscard]] JobPart part() const { return part_; }
  CompiledMaps& maps() { return maps_; }

 private:
  std::size_t rules_;
  JobPart part_ = JobPart::kMaps;
  CompiledMaps maps_;
};

}  // namespace

CompileResult compile_here(const MapJob& job, Haste /*haste*/, const Wanted& /*wanted*/) {
  Keeper keeper(job.rules.size());
  if (const auto error = do_map_job(job, keeper)) {
    return CompileFailure{keeper.part(), error->message};
  }
  return std::move(keeper.maps());
}

}  // namespace rhumb::test
