#include "server/refusal_log.h"

#include <string>

namespace rhumb {

void RefusalLog::note(std::string_view from, const ControlRequest& request,
                      std::string_view reason) {
  ++refused_;
  const std::int64_t now_ms = clock_.now_ms();
  if (last_ms_ != 0 && now_ms - last_ms_ < kRefusalLogMs) return;
  log_.warn("API change refused", {{"from", std::string(from)},
                                   {"method", request.method},
                                   {"path", request.path},
                                   {"reason", std::string(reason)},
                                   {"refused", std::to_string(refused_)}});
  last_ms_ = now_ms;
  refused_ = 0;
}

}  // namespace rhumb
