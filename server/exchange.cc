#include "server/exchange.h"

#include <utility>

#include "server/http_probe.h"

namespace rhumb {

Exchanges::Exchanges(uv_loop_t* loop) : transfers_(loop) {}

Exchanges::~Exchanges() = default;

void Exchanges::start(const std::shared_ptr<const CheckSpec>& spec, const IpAddress& address,
                      Patience patience, Done done) {
  switch (spec->type) {
    case CheckType::kHttp:
    case CheckType::kHttps:
      return transfer(spec, http_request(*spec, address, patience), judge_http, std::move(done));
    case CheckType::kTcp:
    case CheckType::kTls:
    case CheckType::kDns:
    case CheckType::kGrpc:
    case CheckType::kExec:
    case CheckType::kPrometheus:
    case CheckType::kPush:
    case CheckType::kSwitch:
    case CheckType::kCalculated:
      return transfer(spec, tcp_request(*spec, address, patience), judge_tcp, std::move(done));
  }
}

void Exchanges::transfer(const std::shared_ptr<const CheckSpec>& spec,
                         const TransferRequest& request, Judge judge, Done done) {
  transfers_.start(request, [spec, judge, done = std::move(done)](const TransferResult& result) {
    const bool unreachable =
        result.end != TransferEnd::kDone && result.phase == TransferPhase::kConnect;
    done({judge(*spec, result), unreachable});
  });
}

}  // namespace rhumb
