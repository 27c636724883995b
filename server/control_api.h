// What the server says about itself and lets be done to it: the API's paths as a function from a
// request to a reply, apart from any HTTP library, so that every listener serves the same.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "server/clock.h"
#include "server/config.h"
#include "server/explain.h"
#include "server/kept_replies.h"
#include "server/monitor.h"
#include "server/reload.h"
#include "server/tap.h"

namespace rhumb {

class Counters;
class Helper;

inline constexpr std::string_view kMetricsPath = "/metrics";
inline constexpr std::string_view kReloadPath = "/api/v1/reload";
inline constexpr std::string_view kStatusPath = "/api/v1/status";
inline constexpr std::string_view kZonesPath = "/api/v1/zones";
inline constexpr std::string_view kChecksPath = "/api/v1/health-checks";
inline constexpr std::string_view kExplainPath = "/api/v1/explain";
inline constexpr std::string_view kRecoverSuffix = "/recover";
inline constexpr std::string_view kProbeSuffix = "/probe";
inline constexpr std::string_view kProbedSuffix = "/probed";
inline constexpr std::string_view kPushPrefix = "/api/v1/push/";
inline constexpr std::string_view kEventsPath = "/api/v1/events";
inline constexpr std::string_view kOverridesPath = "/api/v1/overrides";
inline constexpr std::string_view kDrainsPath = "/api/v1/drains";

struct ControlRequest {
  std::string method;
  std::string path;                              // without the query, percent-decoded
  std::map<std::string, std::string> arguments;  // the query's, decoded; "" for one without a value
  std::string body;
  std::string bearer;  // of Authorization: Bearer …; empty: there is none
  // Whether who asks may change things. Only of a push, which may have a token of its own, this is
  // false.
  bool may_change = true;
};

// A body that goes on as there is more of it, until the client has had enough.
class ReplyStream {
 public:
  ReplyStream() = default;
  ReplyStream(const ReplyStream&) = delete;
  ReplyStream& operator=(const ReplyStream&) = delete;
  virtual ~ReplyStream() = default;
  // What has come since; empty: nothing yet. Bounded, however much that is.
  virtual std::string next() = 0;
  // `more` is called, from any thread, when next() may have something again; it does not block.
  // Called once, before the first next(). It is not called any more after the destructor.
  virtual void on_more(std::function<void()> more) = 0;
};

struct ControlReply {
  int status = 200;
  std::string body;
  std::string allow;  // with 405: the methods that the path has
  std::string content_type = "application/json";
  std::string challenge{};                // with 401: how to authenticate
  std::string refusal{};                  // why there was no right to it, for the log alone
  std::shared_ptr<ReplyStream> stream{};  // not null: the body comes from it
};

enum class Readiness : std::uint8_t { kStarting, kReady, kStopping };

// Why it is not ready; empty when it is.
std::string_view to_string(Readiness readiness);

// What does not change while the server runs, and how far it is.
struct ServerFacts {
  std::vector<Endpoint> listen;
  std::optional<HttpConfig> http{};  // nullopt: only the control socket is served
  std::string state_directory{};     // empty: no state is kept
  int workers = 1;
  Clock clock;
  std::atomic<Readiness> readiness{Readiness::kStarting};
  const Helper* helper = nullptr;                   // null: there is none to tell of
  std::function<std::string()> state_problem = {};  // why state cannot be kept; empty: it can
  const Tap* tap = nullptr;                         // null: there is none
  const Counters* counters = nullptr;               // of those who answer; null: there are none
};

class ControlApi {
 public:
  // Called once, from any thread, and possibly before handle() returns.
  using Done = KeptReplies::Done;

  // All borrowed. Without a `keep`, no reply waits for it, and with one no longer than
  // `keep_patience_ms`.
  ControlApi(const ServerFacts& facts, Monitor& monitor, Reloader& reloader,
             KeptReplies::Keep keep = {}, std::int64_t keep_patience_ms = kKeepPatienceMs);

  // bad_alloc: `done` is not called. A change may be in force all the same.
  void handle(const ControlRequest& request, const Done& done);
  // To be called again and again, by the thread that calls handle(): answers what must not wait any
  // longer.
  void tick() { kept_.tell_overdue(facts_.clock.now_ms()); }
  // From its return on until thaw() whatever would change something is refused, since another
  // server takes this one's place and would not know of it. Any thread.
  void freeze() {
    const std::lock_guard lock(changing_);
    frozen_ = true;
  }
  void thaw() {
    const std::lock_guard lock(changing_);
    frozen_ = false;
  }

 private:
  void change(const ControlRequest& request, const Done& done);
  [[nodiscard]] ControlReply get(const ControlRequest& request);
  [[nodiscard]] ControlReply ready() const;
  [[nodiscard]] ControlReply while_starting(std::string_view path) const;
  [[nodiscard]] ControlReply status();
  [[nodiscard]] ControlReply metrics();
  [[nodiscard]] ControlReply checks();
  [[nodiscard]] ControlReply check(std::string_view id);
  [[nodiscard]] ControlReply probed(std::string_view id);
  [[nodiscard]] ControlReply events(const ControlRequest& request);
  [[nodiscard]] ControlReply zones();
  [[nodiscard]] ControlReply explain(const ControlRequest& request);
  [[nodiscard]] Tellers tellers();
  [[nodiscard]] ControlReply recover(std::string_view id);
  [[nodiscard]] ControlReply not_manual_reply(std::string_view id);
  void probe(std::string_view id, const Done& done);
  [[nodiscard]] ControlReply probe_reply(const std::string& id, Probed probed,
                                         const ProbeReport& report);

  const ServerFacts& facts_;
  Monitor& monitor_;
  Reloader& reloader_;
  KeptReplies kept_;
  std::mutex changing_;  // guards what follows, and is held over each change
  bool frozen_ = false;
};

// {"error": …}
ControlReply error_reply(int status, std::string_view message);

}  // namespace rhumb
