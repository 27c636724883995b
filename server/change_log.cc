#include "server/change_log.h"

#include "server/control_access.h"

namespace rhumb {

void note_change(const std::string& from, const ControlRequest& request, const ControlReply& reply,
                 Log& log) {
  if (is_safe(request.method) || reply.status != 200) return;
  if (request.path.starts_with(kPushPrefix) || request.path.ends_with(kProbeSuffix)) return;
  log.info("API change made", {{"from", from}, {"method", request.method}, {"path", request.path}});
}

}  // namespace rhumb
