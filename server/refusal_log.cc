#include "server/refusal_log.h"

#include <string>

namespace rhumb {

void RefusalLog::note(const Endpoint& from, const ControlRequest& request) {
  ++refused_;
  const std::int64_t now_ms = clock_.now_ms();
  if (last_ms_ != 0 && now_ms - last_ms_ < kRefusalLogMs) return;
  log_.warn("API change refused", {{"from", to_string(from)},
                                   {"method", request.method},
                                   {"path", request.path},
                                   {"token", request.bearer.empty() ? "none" : "wrong"},
                                   {"refused", std::to_string(refused_)}});
  last_ms_ = now_ms;
  refused_ = 0;
}

}  // namespace rhumb
