#include "bench/soak_server.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/kernel_drops.h"
#include "bench/target.h"
#include "server/api_request.h"
#include "tests/support/dns_client.h"
#include "tests/support/rhumb.h"

namespace rhumb::bench {
namespace {

constexpr int kStaticNames = 10'000;
constexpr int kChecks = 8;
constexpr int kProbesATurn = 2 * kChecks;  // of all checks, until the site is another one
constexpr int kPollMs = 100;

std::string number(int i) { return std::to_string(i); }

std::string static_zone() {
  std::string zone =
      "$ORIGIN static.test.\n$TTL 60\n@ SOA ns1 hostmaster 1 3600 900 604800 60\n"
      "@ NS ns1\nns1 A 192.0.2.53\nlarge TXT";
  constexpr int kStrings = 253;
  for (int i = 0; i < kStrings; ++i) zone += " \"" + std::string(255, 'x') + "\"";
  zone += "\nhop CNAME h1\n*.wild A 192.0.2.9\n";
  for (int i = 0; i < kStaticNames; ++i) zone += "h" + number(i) + " A 192.0.2.1\n";
  return zone;
}

// Failover between a flapping site and one without a check, weights among flapping ones, and
// places.
std::string steered_zone(std::uint16_t port) {
  std::string checks;
  std::string records;
  for (int i = 0; i < kChecks; ++i) {
    const std::string id = "c" + number(i);
    checks += "- {id: " + id + ", type: HTTP, path: /" + id +
              ", address: 127.0.0.1, port: " + std::to_string(port) +
              ", interval: 500ms, recheckInterval: 500ms, timeout: 500ms, failureThreshold: 1, "
              "successThreshold: 1, holdDown: 0s}\n";
    const std::string begin = "- {name: f" + number(i) + ", type: A, setIdentifier: ";
    records += begin + "a, failover: PRIMARY, healthCheckId: " + id + ", values: [192.0.2.1]}\n" +
               begin + "b, failover: SECONDARY, values: [192.0.2.2]}\n";
    records += "- {name: w, type: A, setIdentifier: " + id + ", weight: " + number(i) +
               ", healthCheckId: " + id + ", values: [192.0.2." + number(10 + i) + "]}\n";
  }
  records +=
      "- {name: near, type: A, setIdentifier: gb, geoLocation: {country: GB}, healthCheckId: c0, "
      "values: [192.0.2.3]}\n"
      "- {name: near, type: A, setIdentifier: other, geoLocation: {default: true}, values: "
      "[192.0.2.4]}\n"
      "- {name: alias, type: A, aliasTarget: {name: f0}}\n";
  return test::yaml_zone("steered.test", checks, records);
}

std::string changing_zone(int turn) {
  return test::yaml_zone("changing.test", "",
                         "- {name: now, type: TXT, values: [turn-" + number(turn) +
                             "]}\n- {name: t" + number(turn % 50) +
                             ", type: A, values: [192.0.2.1]}\n");
}

// Of all samples in a metric's text that begin so.
std::uint64_t sum(const std::string& metrics, const std::string& beginning) {
  std::uint64_t total = 0;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(beginning)) total += std::stoull(line.substr(line.rfind(' ')));
  }
  return total;
}

}  // namespace

FlappingSite::FlappingSite() : listener_(listen_anywhere(port_)) {
  thread_ = std::thread([this] { run(); });
}

FlappingSite::~FlappingSite() {
  stop_ = true;
  thread_.join();
}

void FlappingSite::run() {
  constexpr std::string_view kWell = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  constexpr std::string_view kUnwell = "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n";
  for (int requests = 0; !stop_;) {
    pollfd ready{listener_.get(), POLLIN, 0};
    if (poll(&ready, 1, kPollMs) <= 0) continue;
    const Fd peer(accept(listener_.get(), nullptr, nullptr));
    pollfd asked{peer.get(), POLLIN, 0};
    std::array<char, 4096> request{};
    if (!peer.valid() || poll(&asked, 1, kPollMs) <= 0) continue;
    if (recv(peer.get(), request.data(), request.size(), 0) <= 0) continue;
    const std::string_view reply = requests++ / kProbesATurn % 2 == 0 ? kWell : kUnwell;
    send(peer.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
  }
}

SoakServer::SoakServer(const std::string& binary) {
  const std::string address = test::own_address();
  endpoint_ = {*IpAddress::parse(address), test::free_port(address)};
  write_files();
  process_ = std::make_unique<test::Process>(
      std::vector<std::string>{binary, "serve", "-c", folder_.path() + "/rhumb.yaml"});
}

void SoakServer::write_files() const {
  folder_.write("rhumb.yaml", "listen: [\"" + to_string(endpoint_) +
                                  "\"]\ncontrolSocket: control.sock\nstateDirectory: state\n"
                                  "log: {level: warn}\nzones: [\"zones/*\"]\n"
                                  "geo: {overrides: networks.yaml}\n"
                                  "rateLimit: {responsesPerSecond: 10000, exempt: 127.0.0.1/32}\n"
                                  "queryLog: {perSecond: 1}\n"
                                  "dnstap: {socket: nobody.sock}\n");
  folder_.write("networks.yaml", "- {network: 198.51.100.0/24, country: GB}\n");
  folder_.write("state/.keep", "");
  folder_.write("zones/static.test.zone", static_zone());
  folder_.write("zones/steered.yaml", steered_zone(site_.port()));
  folder_.write("zones/changing.yaml", changing_zone(0));
}

bool SoakServer::wait_serving() const { return wait_last_turn(); }

void SoakServer::turn() {
  folder_.write("zones/changing.yaml", changing_zone(++turns_));
  process_->signal(SIGHUP);
}

bool SoakServer::wait_last_turn() const {
  const std::string wanted = "\"turn-" + number(turns_) + "\"";
  return test::wait_until([&] {
    const auto reply = test::ask(endpoint_, {.name = "now.changing.test", .type = "TXT"}, 500);
    return reply && reply->answer.size() == 1 && reply->answer[0].ends_with(wanted);
  });
}

ServerCounts SoakServer::counts() {
  ApiRequest asked;
  asked.url = "http://rhumb/metrics";
  asked.unix_socket = folder_.path() + "/control.sock";
  std::string metrics;
  (void)test::wait_until([&] {
    ApiReply reply = request(asked);
    metrics = std::move(reply.body);
    return reply.status == 200 || !running();
  });
  return {.reloads = sum(metrics, "rhumb_reload_total{result=\"ok\"}"),
          .failed_reloads = sum(metrics, "rhumb_reload_total{result=\"failed\"}"),
          .transitions = sum(metrics, "rhumb_health_check_transitions_total{")};
}

std::uint64_t SoakServer::overflowed() const { return kernel_drops(endpoint_); }

std::size_t SoakServer::resident_kib() const { return test::resident_kib(process_->pid()); }

bool SoakServer::stop() {
  if (!process_->running()) return false;
  process_->signal(SIGTERM);
  return process_->wait_exit() == 0;
}

Questions SoakServer::good_questions() {
  Questions all;
  for (const char* name :
       {"h1.static.test", "h9999.static.test", "hop.static.test", "any.wild.static.test",
        "f0.steered.test", "f7.steered.test", "w.steered.test", "alias.steered.test"}) {
    all.push_back(make_question(name, "A", WithEdns::kNo));
    all.push_back(make_question(name, "AAAA", WithEdns::kYes));
  }
  all.push_back(make_question("near.steered.test", "A", WithEdns::kYes, "198.51.100.0/24"));
  all.push_back(make_question("near.steered.test", "A", WithEdns::kYes, "203.0.113.0/24"));
  all.push_back(make_question("static.test", "SOA", WithEdns::kYes));
  return all;
}

std::vector<std::uint8_t> SoakServer::large_question() {
  return make_question("large.static.test", "TXT", WithEdns::kNo);
}

}  // namespace rhumb::bench
