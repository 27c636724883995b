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

}  // namespace rhumb
