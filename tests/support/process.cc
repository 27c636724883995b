#include "tests/support/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace rhumb::test {
namespace {

constexpr auto kPollPause = std::chrono::milliseconds(2);

std::vector<char*> arguments(std::vector<std::string>& command) {
  std::vector<char*> list;
  for (std::string& word : command) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

void redirect(const std::string& path, int descriptor) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(file, descriptor);
  close(file);
}

// Starts `command` with both output streams appended to files. Returns its process number.
pid_t start(std::vector<std::string> command, const std::string& out, const std::string& err) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  redirect(out, STDOUT_FILENO);
  redirect(err, STDERR_FILENO);
  execvp(command[0].c_str(), arguments(command).data());
  _exit(127);
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The exit code when `pid` ends in time, else -1.
int reap(pid_t pid, int patience_ms) {
  int status = 0;
  const bool ended = wait_until([&] { return waitpid(pid, &status, WNOHANG) == pid; }, patience_ms);
  return ended ? exit_code_of(status) : -1;
}

}  // namespace

double now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

bool wait_until(const std::function<bool()>& condition, int patience_ms) {
  const double end = now_ms() + patience_ms;
  while (!condition()) {
    if (now_ms() > end) return false;
    std::this_thread::sleep_for(kPollPause);
  }
  return true;
}

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "rhumb-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& name, const std::string& content) const {
  const std::filesystem::path path = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(path.parent_path());
  const std::filesystem::path fresh = path.string() + ".new";
  std::ofstream(fresh, std::ios::binary) << content;
  std::filesystem::rename(fresh, path);
  return path.string();
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path != nullptr ? path : "") +
                             ":/usr/sbin:/sbin:/usr/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = folder + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

Finished run(const std::vector<std::string>& command) {
  const TempDir folder;
  const std::string out = folder.path() + "/out";
  const std::string err = folder.path() + "/err";
  const pid_t pid = start(command, out, err);
  Finished finished;
  finished.exit_code = reap(pid, kPatienceMs);
  if (finished.exit_code == -1) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  finished.out = read_file(out);
  finished.err = read_file(err);
  return finished;
}

Process::Process(std::vector<std::string> command) {
  const std::string output = folder_.path() + "/output";
  pid_ = start(std::move(command), output, output);
}

Process::~Process() {
  if (!running()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool Process::running() {
  if (exit_code_ != -1) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_code_ = exit_code_of(status);
  return false;
}

void Process::signal(int number) const { kill(pid_, number); }

int Process::wait_exit(int patience_ms) {
  (void)wait_until([this] { return !running(); }, patience_ms);
  return exit_code_;
}

std::string Process::output() const { return read_file(folder_.path() + "/output"); }

bool Process::wait_output(const std::string& text, int patience_ms) {
  const auto seen = [&] { return output().find(text) != std::string::npos; };
  return wait_until([&] { return seen() || !running(); }, patience_ms) && seen();
}

bool is_gone(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string number;
  std::string name;
  std::string state;
  return !(status >> number >> name >> state) || state == "Z" || state == "X";
}

pid_t child_of(pid_t pid) {
  const std::string text = std::to_string(pid);
  std::ifstream children("/proc/" + text + "/task/" + text + "/children");
  pid_t child = 0;
  children >> child;
  return child;
}

std::size_t open_files(pid_t pid) {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/" + std::to_string(pid) + "/fd", error);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

std::string own_address(int index) {
  const auto pid = static_cast<unsigned>(getpid());
  return "127." + std::to_string(16 + (pid >> 12U) % 200) + "." +
         std::to_string((pid >> 4U) & 255U) + "." +
         std::to_string(((pid & 15U) << 4U) + static_cast<unsigned>(index));
}

std::uint16_t free_port(const std::string& address) {
  while (true) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    inet_pton(AF_INET, address.c_str(), &any.sin_addr);
    auto* generic = reinterpret_cast<sockaddr*>(&any);
    const int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof any;
    const bool free = bind(tcp, generic, sizeof any) == 0 &&
                      getsockname(tcp, generic, &size) == 0 && bind(udp, generic, sizeof any) == 0;
    close(tcp);
    close(udp);
    if (free) return ntohs(any.sin_port);
  }
}

}  // namespace rhumb::test
