#include "server/map_work.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "geo/compile.h"

namespace rhumb {
namespace {

using Reader = Result<ReadDatabase> (*)(const std::string& path);

std::optional<Error> read_into(PlaceTable& table, const std::string& path, Reader read,
                               JobPart part, MapReceiver& receiver) {
  if (path.empty()) return std::nullopt;
  receiver.begin(part);
  Result<ReadDatabase> got = read(path);
  if (!got.ok()) return Error{got.error()};
  receiver.take_info(part, got.value().info);
  table = std::move(got.value().table);
  return std::nullopt;
}

bool compile_rules(const MapJob& job, const Databases& databases, MapReceiver& receiver) {
  for (auto first = job.rules.begin(); first != job.rules.end();) {
    const auto size = std::min<std::ptrdiff_t>(kRulesAtOnce, job.rules.end() - first);
    const std::vector<Rule> rules(first, first + size);
    for (const auto& map : compile_maps(rules, job.atlas, databases)) {
      if (!receiver.take_map(map)) return false;
    }
    first += size;
  }
  return true;
}

std::optional<Error> work(const MapJob& job, MapReceiver& receiver) {
  Databases databases;
  if (auto error = read_into(databases.places, job.atlas.database, read_places, JobPart::kDatabase,
                             receiver)) {
    return error;
  }
  if (auto error = read_into(databases.asns, job.atlas.asn_database, read_asns,
                             JobPart::kAsnDatabase, receiver)) {
    return error;
  }
  receiver.begin(JobPart::kMaps);
  if (!compile_rules(job, databases, receiver)) return std::nullopt;
  if (job.special) receiver.take_map(compile_special(job.atlas.overrides));
  return std::nullopt;
}

}  // namespace

std::optional<Error> do_map_job(const MapJob& job, MapReceiver& receiver) {
  try {
    return work(job, receiver);
  } catch (const std::bad_alloc&) {
    return Error{"needs more memory than there is for it"};
  } catch (const std::exception& error) {
    return Error{std::string("failed: ") + error.what()};
  }
}

}  // namespace rhumb
