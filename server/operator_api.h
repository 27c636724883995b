// The operator's part of the API: overrides, drains and pushes, as functions from a request to a
// reply.
#pragma once

#include <string>
#include <string_view>

#include "server/clock.h"
#include "server/control_api.h"
#include "server/monitor.h"

namespace rhumb {

class OperatorApi {
 public:
  // Borrowed.
  OperatorApi(Monitor& monitor, Clock clock) : monitor_(monitor), clock_(clock) {}

  // What a path can be asked with; empty when it is not one of these.
  static std::string_view methods_of(std::string_view path);
  // Requires: methods_of() has the request's path and method.
  [[nodiscard]] ControlReply handle(const ControlRequest& request);

 private:
  [[nodiscard]] ControlReply overrides();
  [[nodiscard]] ControlReply drains();
  [[nodiscard]] ControlReply put_override(const std::string& id, const ControlRequest& request);
  [[nodiscard]] ControlReply clear_override(const std::string& id);
  [[nodiscard]] ControlReply put_drain(const Label& label, const ControlRequest& request);
  [[nodiscard]] ControlReply restore(const Label& label);
  [[nodiscard]] ControlReply push(const std::string& id, const ControlRequest& request);

  Monitor& monitor_;
  Clock clock_;
};

// 404, with what may have been meant.
ControlReply unknown_check_reply(Monitor& monitor, std::string_view id);

}  // namespace rhumb
