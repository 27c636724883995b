#include "bench/large_site.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bench/generator.h"
#include "server/socket_address.h"

namespace rhumb::bench {
namespace {

constexpr double kPatienceS = 300;
constexpr double kIdleS = 0.3;          // without work, and it is taken to be idle
constexpr double kIdleCpuS = 0.003;     // of which so much is none
constexpr int kReplyPatienceUs = 2000;  // a server that loads has no socket yet

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string apex_of(int zone) { return "zone" + std::to_string(zone) + ".example"; }

std::string address_of(std::uint32_t number) {
  return "10." + std::to_string(number >> 16U & 255U) + '.' + std::to_string(number >> 8U & 255U) +
         '.' + std::to_string(number & 255U);
}

std::string host_of(int number) { return "host" + std::to_string(number); }

// The last name has `last` as its address.
void write_master(std::ostream& file, const std::string& apex, int names, std::uint32_t last) {
  file << "$ORIGIN " << apex
       << ".\n$TTL 300\n@ SOA ns hostmaster 1 3600 900 604800 300\n@ NS ns\nns A 192.0.2.53\n";
  for (int i = 0; i + 1 < names; ++i) {
    file << host_of(i) << " A " << address_of(static_cast<std::uint32_t>(i)) << '\n';
  }
  file << host_of(names - 1) << " A " << address_of(last) << '\n';
}

void write_yaml(std::ostream& file, const std::string& apex, int names, std::uint32_t last) {
  file << "zone: " << apex << "\nsoa: {mname: ns, rname: hostmaster}\nrecords:\n"
       << "- {name: \"@\", type: NS, values: [ns]}\n- {name: ns, type: A, values: [192.0.2.53]}\n";
  for (const char* const set : {"a", "b"}) {
    file << "- {name: www, type: A, setIdentifier: " << set << ", weight: 1, values: [192.0.2.1], "
         << "healthCheck: {type: HTTP, disabled: true}}\n";
  }
  for (int i = 0; i < names; ++i) {
    const std::uint32_t address = i + 1 < names ? static_cast<std::uint32_t>(i) : last;
    file << "- {name: " << host_of(i) << ", type: A, values: [" << address_of(address) << "]}\n";
  }
}

std::string make_folder() {
  std::string folder = "/tmp/rhumb-bench-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) std::perror("mkdtemp"), std::exit(1);
  std::filesystem::create_directory(folder + "/zones");
  std::filesystem::create_directory(folder + "/state");
  return folder;
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

pid_t start(const std::string& binary, const LargeSite& site) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int log = open(site.log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(log, STDERR_FILENO);
  execl(binary.c_str(), "rhumb", "serve", "-c", site.config().c_str(), nullptr);
  std::perror("exec");
  _exit(127);
}

Fd connect_to(const Endpoint& server) {
  const SocketAddress address = to_socket_address(server);
  Fd fd(socket(address.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval pause{0, kReplyPatienceUs};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause);
  if (connect(fd.get(), address.get(), address.size) != 0) std::perror("connect");
  return fd;
}

}  // namespace

double now_s() { return seconds_of(CLOCK_MONOTONIC); }

void add_options(CommandLine& line, SitePlan& plan) {
  line.add("--names", plan.names, "names with one A record each, over all zones");
  line.add("--zones", plan.zones, "zones, each in a file of its own");
  line.add_flag("--routed", plan.routed, "YAML zones, with two steered sets in each");
  line.add_flag("--state", plan.state, "with a stateDirectory");
}

LargeSite::LargeSite(const SitePlan& plan)
    : plan_(plan),
      folder_(make_folder()),
      endpoint_{*IpAddress::parse("127.0.0.1"),
                static_cast<std::uint16_t>(10'000 + getpid() % 20'000)} {
  for (int zone = 0; zone < plan_.zones; ++zone) write_zone(zone, 0);
  std::ofstream(config()) << "listen: [\"" << to_string(endpoint_)
                          << "\"]\ncontrolSocket: " << folder_ << "/control.sock\n"
                          << (plan_.state ? "stateDirectory: " + folder_ + "/state\n" : "")
                          << "zones: [\"zones/*\"]\n";
}

LargeSite::~LargeSite() { std::filesystem::remove_all(folder_); }

void LargeSite::write_zone(int zone, std::uint32_t edition) const {
  const std::string next = folder_ + "/next";
  std::ofstream file(next);
  const int names = plan_.names / plan_.zones;
  (plan_.routed ? write_yaml : write_master)(file, apex_of(zone), names, edition);
  file.close();
  std::filesystem::rename(next,
                          folder_ + "/zones/" + apex_of(zone) + (plan_.routed ? ".yaml" : ".zone"));
}

std::vector<std::uint8_t> LargeSite::question(int zone) const {
  const std::string host = host_of(plan_.names / plan_.zones - 1);
  return make_question(host + "." + apex_of(zone) + ".", "A", WithEdns::kNo);
}

LargeServer::LargeServer(const std::string& binary, const LargeSite& site)
    : pid_(start(binary, site)), socket_(connect_to(site.endpoint())) {}

LargeServer::~LargeServer() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

bool LargeServer::wait_for(const std::vector<std::uint8_t>& question, std::uint32_t edition) {
  for (const double end = now_s() + kPatienceS; now_s() < end;) {
    if (ask(question) == edition) return true;
    siginfo_t ended{};
    const int failed = waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
    if (failed != 0 || ended.si_pid == pid_) return false;
    usleep(200);
  }
  return false;
}

// The address is the last thing in the reply. Late replies to earlier questions are passed over.
std::optional<std::uint32_t> LargeServer::ask(std::vector<std::uint8_t> question) {
  std::uint8_t reply[512];
  question[0] = static_cast<std::uint8_t>(++asked_ >> 8U);
  question[1] = static_cast<std::uint8_t>(asked_);
  if (send(socket_.get(), question.data(), question.size(), 0) < 0) return std::nullopt;
  ssize_t size = 0;
  do {
    size = recv(socket_.get(), reply, sizeof reply, 0);
  } while (size >= 2 && (reply[0] != question[0] || reply[1] != question[1]));
  if (size < 16 || (reply[3] & 0x0FU) != 0) return std::nullopt;
  const std::uint8_t* const address = reply + size - 4;
  return static_cast<std::uint32_t>(address[1] << 16U | address[2] << 8U | address[3]);
}

void LargeServer::wait_idle() const {
  for (double before = -1, now = cpu_s(); now - before > kIdleCpuS; now = cpu_s()) {
    before = now;
    usleep(static_cast<useconds_t>(kIdleS * 1e6));
  }
}

void LargeServer::reload() const { kill(pid_, SIGHUP); }

double LargeServer::cpu_s() const {
  clockid_t clock{};
  return clock_getcpuclockid(pid_, &clock) == 0 ? seconds_of(clock) : 0;
}

double LargeServer::resident_mb() const { return memory_mb(pid_, "VmRSS"); }

double LargeServer::peak_mb() const { return memory_mb(pid_, "VmHWM"); }

void LargeServer::forget_peak() const {
  std::ofstream("/proc/" + std::to_string(pid_) + "/clear_refs") << "5";
}

}  // namespace rhumb::bench
