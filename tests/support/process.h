// Real processes, folders and waiting for tests: nothing here sleeps for a fixed time, it waits on
// a condition with a deadline.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace rhumb::test {

inline constexpr int kPatienceMs =
    20'000;  // generous: the machine may be busy, sanitizers are slow

// True as soon as `condition` holds, asked again every few milliseconds; false after `patience_ms`.
[[nodiscard]] bool wait_until(const std::function<bool()>& condition,
                              int patience_ms = kPatienceMs);

// Milliseconds on the monotonic clock.
double now_ms();

// A folder that is removed with all that is in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  // Writes a file (replacing it by rename, as editors do) and returns its path. Makes folders as
  // needed.
  std::string write(const std::string& name,  // NOLINT(modernize-use-nodiscard): for its effect
                    const std::string& content) const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);

// A program found in PATH or the sbin folders; empty when it is not installed.
std::string find_program(const std::string& name);

struct Finished {
  int exit_code = -1;  // 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

// Runs a program to its end, kPatienceMs at most.
Finished run(const std::vector<std::string>& command);

// A program that runs until it is told to stop; killed with its owner. Its output goes to a file.
class Process {
 public:
  explicit Process(std::vector<std::string> command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();
  void signal(int number) const;
  // Waits for its end and returns the exit code as Finished does; -1 when it goes on.
  int wait_exit(int patience_ms = kPatienceMs);
  // All that it has written so far, both streams.
  [[nodiscard]] std::string output() const;
  // True once its output holds `text`.
  [[nodiscard]] bool wait_output(const std::string& text, int patience_ms = kPatienceMs);

 private:
  TempDir folder_;
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

// True when no such process runs any more, though its parent may not have asked for its end yet.
bool is_gone(pid_t pid);

// The first child that a process's main thread has; 0: there is none.
pid_t child_of(pid_t pid);

// How many files a process has open; 0 when it is gone.
std::size_t open_files(pid_t pid);

// An address of 127.0.0.0/8 that no other test process uses; `index` gives further ones (0…15).
std::string own_address(int index = 0);

// A TCP and UDP port of `address` that is free now.
std::uint16_t free_port(const std::string& address);

}  // namespace rhumb::test
