// Any request to the API over a real monitor, whose checks probe nothing: one reply, with a status
// that HTTP knows and a body that is what it says it is.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <string_view>

#include "base/published.h"
#include "server/control_api.h"
#include "server/log.h"
#include "server/monitor.h"
#include "server/reload.h"
#include "tests/server/edition.h"
#include "text/json.h"

namespace rhumb {
namespace {

constexpr std::array<std::string_view, 6> kMethods = {"GET", "PUT", "POST", "DELETE", "HEAD", "X"};
constexpr std::array<int, 11> kStatuses = {200, 400, 401, 404, 405, 409, 422, 429, 500, 503, 507};
constexpr const char* kSets =
    "- {name: www, type: A, setIdentifier: one, failover: PRIMARY, healthCheckId: www/A/one, "
    "labels: {site: a}, values: 192.0.2.1}\n"
    "- {name: www, type: A, setIdentifier: two, failover: SECONDARY, healthCheckId: two, "
    "values: 192.0.2.2}\n";

void require(bool condition) {
  if (!condition) std::abort();
}

std::shared_ptr<const Loaded> loaded() {
  CheckSpec manual = test::check_of("manual", {{"site", "a"}});
  manual.disabled = true;
  manual.recovery = Recovery::kManual;
  return test::loaded_with(test::edition(
      {test::switch_of("www/A/one"), test::switch_of("two", false), test::push_of("beat", 1'000),
       test::calculated_of("sum", {"www/A/one", "beat"}, 1), manual},
      kSets));
}

// What the API stands on, once for all inputs.
class World {
 public:
  World() {
    std::promise<void> adopted;
    monitor_.adopt(loaded_, [&](Adoption) { adopted.set_value(); });
    adopted.get_future().wait();
    facts_.readiness = Readiness::kReady;
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() { monitor_.stop(); }

  // A second call of `done` throws.
  ControlReply ask(const ControlRequest& request) {
    auto replied = std::make_shared<std::promise<ControlReply>>();
    auto reply = replied->get_future();
    api_.handle(request, [replied](ControlReply made) { replied->set_value(std::move(made)); });
    return reply.get();
  }

 private:
  const std::shared_ptr<const Loaded> loaded_ = loaded();
  ServerFacts facts_;
  Clock clock_;
  Log log_{LogLevel::kError, LogFormat::kText};
  Published<View> views_;
  Monitor monitor_{views_, clock_, log_};
  Reloader reloader_{loaded_, monitor_, clock_, log_};
  ControlApi api_{facts_, monitor_, reloader_};
};

// Up to the next line feed.
std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

void add_arguments(std::string_view query, ControlRequest& request) {
  while (!query.empty()) {
    const std::string_view argument = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(argument.size() + 1, query.size()));
    const std::string_view key = argument.substr(0, argument.find('='));
    request.arguments[std::string(key)] =
        argument.substr(std::min(key.size() + 1, argument.size()));
  }
}

// Its lines are the method's number, the path, the query and the token; the body is the rest.
ControlRequest request_of(std::string_view text) {
  ControlRequest request;
  const std::string_view method = take_line(text);
  const auto number = method.empty() ? 0U : static_cast<unsigned char>(method[0]) - unsigned{'0'};
  request.method = kMethods.at(number % kMethods.size());
  request.path = take_line(text);
  add_arguments(take_line(text), request);
  request.bearer = take_line(text);
  request.body = text;
  request.may_change = !request.path.starts_with(kPushPrefix) || request.bearer.empty();
  return request;
}

void check(const ControlRequest& request, const ControlReply& reply) {
  require(std::ranges::find(kStatuses, reply.status) != kStatuses.end());
  require((reply.status == 405) == !reply.allow.empty());
  require((reply.status == 401) == !reply.challenge.empty());
  if (reply.stream != nullptr) return require(request.method != "PUT" && reply.body.empty());
  if (reply.content_type != "application/json") return require(request.path == kMetricsPath);
  const Result<JsonValue> body = parse_json(reply.body);
  require(body.ok());
  const bool is_probed = request.path.ends_with(kProbedSuffix);  // 503 says how it is
  require(reply.status == 200 || is_probed || !body.value()["error"].text().empty());
}

}  // namespace
}  // namespace rhumb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rhumb::World world;
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  const rhumb::ControlRequest request = rhumb::request_of(text);
  const rhumb::ControlReply reply = world.ask(request);
  rhumb::check(request, reply);
  if (reply.stream != nullptr) (void)reply.stream->next();
  return 0;
}
