#include "server/map_child.h"

#include <sys/prctl.h>

#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/job_packets.h"
#include "server/landlock.h"
#include "server/map_work.h"
#include "server/packets.h"
#include "server/sealed_memory.h"
#include "server/seccomp_filter.h"

namespace rhumb {
namespace {

class Sender : public MapReceiver {
 public:
  explicit Sender(const Fd& reports) : reports_(reports) {}

  void begin(JobPart part) override { send({.kind = JobReport::Kind::kBegun, .part = part}); }
  void take_info(JobPart part, const DatabaseInfo& info) override {
    send({.kind = JobReport::Kind::kInfo, .part = part, .info = info});
  }
  bool take_map(std::span<const std::byte> map) override {
    const Result<Fd> memory = seal(map);
    if (!memory.ok()) {
      fail("the memory for a map cannot be had: " + memory.error());
      return false;
    }
    return send_packet(reports_, pack({.kind = JobReport::Kind::kMap}), {memory.value().get()});
  }
  void fail(const std::string& reason) { send({.kind = JobReport::Kind::kFailed, .text = reason}); }
  void done() { send({.kind = JobReport::Kind::kDone}); }

 private:
  // Who has gone away misses nothing.
  void send(const JobReport& report) { (void)send_packet(reports_, pack(report)); }

  const Fd& reports_;
};

std::optional<MapJob> read_map_job(const Fd& job) {
  const auto memory = SealedMemory::map(job, std::numeric_limits<std::size_t>::max());
  if (!memory.ok()) return std::nullopt;
  const auto bytes = memory.value()->bytes();
  return unpack_map_job({reinterpret_cast<const char*>(bytes.data()), bytes.size()});  // NOLINT
}

// Nothing to open but the databases, no socket, no process. A kernel that lacks it does without, as
// the server's own start has told.
void keep_to_databases(const MapJob& job, const ConfineConfig& confine) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const std::array<Beneath, 2> databases = {{{job.atlas.database}, {job.atlas.asn_database}}};
  if (confine.landlock) (void)open_only(databases);
  if (confine.seccomp) (void)allow_only(Calls::kCompile);
}

}  // namespace

void run_map_job(const Fd& job, const Fd& reports, const ConfineConfig& confine) {
  Sender sender(reports);
  const auto wanted = read_map_job(job);
  if (!wanted) return sender.fail("is not understood");
  keep_to_databases(*wanted, confine);
  if (const auto error = do_map_job(*wanted, sender)) return sender.fail(error->message);
  sender.done();
}

}  // namespace rhumb
