#include "health/check.h"

namespace rhumb {

std::string_view to_string(CheckType type) {
  switch (type) {
    case CheckType::kHttp:
      return "HTTP";
    case CheckType::kHttps:
      return "HTTPS";
    case CheckType::kTcp:
      return "TCP";
    case CheckType::kTls:
      return "TLS";
    case CheckType::kDns:
      return "DNS";
    case CheckType::kGrpc:
      return "GRPC";
    case CheckType::kExec:
      return "EXEC";
    case CheckType::kPrometheus:
      return "PROMETHEUS";
    case CheckType::kPush:
      return "PUSH";
    case CheckType::kSwitch:
      return "SWITCH";
    case CheckType::kCalculated:
      return "CALCULATED";
  }
  return "";
}

void forget_pace(CheckSpec& spec) {
  const CheckSpec plain;
  spec.interval_ms = plain.interval_ms;
  spec.failure_threshold = plain.failure_threshold;
  spec.success_threshold = plain.success_threshold;
  spec.recheck_interval_ms = plain.recheck_interval_ms;
  spec.hold_down_ms = plain.hold_down_ms;
  spec.recovery = plain.recovery;
  spec.initial_state = plain.initial_state;
}

}  // namespace rhumb
