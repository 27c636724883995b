#include "server/exchange.h"

#include <chrono>
#include <utility>

#include "server/grpc_probe.h"
#include "server/http_probe.h"
#include "server/prometheus_probe.h"
#include "server/tls_probe.h"
#include "zones/token_file.h"

namespace rhumb {
namespace {

constexpr std::size_t kPeekBytes = 200;

std::int64_t unix_now_s() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

void ask_for_details(TransferRequest& request) {
  request.certificate = true;
  request.times = true;
  request.peek_bytes = kPeekBytes;
}

}  // namespace

ProbeResult unasked(const CheckSpec& spec, const std::string& why) {
  return spec.type == CheckType::kPrometheus ? no_data(spec, why) : failed(why);
}

Exchanges::Exchanges(uv_loop_t* loop, const Helper* helper)
    : transfers_(loop), dns_(loop), execs_(loop, helper), later_(make_timer(loop, this)) {}

Exchanges::~Exchanges() = default;

void Exchanges::start(const std::shared_ptr<const CheckSpec>& spec, const IpAddress& address,
                      Patience patience, Detail detail, Done done) {
  switch (spec->type) {
    case CheckType::kHttp:
    case CheckType::kHttps:
      return transfer(spec, http_request(*spec, address, patience), detail, judge_http,
                      std::move(done));
    case CheckType::kTcp:
      return transfer(spec, tcp_request(*spec, address, patience), detail, judge_tcp,
                      std::move(done));
    case CheckType::kTls: {
      const auto judge = [](const CheckSpec& asked, const TransferResult& result) {
        return judge_tls(asked, result, unix_now_s());
      };
      return transfer(spec, tls_request(*spec, address, patience), detail, judge, std::move(done));
    }
    case CheckType::kGrpc:
      return transfer(spec, grpc_request(*spec, address, patience), detail, judge_grpc,
                      std::move(done));
    case CheckType::kPrometheus:
      return query(spec, address, patience, detail, std::move(done));
    case CheckType::kDns:
      return dns_.start(spec, address, patience, std::move(done));
    case CheckType::kExec:
      return execs_.start(spec, patience.timeout_ms, [done = std::move(done)](ProbeResult result) {
        done({std::move(result), {}, false});
      });
    case CheckType::kPush:
    case CheckType::kSwitch:
    case CheckType::kCalculated:
      return answer_later(failed("checks of this type are not probed"), std::move(done));
  }
}

void Exchanges::transfer(const std::shared_ptr<const CheckSpec>& spec, TransferRequest request,
                         Detail detail, Judge judge, Done done) {
  if (detail == Detail::kAll) ask_for_details(request);
  transfers_.start(request, [spec, judge = std::move(judge),
                             done = std::move(done)](const TransferResult& result) {
    if (result.end == TransferEnd::kFailed && result.want != 0) {
      return done({without_data(system_word(result.want)), {}, false});
    }
    const bool unreachable =
        result.end != TransferEnd::kDone && result.phase == TransferPhase::kConnect;
    const bool is_text = spec->type != CheckType::kGrpc;
    ProbeDetails details{result.times, result.certificate,
                         is_text ? result.body.substr(0, kPeekBytes) : std::string()};
    done({judge(*spec, result), std::move(details), unreachable});
  });
}

// The token is read each time, so that one that was replaced is used from the next probe on,
// without a reload. That is a local file of some octets, opened so that nothing is waited for; to
// look only whether it changed would ask the system as often.
void Exchanges::query(const std::shared_ptr<const CheckSpec>& spec, const IpAddress& address,
                      Patience patience, Detail detail, Done done) {
  std::string token;
  if (!spec->token_file.empty()) {
    Result<std::string> read = read_token_file(spec->token_file);
    if (!read.ok()) {
      const std::string reason = "tokenFile " + spec->token_file + " " + read.error();
      return answer_later(no_data(*spec, reason), std::move(done));
    }
    token = std::move(read).value();
  }
  transfer(spec, prometheus_request(*spec, address, patience, token), detail, judge_prometheus,
           std::move(done));
}

void Exchanges::answer_later(ProbeResult result, Done done) {
  answers_.emplace_back(std::move(done), std::move(result));
  uv_timer_start(
      later_.get(), [](uv_timer_t* later) { static_cast<Exchanges*>(later->data)->answer_now(); },
      0, 0);
}

void Exchanges::answer_now() {
  for (auto& [done, result] : std::exchange(answers_, {})) done({std::move(result), {}, false});
}

}  // namespace rhumb
