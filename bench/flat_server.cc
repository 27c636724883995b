#include "bench/flat_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string_view>
#include <vector>

#include "server/api_request.h"
#include "server/clock.h"
#include "tests/support/mmdb.h"
#include "text/json.h"

namespace rhumb::bench {
namespace {

constexpr int kNames = 100'000;
constexpr int kChecks = 10;  // each asked every 100 ms, and of another mind each time
constexpr int kRules = 4;
constexpr std::uint32_t kNetworks = 600'000;
constexpr std::uint32_t kPlaces = 15'000;
constexpr int kQuestions = 4'096;
constexpr std::array<std::uint64_t, 2> kBuildTimes = {1'700'000'000, 1'700'086'400};
constexpr std::array<const char*, 12> kRegions = {
    "us-east-1",      "us-west-2",      "eu-west-1", "eu-central-1", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ap-northeast-1", "sa-east-1", "af-south-1",   "me-south-1", "ca-central-1"};

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string static_records(int edition) {
  std::string records = "$TTL 60\nedition TXT \"" + number(static_cast<unsigned>(edition)) + "\"\n";
  for (int i = 0; i < kNames; ++i) {
    records += "h" + std::to_string(i) + " A 192.0.2." + std::to_string(i % 250) + "\n";
  }
  return records;
}

// Pairs of sites of which the first is checked, and groups of regions, each of a rule of its own.
std::string steered_zone(std::uint16_t port, const std::string& interval) {
  std::string checks;
  std::string records;
  for (int i = 0; i < kChecks; ++i) {
    const std::string digit = std::to_string(i);
    checks += "- {id: f" + digit + ", type: DNS, query: " + digit +
              ".site.test, address: 127.0.0.1, port: " + number(port) + ", interval: " + interval +
              ", recheckInterval: " + interval +
              ", timeout: 100ms, failureThreshold: 1, successThreshold: 1, holdDown: 0s}\n";
    const std::string begin = "- {name: f" + digit + ", type: A, setIdentifier: ";
    records += begin + "a, failover: PRIMARY, healthCheckId: f" + digit +
               ", values: [192.0.2.1]}\n" + begin +
               "b, failover: SECONDARY, values: [192.0.2.2]}\n";
  }
  for (int rule = 0; rule < kRules; ++rule) {
    for (std::size_t i = static_cast<std::size_t>(rule); i < kRegions.size(); ++i) {
      records += "- {name: near" + std::to_string(rule) +
                 ", type: A, setIdentifier: " + kRegions[i] + ", region: " + kRegions[i] +
                 ", values: [192.0.2." + number(i + 1) + "]}\n";
    }
  }
  return test::yaml_zone("steered.test", checks, records);
}

std::string database(std::uint64_t build_time_s) {
  std::mt19937 random(7);
  std::vector<std::string> places;
  for (std::uint32_t i = 0; i < kPlaces; ++i) {
    const double latitude = static_cast<double>(random() % 18'000) / 100 - 90;
    const double longitude = static_cast<double>(random() % 36'000) / 100 - 180;
    GeoPlace place;
    place.country = Code("GB");
    place.coordinates = {latitude, longitude};
    places.push_back(test::mmdb_city(place));
  }
  test::MmdbWriter writer({.build_time_s = build_time_s});
  for (std::uint32_t i = 0; i < kNetworks; ++i) {
    const std::uint32_t first = random() & 0xFFFF'FF00U;
    const std::array<std::uint8_t, 4> octets = {static_cast<std::uint8_t>(first >> 24U),
                                                static_cast<std::uint8_t>(first >> 16U),
                                                static_cast<std::uint8_t>(first >> 8U), 0};
    writer.add(IpPrefix{IpAddress::v4(octets), 24}, places[random() % places.size()]);
  }
  return writer.bytes();
}

std::uint64_t occurrences(const std::string& text, std::string_view of) {
  std::uint64_t count = 0;
  for (std::size_t at = 0; (at = text.find(of, at)) != std::string::npos; at += of.size()) ++count;
  return count;
}

// User and system time of a process, and of its children that have ended and were waited for.
double cpu_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double sum = 0;
  double ticks = 0;
  for (int i = 0; i < 4 && fields >> ticks; ++i) sum += ticks;
  return sum / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

FlatSite::FlatSite() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof own;
  auto* const generic = reinterpret_cast<sockaddr*>(&own);
  (void)bind(socket_.get(), generic, size);
  getsockname(socket_.get(), generic, &size);
  port_ = ntohs(own.sin_port);
  thread_ = std::thread([this] { run(); });
}

FlatSite::~FlatSite() {
  stop_ = true;
  thread_.join();
}

void FlatSite::run() {
  constexpr int kPollMs = 100;
  while (!stop_) {
    pollfd ready{socket_.get(), POLLIN, 0};
    if (poll(&ready, 1, kPollMs) > 0) reply();
  }
}

void FlatSite::reply() {
  constexpr std::size_t kHeader = 12;
  constexpr std::uint8_t kServFail = 2;
  constexpr std::string_view kRecord("\xC0\x0C\0\1\0\1\0\0\0\1\0\4\x7F\0\0\1", 16);
  std::array<std::uint8_t, 512> message{};
  sockaddr_in from{};
  socklen_t from_size = sizeof from;
  auto* const peer = reinterpret_cast<sockaddr*>(&from);
  const ssize_t got =
      recvfrom(socket_.get(), message.data(), message.size() - kRecord.size(), 0, peer, &from_size);
  if (got <= static_cast<ssize_t>(kHeader + 1)) return;
  auto size = static_cast<std::size_t>(got);
  bool& is_well = is_well_[message[kHeader + 1]];
  is_well = !flips_ || !is_well;
  message[2] |= 0x80U;
  message[3] = is_well ? 0 : kServFail;
  message[7] = is_well ? 1 : 0;
  if (is_well) std::ranges::copy(kRecord, message.begin() + got), size += kRecord.size();
  sendto(socket_.get(), message.data(), size, 0, peer, from_size);
}

ChangingFile::ChangingFile(const test::TempDir& folder, const std::string& path,
                           const std::array<std::string, 2>& texts)
    : path_(folder.path() + "/" + path), editions_({path_ + ".even", path_ + ".odd"}) {
  folder.write(path + ".even", texts[0]);
  folder.write(path + ".odd", texts[1]);
  change();
}

void ChangingFile::change() {
  const std::string fresh = path_ + ".new";
  std::filesystem::create_hard_link(editions_[turns_++ % 2], fresh);
  std::filesystem::rename(fresh, path_);
}

FlatServer::FlatServer(FlatSite& site, const std::string& core, const std::string& binary)
    : site_(site),
      records_(folder_, "static.records", {static_records(0), static_records(1)}),
      database_(folder_, "places.mmdb", {database(kBuildTimes[0]), database(kBuildTimes[1])}),
      rhumb_(folder_,
             "zones: [static.yaml, steered.yaml]\nworkers: 1\nstateDirectory: state\ngeo: "
             "{database: places.mmdb}\n") {
  folder_.write("state/.keep", "");
  folder_.write("static.yaml",
                test::yaml_zone("static.test", "", "") + "masterFile: static.records\n");
  write_checks("1h");
  if (!binary.empty()) rhumb_.use_binary(binary);
  rhumb_.start({}, {"taskset", "-c", core});
}

// Null: none could be had.
JsonValue FlatServer::status() const {
  ApiRequest asked;
  asked.url = "http://rhumb/api/v1/status";
  asked.unix_socket = folder_.path() + "/control.sock";
  auto read = parse_json(request(asked).body);
  return read.ok() ? std::move(read).value() : JsonValue();
}

FlatCounts FlatServer::counts() const {
  const std::string text = log();
  FlatCounts counts;
  counts.reloads = occurrences(text, " reloaded ");
  counts.flips = occurrences(text, " check turned ");
  counts.maps = occurrences(text, " database in use ");
  counts.views = static_cast<std::uint64_t>(status()["generation"].number());
  return counts;
}

double FlatServer::cpu_s() const {
  double sum = 0;
  // It, the helper's keeper, the helper, and what that compiles.
  for (pid_t pid = rhumb_.process().pid(); pid != 0; pid = test::child_of(pid)) sum += cpu_of(pid);
  return sum;
}

Questions FlatServer::questions() {
  std::mt19937 random(9);
  const auto below = [&](unsigned limit) { return std::to_string(random() % limit); };
  Questions all;
  for (int i = 0; i < kQuestions; ++i) {
    if (i % 2 == 0) {
      const std::string name = (i % 40 == 0 ? "no" : "h") + below(kNames) + ".static.test";
      all.push_back(make_question(name, "A", WithEdns::kYes));
    } else if (i % 4 == 1) {
      all.push_back(make_question("f" + below(kChecks) + ".steered.test", "A", WithEdns::kYes));
    } else {
      const std::string subnet =
          std::to_string(11 + random() % 100) + "." + below(256) + "." + below(256) + ".0/24";
      const std::string name = "near" + below(kRules) + ".steered.test";
      all.push_back(make_question(name, "A", WithEdns::kYes, subnet));
    }
  }
  return all;
}

bool FlatServer::set_probing(bool on) {
  write_checks(on ? "100ms" : "1h");
  return rhumb_.reload_by_signal();
}

void FlatServer::reload() {
  records_.change();
  rhumb_.process().signal(SIGHUP);
}

// By the helper, which is the child of its keeper, which is the server's.
bool FlatServer::is_compiling() const {
  return test::child_of(test::child_of(test::child_of(rhumb_.process().pid()))) != 0;
}

bool FlatServer::is_settled() const {
  const std::string built =
      to_rfc3339(static_cast<std::int64_t>(kBuildTimes[database_.edition()]) * 1000);
  const JsonValue now = status();
  const auto is_newest = [&](const JsonValue& database) {
    return database["builtAt"].text() == built;
  };
  return !is_compiling() && std::ranges::any_of(now["databases"].items(), is_newest);
}

void FlatServer::write_checks(const std::string& interval) const {
  folder_.write("steered.yaml", steered_zone(site_.port(), interval));
}

}  // namespace rhumb::bench
