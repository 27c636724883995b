// How long a start takes and what it costs: from exec to the first answer, resident and peak
// memory, for one zone of many names or many small zones. Runs the real binary.
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "bench/generator.h"
#include "server/listeners.h"
#include "server/socket_address.h"

namespace rhumb::bench {
namespace {

constexpr double kPatienceS = 120;

struct Options {
  std::string binary = RHUMB_BINARY;
  int names = 1'000'000;
  int zones = 1;
  int rounds = 5;
};

double now_s() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void write_zone(const std::string& path, const std::string& apex, int names) {
  std::ofstream file(path);
  file << "$ORIGIN " << apex
       << ".\n$TTL 300\n@ SOA ns hostmaster 1 3600 900 604800 300\n@ NS ns\nns A 192.0.2.53\n";
  for (int i = 0; i < names; ++i) {
    file << "host" << i << " A 10." << (i >> 16 & 255) << '.' << (i >> 8 & 255) << '.' << (i & 255)
         << '\n';
  }
}

// The folder with zones and rhumb.yaml; returns the name to ask for, which is in the last zone.
std::string write_all(const Options& options, const std::string& folder, const Endpoint& endpoint) {
  std::string apex;
  for (int i = 0; i < options.zones; ++i) {
    apex = "zone" + std::to_string(i) + ".example";
    write_zone(folder + "/zones/" + apex + ".zone", apex, options.names / options.zones);
  }
  std::ofstream(folder + "/rhumb.yaml")
      << "listen: [\"" << to_string(endpoint) << "\"]\ncontrolSocket: " << folder
      << "/control.sock\nlog: {level: error}\nzones: [\"zones/*.zone\"]\n";
  return "host" + std::to_string(options.names / options.zones - 1) + "." + apex + ".";
}

pid_t start(const Options& options, const std::string& folder) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  const std::string config = folder + "/rhumb.yaml";
  execl(options.binary.c_str(), "rhumb", "serve", "-c", config.c_str(), nullptr);
  std::perror("exec");
  _exit(127);
}

// Asks every few milliseconds until there is an answer; false when the server ended or patience
// did.
bool wait_for_answer(const Endpoint& server, const std::vector<std::uint8_t>& question, pid_t pid) {
  const SocketAddress address = to_socket_address(server);
  const Fd fd(socket(address.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval pause{0, 2000};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause);
  if (connect(fd.get(), address.get(), address.size) != 0) return false;
  for (const double end = now_s() + kPatienceS; now_s() < end;) {
    std::uint8_t reply[512];
    const bool sent = send(fd.get(), question.data(), question.size(), 0) > 0;
    if (sent && recv(fd.get(), reply, sizeof reply, 0) > 12 && (reply[3] & 0x0FU) == 0) return true;
    if (!sent) usleep(1000);
    if (waitpid(pid, nullptr, WNOHANG) == pid) return false;
  }
  return false;
}

// A figure of /proc/PID/status in MB.
double memory_mb(pid_t pid, const std::string& field) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field + ":", 0) == 0)
      return std::strtod(line.c_str() + field.size() + 1, nullptr) / 1024;
  }
  return 0;
}

int run(const Options& options) {
  std::string folder = "/tmp/rhumb-bench-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 1;
  std::filesystem::create_directory(folder + "/zones");
  const Endpoint server{*IpAddress::parse("127.0.0.1"),
                        static_cast<std::uint16_t>(10'000 + getpid() % 20'000)};
  const auto question = make_question(write_all(options, folder, server), "A", WithEdns::kNo);
  std::printf("%d names in %d zone(s)\n", options.names, options.zones);
  int failures = 0;
  for (int round = 0; round < options.rounds && failures == 0; ++round) {
    const double started = now_s();
    const pid_t pid = start(options, folder);
    if (wait_for_answer(server, question, pid)) {
      std::printf("exec to first answer %.2f s, resident %.0f MB, peak %.0f MB\n",
                  now_s() - started, memory_mb(pid, "VmRSS"), memory_mb(pid, "VmHWM"));
    } else {
      ++failures;
    }
    kill(pid, SIGTERM);
    waitpid(pid, nullptr, 0);
  }
  std::filesystem::remove_all(folder);
  return failures;
}

}  // namespace
}  // namespace rhumb::bench

// NOLINTNEXTLINE(bugprone-exception-escape): a tool that runs out of memory may end
int main(int argc, char** argv) {
  rhumb::bench::Options options;
  CLI::App app{"measures the start of rhumb with large zones"};
  app.add_option("--rhumb", options.binary, "the binary");
  app.add_option("--names", options.names, "names with one A record each, over all zones");
  app.add_option("--zones", options.zones, "zones to spread them over");
  app.add_option("--rounds", options.rounds, "starts");
  CLI11_PARSE(app, argc, argv);
  return rhumb::bench::run(options);
}
