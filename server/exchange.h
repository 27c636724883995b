// One exchange with one address for a check of any type: it picks the unit that knows the type,
// which says what to send and what the reply means. It belongs to one thread and its uv loop, and
// knows neither lines nor look-ups.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "health/check.h"
#include "server/dns_probe.h"
#include "server/exec_probe.h"
#include "server/helper.h"
#include "server/http.h"
#include "server/probe_result.h"
#include "server/uv_handle.h"

namespace rhumb {

// What it means for a check that nobody could be asked.
ProbeResult unasked(const CheckSpec& spec, const std::string& why);

class Exchanges {
 public:
  using Done = std::function<void(Attempt)>;

  // `loop` and `helper`, which runs the commands of EXEC checks, outlive it; `loop` runs once more
  // after its end to free its handles.
  explicit Exchanges(uv_loop_t* loop, const Helper* helper = nullptr);
  Exchanges(const Exchanges&) = delete;
  Exchanges& operator=(const Exchanges&) = delete;
  // Drops what is under way: no `done` is called any more.
  ~Exchanges();

  // Calls `done` once, from the loop, by the end of `patience`. The caller bounds how many run at
  // once. An EXEC check has no address: `address` is not looked at.
  void start(const std::shared_ptr<const CheckSpec>& spec, const IpAddress& address,
             Patience patience, Detail detail, Done done);
  // How many connections may wait to be used again.
  void keep_connections(std::size_t count) { transfers_.keep_connections(count); }

 private:
  using Judge = std::function<ProbeResult(const CheckSpec& spec, const TransferResult& transfer)>;
  void transfer(const std::shared_ptr<const CheckSpec>& spec, TransferRequest request,
                Detail detail, Judge judge, Done done);
  void query(const std::shared_ptr<const CheckSpec>& spec, const IpAddress& address,
             Patience patience, Detail detail, Done done);
  void answer_later(ProbeResult result, Done done);
  void answer_now();

  Transfers transfers_;
  DnsProbes dns_;
  ExecProbes execs_;
  UvTimer later_;
  std::vector<std::pair<Done, ProbeResult>> answers_;
};

}  // namespace rhumb
