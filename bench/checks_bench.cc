// What checks cost a whole server: N HTTP checks at an interval in the real rhumb, against a small
// server in a process of its own. Prints both sides' share of a core and rhumb's memory.
//   checks_bench [CHECKS=20000] [INTERVAL_S=10] [SECONDS=30] [KEEP_ALIVE=0]
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <sstream>
#include <string>
#include <thread>

#include "bench/target.h"

namespace rhumb {
namespace {

constexpr const char* kListen = "127.0.53.1:5300";  // for `load`, to see what answers take

struct Options {
  long checks = 20'000;
  long interval_s = 10;
  long seconds = 30;
  long keep_alive = 0;
};

// User and system time of a process, in seconds.
double cpu_s(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream words(text.substr(text.rfind(')') + 2));
  std::string word;
  double ticks = 0;
  for (int field = 3; words >> word; ++field) {  // proc(5): utime is the 14th, stime the 15th
    if (field == 14 || field == 15) ticks += std::strtod(word.c_str(), nullptr);
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// In MB, by the name that proc(5) gives it.
double memory_mb(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name + ":", 0) != 0) continue;
    return std::strtod(line.c_str() + name.size() + 1, nullptr) / 1024;
  }
  return 0;
}

void write_config(const std::string& folder, const Options& options, std::uint16_t port) {
  std::ofstream config(folder + "/rhumb.yaml");
  config << "listen: [\"" << kListen << "\"]\ncontrolSocket: " << folder
         << "/control.sock\nworkers: 1\n"
         << "startupWait: 1s\nzones: [zone.yaml]\nhealthCheckDefaults: {type: HTTP, port: " << port
         << ", host: www.example.com, path: /healthz, interval: " << options.interval_s
         << "s, keepAlive: " << (options.keep_alive != 0 ? "true" : "false")
         << "}\nhealthChecks:\n";
  for (long i = 0; i < options.checks; ++i) {
    config << "- {id: check-" << i << ", address: 127.0." << 1 + i / 200 % 250 << "." << 1 + i % 200
           << "}\n";
  }
  std::ofstream zone(folder + "/zone.yaml");
  zone << "zone: example.com\nsoa: {mname: ns1, rname: hostmaster}\nrecords:\n"
       << "- {name: \"@\", type: NS, values: [ns1]}\n"
       << "- {name: ns1, type: A, values: [192.0.2.53]}\n";
}

pid_t start_server(const std::string& folder) {
  const pid_t server = fork();
  if (server != 0) return server;
  const std::string config = folder + "/rhumb.yaml";
  const std::string log = folder + "/log";
  if (std::freopen(log.c_str(), "w", stderr) == nullptr) _exit(1);
  execl(RHUMB_BINARY, RHUMB_BINARY, "serve", "-c", config.c_str(), nullptr);
  _exit(127);
}

void measure(const Options& options, pid_t server, pid_t target,
             const std::atomic<std::uint64_t>& answered) {
  // The first round at once, the step into the rhythm, and one round in it.
  std::this_thread::sleep_for(std::chrono::seconds(2 * options.interval_s + 2));
  const double server_begun_s = cpu_s(server);
  const double target_begun_s = cpu_s(target);
  const std::uint64_t answered_before = answered;
  const auto begun = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::seconds(options.seconds));
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begun;
  const double server_share = (cpu_s(server) - server_begun_s) / passed.count();
  const double target_share = (cpu_s(target) - target_begun_s) / passed.count();
  const double rate = static_cast<double>(answered - answered_before) / passed.count();
  std::printf("checks %ld at %ld s  keepAlive %s  %.0f probes/s\n", options.checks,
              options.interval_s, options.keep_alive != 0 ? "true" : "false", rate);
  std::printf("rhumb %.1f %% of a core  %.1f us a probe  resident %.1f MB  peak %.1f MB\n",
              100 * server_share, 1e6 * server_share / rate, memory_mb(server, "VmRSS"),
              memory_mb(server, "VmHWM"));
  std::printf("target %.1f %% of a core\n", 100 * target_share);
}

int run(const Options& options) {
  std::uint16_t port = 0;
  const int listener = listen_anywhere(port);
  if (listener < 0) {
    std::perror("listen");
    return 1;
  }
  std::string folder = (std::filesystem::temp_directory_path() / "rhumb-checks-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  write_config(folder, options, port);
  void* const shared = mmap(nullptr, sizeof(std::atomic<std::uint64_t>), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 1;
  auto* const answered = new (shared) std::atomic<std::uint64_t>(0);
  const pid_t target = fork();
  if (target == 0) {
    pin_to_core(0);
    serve_checks(listener, answered);
  }
  close(listener);
  const pid_t server = start_server(folder);
  measure(options, server, target, *answered);
  kill(server, SIGTERM);
  kill(target, SIGKILL);
  int status = 0;
  waitpid(server, &status, 0);
  waitpid(target, nullptr, 0);
  std::filesystem::remove_all(folder);
  return status == 0 ? 0 : 1;
}

}  // namespace
}  // namespace rhumb

int main(int argc, char** argv) {
  rhumb::Options options;
  std::array<long*, 4> numbers = {&options.checks, &options.interval_s, &options.seconds,
                                  &options.keep_alive};
  for (int i = 1; i < argc && i <= 4; ++i) {
    *numbers[static_cast<std::size_t>(i) - 1] = std::strtol(argv[i], nullptr, 10);
  }
  return rhumb::run(options);
}
