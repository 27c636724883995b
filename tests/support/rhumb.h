// The real binary under test, and real HTTP servers for it to check.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "text/json.h"

namespace rhumb::test {

// Key `zones` of rhumb.yaml: all that its folder zones/ holds.
inline constexpr char kZonesOfFolder[] = "zones: [\"zones/*\"]\n";

// Path of the binary that this test was built with.
std::string rhumb_binary();

// A YAML zone with NS and the address of its name server; `checks` and `records` are list items as
// they stand.
std::string yaml_zone(const std::string& apex, const std::string& checks,
                      const std::string& records);

// Resident memory of a process in KiB; 0 when it is gone.
std::size_t resident_kib(pid_t pid);

// Memory that a sanitizer keeps from being used again would look like a leak: less of it in the
// processes started from now on.
void limit_sanitizer_memory();

// Whether a sanitizer has found something in the process that wrote this.
bool has_sanitizer_report(const std::string& output);

// `rhumb serve` on an address of its own, with a control socket in `folder`. If it still runs in
// the end it is stopped, and the test aborted unless it exits with 0; so it is when a sanitizer has
// reported something.
class Rhumb {
 public:
  // Writes rhumb.yaml into `folder`: `listen` and `controlSocket` first, then `more` as it stands
  // (keys at the margin: zones, healthChecks …). `start()` runs it.
  Rhumb(const TempDir& folder, const std::string& more, int address_index = 0);
  ~Rhumb();
  Rhumb(const Rhumb&) = delete;
  Rhumb& operator=(const Rhumb&) = delete;

  // Instead of rhumb_binary().
  void use_binary(std::string path) { binary_ = std::move(path); }
  // With more options, and by other programs that run what follows their words.
  void start(const std::vector<std::string>& options = {},
             const std::vector<std::string>& before = {});
  // The same on ::1 too, at the same port, or another one where another test has taken that. False:
  // it does not serve.
  [[nodiscard]] bool start_on_both_families();
  // Another process that is to take this one's place; nothing is waited for.
  [[nodiscard]] std::unique_ptr<Process> start_successor() const;
  // Has it take over. False: it does not, or the old one does not end well.
  [[nodiscard]] bool replace_by(std::unique_ptr<Process> successor);
  [[nodiscard]] bool replace() { return replace_by(start_successor()); }
  // Sends SIGHUP and waits. False: it is refused.
  [[nodiscard]] bool reload_by_signal();
  // As when the power fails: it has no last word, and start() may follow.
  void kill();
  // True once it says that it serves.
  [[nodiscard]] bool wait_serving();
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  // Of start_on_both_families().
  [[nodiscard]] Endpoint v6() const { return {*IpAddress::parse("::1"), endpoint_.port}; }
  [[nodiscard]] const std::string& config() const { return config_; }
  // Replaces rhumb.yaml's part after listen and controlSocket.
  void rewrite(const std::string& more);
  // An operator's command with --socket, such as {"status", "--json"}.
  [[nodiscard]] Finished command(std::vector<std::string> words) const;
  // What an operator's command with --json prints; null when it is no JSON.
  [[nodiscard]] JsonValue json(std::vector<std::string> words) const;
  [[nodiscard]] std::optional<Reply> ask(const Ask& question) const;
  // The answer's rdata alone, sorted; empty when there is none.
  [[nodiscard]] std::vector<std::string> addresses(const std::string& name,
                                                   const std::string& type = "A") const;
  [[nodiscard]] Process& process() const { return *process_; }

 private:
  const TempDir& folder_;
  Endpoint endpoint_;
  bool on_both_families_ = false;
  std::string more_;
  std::string config_;
  std::string socket_;
  std::string binary_ = rhumb_binary();
  std::unique_ptr<Process> process_;
};

// A real nginx in one process on one address and port: answers 200 with `body`, or 503 while told
// to.
class Nginx {
 public:
  Nginx(std::string address, std::uint16_t port, std::string body);
  [[nodiscard]] static bool installed();
  // Before start(): HTTPS with a certificate and its key, PEM files.
  void use_tls(const std::string& certificate, const std::string& key);
  void start();
  void kill();           // connections are refused
  void fail(bool on);    // 503
  void freeze(bool on);  // accepts (the kernel does), never answers

 private:
  TempDir folder_;
  std::string address_;
  std::uint16_t port_;
  std::string body_;
  std::string tls_;  // of nginx.conf; empty: none
  std::unique_ptr<Process> process_;
};

}  // namespace rhumb::test
