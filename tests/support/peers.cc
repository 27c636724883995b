#include "tests/support/peers.h"

#include <filesystem>
#include <stdexcept>

#include "tests/support/dns_client.h"

namespace rhumb::test {
namespace {

constexpr int kTryMs = 200;

std::string at_port(const Endpoint& endpoint) {
  return to_string(endpoint.address) + "@" + std::to_string(endpoint.port);
}

// The last zone loads last.
std::unique_ptr<Process> wait_answering(std::unique_ptr<Process> process, const Endpoint& endpoint,
                                        const std::vector<ZoneFile>& zones) {
  const auto answers = [&] {
    const auto reply = ask(endpoint, {.name = zones.back().apex, .type = "SOA"}, kTryMs);
    return reply && reply->rcode == "NOERROR";
  };
  if (!wait_until([&] { return answers() || !process->running(); }) || !process->running()) {
    throw std::runtime_error("the peer did not start: " + process->output());
  }
  return process;
}

}  // namespace

std::unique_ptr<Process> start_nsd(const TempDir& folder, const Endpoint& endpoint,
                                   const std::vector<ZoneFile>& zones) {
  const std::string program = find_program("nsd");
  if (program.empty()) return nullptr;
  const std::string home = folder.path() + "/nsd";
  std::filesystem::create_directories(home);
  std::string config =
      "server:\n  ip-address: " + at_port(endpoint) + "\n  server-count: 1\n  username: \"\"\n" +
      "  zonesdir: \"" + home + "\"\n  database: \"\"\n  pidfile: \"" + home + "/pid\"\n" +
      "  xfrdfile: \"" + home + "/xfrd\"\n  zonelistfile: \"" + home + "/list\"\n" +
      "  minimal-responses: yes\n  rrl-ratelimit: 0\n  round-robin: no\n" +
      "remote-control:\n  control-enable: no\n";
  for (const ZoneFile& zone : zones)
    config += "zone:\n  name: " + zone.apex + "\n  zonefile: " + zone.path + "\n";
  const std::string path = folder.write("nsd/nsd.conf", config);
  return wait_answering(
      std::make_unique<Process>(std::vector<std::string>{program, "-d", "-c", path}), endpoint,
      zones);
}

std::unique_ptr<Process> start_knot(const TempDir& folder, const Endpoint& endpoint,
                                    const std::vector<ZoneFile>& zones) {
  const std::string program = find_program("knotd");
  if (program.empty()) return nullptr;
  const std::string home = folder.path() + "/knot";
  std::filesystem::create_directories(home);
  std::string config =
      "server:\n  rundir: " + home + "\n  listen: " + at_port(endpoint) +
      "\n  nsid: knot\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n" +
      "database:\n  storage: " + home +
      "\nlog:\n  - target: stderr\n    any: warning\ntemplate:\n  - id: default\n" +
      "    storage: " + home + "\n    journal-content: none\n    zonefile-sync: -1\n" +
      "    zonefile-load: whole\n    semantic-checks: off\nzone:\n";
  for (const ZoneFile& zone : zones)
    config += "  - domain: " + zone.apex + "\n    file: " + zone.path + "\n";
  const std::string path = folder.write("knot/knot.conf", config);
  return wait_answering(std::make_unique<Process>(std::vector<std::string>{program, "-c", path}),
                        endpoint, zones);
}

std::unique_ptr<Process> start_gdnsd(const TempDir& folder, const Endpoint& endpoint,
                                     const std::string& config,
                                     const std::vector<ZoneFile>& zones) {
  const std::string program = find_program("gdnsd");
  if (program.empty()) return nullptr;
  const std::string home = folder.path() + "/gdnsd";
  for (const char* part : {"/zones", "/run", "/state"}) {
    std::filesystem::create_directories(home + part);
  }
  for (const ZoneFile& zone : zones) {
    const std::string name = zone.apex.substr(0, zone.apex.size() - 1);
    std::filesystem::copy_file(zone.path, home + "/zones/" + name);
  }
  folder.write("gdnsd/config", "options => {\n  listen => [ " + to_string(endpoint.address) +
                                   " ]\n  dns_port => " + std::to_string(endpoint.port) +
                                   "\n  run_dir => " + home + "/run\n  state_dir => " + home +
                                   "/state\n  udp_threads => 1\n  tcp_threads => 1\n}\n" + config);
  return wait_answering(
      std::make_unique<Process>(std::vector<std::string>{program, "-c", home, "start"}), endpoint,
      zones);
}

}  // namespace rhumb::test
