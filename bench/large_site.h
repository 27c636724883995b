// A rhumb with many names: zones of made-up ones in a folder that goes with it, the real binary
// over them, and what it costs, read from outside. For what measures starts and reloads.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.h"
#include "bench/options.h"
#include "server/listeners.h"

namespace rhumb::bench {

struct SitePlan {
  int names = 1'000'000;  // over all zones, with one A record each
  int zones = 1;
  bool routed = false;  // YAML zones, in each of which two sets with a check are steered as well
  bool state = false;   // with a stateDirectory, where the last good files are kept
};

// The options that change it.
void add_options(CommandLine& line, SitePlan& plan);

class LargeSite {
 public:
  explicit LargeSite(const SitePlan& plan);
  LargeSite(const LargeSite&) = delete;
  LargeSite& operator=(const LargeSite&) = delete;
  ~LargeSite();

  // Replaces the file of `zone` by its `edition`, which is the address of the name that is asked
  // for.
  void write_zone(int zone, std::uint32_t edition) const;
  // The last name of the zone.
  [[nodiscard]] std::vector<std::uint8_t> question(int zone) const;
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] std::string config() const { return folder_ + "/rhumb.yaml"; }
  [[nodiscard]] std::string log() const { return folder_ + "/log"; }

 private:
  SitePlan plan_;
  std::string folder_;
  Endpoint endpoint_;
};

// A server that runs, and ends with this.
class LargeServer {
 public:
  LargeServer(const std::string& binary, const LargeSite& site);
  LargeServer(const LargeServer&) = delete;
  LargeServer& operator=(const LargeServer&) = delete;
  ~LargeServer();

  // Asks again and again until the address in the answer is that of `edition`; false when the
  // server ended or patience did.
  [[nodiscard]] bool wait_for(const std::vector<std::uint8_t>& question, std::uint32_t edition);
  // Until it does nothing but wait.
  void wait_idle() const;
  void reload() const;
  // CPU time of all its threads.
  [[nodiscard]] double cpu_s() const;
  [[nodiscard]] double resident_mb() const;
  [[nodiscard]] double peak_mb() const;
  // Lets the peak begin anew, where that is allowed.
  void forget_peak() const;

 private:
  // Null: no answer yet.
  [[nodiscard]] std::optional<std::uint32_t> ask(std::vector<std::uint8_t> question);

  pid_t pid_;
  Fd socket_;
  std::uint16_t asked_ = 0;
};

// Seconds on the monotonic clock.
double now_s();

}  // namespace rhumb::bench
