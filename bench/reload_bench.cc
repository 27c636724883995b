// What a reload costs when one file among many has changed: from SIGHUP to the first changed
// answer, CPU time with all that follows, and memory before, after and at the peak. Runs the real
// binary.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "bench/large_site.h"
#include "bench/options.h"

namespace rhumb::bench {
namespace {

struct Options {
  std::string binary = RHUMB_BINARY;
  SitePlan site{.names = 100'000, .zones = 10'000};
  int reloads = 20;
};

struct Reloads {
  std::vector<double> took_ms;  // from SIGHUP to the first changed answer
  double cpu_s = 0;
};

// Each of another zone, and the next one only when all that follows is done. Empty: the server
// ended.
Reloads reload_often(const Options& options, const LargeSite& site, LargeServer& server) {
  Reloads reloads;
  const double cpu_before = server.cpu_s();
  for (int i = 0; i < options.reloads; ++i) {
    const int zone = static_cast<int>(std::int64_t{i} * options.site.zones / options.reloads);
    const auto edition = static_cast<std::uint32_t>(1'000'000 + i);
    site.write_zone(zone, edition);
    const double started = now_s();
    server.reload();
    if (!server.wait_for(site.question(zone), edition)) return {};
    reloads.took_ms.push_back((now_s() - started) * 1e3);
    server.wait_idle();
  }
  reloads.cpu_s = server.cpu_s() - cpu_before;
  return reloads;
}

// What the server said of the last one: how many zones it read and kept.
std::string last_line_of(const std::string& path) {
  std::ifstream log(path);
  std::string last;
  for (std::string line; std::getline(log, line);) last = line;
  return last;
}

int run(const Options& options) {
  if (options.reloads < 1) {
    std::fprintf(stderr, "--reloads is 1 or more\n");
    return 2;
  }
  const LargeSite site(options.site);
  LargeServer server(options.binary, site);
  std::printf("one file changed of %d, %d names in all; %d reloads\n", options.site.zones,
              options.site.names, options.reloads);
  if (!server.wait_for(site.question(0), 0)) return 1;
  server.wait_idle();
  const double before = server.resident_mb();
  std::printf("resident before %.1f MB, peak of the start %.1f MB\n", before, server.peak_mb());
  server.forget_peak();
  Reloads reloads = reload_often(options, site, server);
  if (reloads.took_ms.empty()) return 1;
  std::ranges::sort(reloads.took_ms);
  std::printf("SIGHUP to first changed answer: shortest %.1f, median %.1f, longest %.1f ms\n",
              reloads.took_ms.front(), reloads.took_ms[reloads.took_ms.size() / 2],
              reloads.took_ms.back());
  std::printf("CPU %.1f ms a reload, with all that follows it\n",
              reloads.cpu_s * 1e3 / options.reloads);
  std::printf("resident after %.1f MB, peak of the reloads %.1f MB\n", server.resident_mb(),
              server.peak_mb());
  std::printf("the server's last line: %s\n", last_line_of(site.log()).c_str());
  return 0;
}

}  // namespace
}  // namespace rhumb::bench

// NOLINTNEXTLINE(bugprone-exception-escape): a tool that runs out of memory may end
int main(int argc, char** argv) {
  rhumb::bench::Options options;
  rhumb::bench::CommandLine line(
      "measures reloads of rhumb when one zone file of many has changed");
  line.add("--rhumb", options.binary, "the binary");
  rhumb::bench::add_options(line, options.site);
  line.add("--reloads", options.reloads, "reloads");
  if (const auto code = line.parse(argc, argv)) return *code;
  return rhumb::bench::run(options);
}
