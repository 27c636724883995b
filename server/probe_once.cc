#include "server/probe_once.h"

#include <uv.h>

#include <utility>

#include "server/prober.h"

namespace rhumb {

ProbeReport probe_once(std::shared_ptr<const CheckSpec> spec, const Helper* helper) {
  uv_loop_t loop{};
  uv_loop_init(&loop);
  ProbeReport report;
  {
    Prober prober(&loop, {}, helper);
    prober.inspect(std::move(spec), [&](const ProbeReport& found) {
      report = found;
      uv_stop(&loop);
    });
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return report;
}

}  // namespace rhumb
