#include "tests/support/rhumb.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "server/listeners.h"
#include "server/socket_address.h"

namespace rhumb::test {
namespace {

bool accepts(const std::string& address, std::uint16_t port) {
  const SocketAddress peer = to_socket_address({*IpAddress::parse(address), port});
  const Fd fd(socket(peer.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connect(fd.get(), peer.get(), peer.size) == 0;
}

}  // namespace

std::string rhumb_binary() { return RHUMB_BINARY; }

std::string yaml_zone(const std::string& apex, const std::string& checks,
                      const std::string& records) {
  return "zone: " + apex + "\nttl: 5s\nsoa: {mname: ns1, rname: hostmaster}\n" +
         (checks.empty() ? "" : "healthChecks:\n" + checks) +
         "records:\n- {name: \"@\", type: NS, values: [ns1]}\n" +
         "- {name: ns1, type: A, values: [192.0.2.53]}\n" + records;
}

void limit_sanitizer_memory() {
  const char* given = std::getenv("ASAN_OPTIONS");
  const std::string options = given != nullptr ? std::string(given) + ":" : "";
  setenv("ASAN_OPTIONS", (options + "quarantine_size_mb=1").c_str(), 1);
}

std::size_t resident_kib(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stoul(line.substr(6));
  }
  return 0;
}

bool has_sanitizer_report(const std::string& output) {
  return output.find("Sanitizer:") != std::string::npos ||
         output.find("runtime error:") != std::string::npos;
}

Rhumb::Rhumb(const TempDir& folder, const std::string& more, int address_index) : folder_(folder) {
  const std::string address = own_address(address_index);
  endpoint_ = {*IpAddress::parse(address), free_port(address)};
  socket_ = folder.path() + "/control.sock";
  rewrite(more);
}

Rhumb::~Rhumb() {
  if (process_ == nullptr) return;
  const bool was_running = process_->running();
  if (was_running) process_->signal(SIGTERM);
  const int exit_code = process_->wait_exit();
  const std::string output = process_->output();
  if (!has_sanitizer_report(output) && (!was_running || exit_code == 0)) return;
  std::fprintf(stderr, "rhumb ended with %d:\n%s\n", exit_code, output.c_str());
  std::abort();
}

void Rhumb::rewrite(const std::string& more) {
  more_ = more;
  const std::string listen_v6 = on_both_families_ ? ", \"" + to_string(v6()) + "\"" : "";
  config_ = folder_.write("rhumb.yaml", "listen: [\"" + to_string(endpoint_) + "\"" + listen_v6 +
                                            "]\ncontrolSocket: " + socket_ + "\n" + more);
}

bool Rhumb::start_on_both_families() {
  constexpr int kTries = 5;
  on_both_families_ = true;
  const auto serves = [this] { return process_->output().find("serving") != std::string::npos; };
  for (int i = 0; i < kTries; ++i) {
    rewrite(more_);
    start();
    if (wait_until([&] { return serves() || !process_->running(); }) && serves()) return true;
    endpoint_.port = free_port(to_string(endpoint_.address));
  }
  return false;
}

void Rhumb::start(const std::vector<std::string>& options, const std::vector<std::string>& before) {
  std::vector<std::string> command = before;
  command.insert(command.end(), {binary_, "serve", "-c", config_});
  command.insert(command.end(), options.begin(), options.end());
  process_ = std::make_unique<Process>(std::move(command));
}

std::unique_ptr<Process> Rhumb::start_successor() const {
  return std::make_unique<Process>(
      std::vector<std::string>{binary_, "serve", "--replace", "-c", config_});
}

bool Rhumb::replace_by(std::unique_ptr<Process> successor) {
  const bool is_serving = successor->wait_output(" serving ");
  const int code = is_serving ? process_->wait_exit() : -1;
  if (code == 0) {
    process_ = std::move(successor);
    return true;
  }
  std::fprintf(stderr, "the old rhumb ended with %d:\n%s\nthe new one says:\n%s\n", code,
               process_->output().c_str(), successor->output().c_str());
  return false;
}

bool Rhumb::reload_by_signal() {
  const auto outcomes = [this] {
    const std::string output = process_->output();
    int count = 0;
    for (const char* event : {" reloaded ", " reload refused"}) {
      for (std::size_t at = 0; (at = output.find(event, at)) != std::string::npos; ++at) ++count;
    }
    return count;
  };
  const int before = outcomes();
  process_->signal(SIGHUP);
  if (!wait_until([&] { return outcomes() > before; })) return false;
  const std::string output = process_->output();
  const std::size_t good = output.rfind(" reloaded ");
  const std::size_t bad = output.rfind(" reload refused");
  return good != std::string::npos && (bad == std::string::npos || good > bad);
}

void Rhumb::kill() {
  process_->signal(SIGKILL);
  process_->wait_exit();
  process_.reset();
}

bool Rhumb::wait_serving() { return process_->wait_output("serving"); }

Finished Rhumb::command(std::vector<std::string> words) const {
  words.insert(words.begin(), binary_);
  words.insert(words.end(), {"--socket", socket_});
  return run(words);
}

JsonValue Rhumb::json(std::vector<std::string> words) const {
  words.emplace_back("--json");
  auto value = parse_json(command(std::move(words)).out);
  if (!value.ok()) return {};
  return std::move(value).value();
}

std::optional<Reply> Rhumb::ask(const Ask& question) const {
  return test::ask(endpoint_, question);
}

std::vector<std::string> Rhumb::addresses(const std::string& name, const std::string& type) const {
  std::vector<std::string> list;
  const auto reply = ask({.name = name, .type = type});
  if (!reply) return list;
  for (const std::string& line : reply->answer) list.push_back(line.substr(line.rfind(' ') + 1));
  std::sort(list.begin(), list.end());
  return list;
}

Nginx::Nginx(std::string address, std::uint16_t port, std::string body)
    : address_(std::move(address)), port_(port), body_(std::move(body)) {}

bool Nginx::installed() { return !find_program("nginx").empty(); }

void Nginx::use_tls(const std::string& certificate, const std::string& key) {
  tls_ = " ssl_certificate " + certificate + "; ssl_certificate_key " + key + ";";
}

void Nginx::start() {
  const std::string& home = folder_.path();
  const std::string config = folder_.write(
      "nginx.conf", "daemon off; master_process off; pid " + home + "/pid; error_log " + home +
                        "/error.log;\nevents {}\nhttp { access_log off;\n  client_body_temp_path " +
                        home + "/body; proxy_temp_path " + home + "/proxy; fastcgi_temp_path " +
                        home + "/fastcgi; uwsgi_temp_path " + home + "/uwsgi; scgi_temp_path " +
                        home + "/scgi;\n  server { listen " + address_ + ":" +
                        std::to_string(port_) + (tls_.empty() ? ";" : " ssl;" + tls_) +
                        "\n    location / { if (-f " + home +
                        "/down) { return 503; } return 200 \"" + body_ + "\"; } } }\n");
  process_ = std::make_unique<Process>(
      std::vector<std::string>{find_program("nginx"), "-c", config, "-e", home + "/error.log"});
  if (!wait_until([this] { return accepts(address_, port_); })) {
    throw std::runtime_error("nginx did not start: " + process_->output());
  }
}

void Nginx::kill() { process_.reset(); }

void Nginx::fail(bool on) {
  if (on) {
    folder_.write("down", "");
  } else {
    unlink((folder_.path() + "/down").c_str());
  }
}

void Nginx::freeze(bool on) { process_->signal(on ? SIGSTOP : SIGCONT); }

}  // namespace rhumb::test
