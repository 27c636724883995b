// How long a start takes and what it costs: from exec to the first answer, how many cores it used,
// resident and peak memory, for one zone of many names or many small zones. Runs the real binary.
#include <cstdio>
#include <string>

#include "bench/large_site.h"
#include "bench/options.h"

namespace rhumb::bench {
namespace {

struct Options {
  std::string binary = RHUMB_BINARY;
  SitePlan site;
  int rounds = 5;
};

bool measure_start(const Options& options, const LargeSite& site) {
  const double started = now_s();
  LargeServer server(options.binary, site);
  if (!server.wait_for(site.question(options.site.zones - 1), 0)) return false;
  const double took = now_s() - started;
  const double cpu = server.cpu_s();
  std::printf(
      "exec to first answer %.2f s, CPU %.2f s (%.2f cores), resident %.0f MB, peak %.0f MB\n",
      took, cpu, cpu / took, server.resident_mb(), server.peak_mb());
  std::fflush(stdout);
  return true;
}

int run(const Options& options) {
  const LargeSite site(options.site);
  std::printf("%d names in %d zone(s)\n", options.site.names, options.site.zones);
  for (int round = 0; round < options.rounds; ++round) {
    if (!measure_start(options, site)) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace rhumb::bench

// NOLINTNEXTLINE(bugprone-exception-escape): a tool that runs out of memory may end
int main(int argc, char** argv) {
  rhumb::bench::Options options;
  rhumb::bench::CommandLine line("measures the start of rhumb with large zones");
  line.add("--rhumb", options.binary, "the binary");
  rhumb::bench::add_options(line, options.site);
  line.add("--rounds", options.rounds, "starts");
  if (const auto code = line.parse(argc, argv)) return *code;
  return rhumb::bench::run(options);
}
