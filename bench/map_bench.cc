// What client maps cost: to compile, in memory, and for each look-up.
#include <malloc.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "bench/options.h"
#include "geo/address_number.h"
#include "geo/client_map.h"
#include "geo/compile.h"
#include "tests/geo/generated_table.h"

namespace rhumb::bench {
namespace {

constexpr std::size_t kClients = 1U << 16U;
constexpr int kRounds = 15;

// Of this process, so that what else runs counts only by the caches it takes.
double cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// A figure of /proc/self/status in MB.
double memory_mb(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field + ":", 0) == 0) {
      return std::strtod(line.c_str() + field.size() + 1, nullptr) / 1024;
    }
  }
  return 0;
}

// Lets the peak (VmHWM) begin anew.
void forget_peak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

// Three of four networks are of IPv4, as in databases of cities.
Databases make_databases(std::size_t networks) {
  Databases databases;
  databases.places =
      geo_test::generate_table(1, {.v4 = networks / 4 * 3,
                                   .v6 = networks / 4,
                                   .places = static_cast<std::uint32_t>(networks / 20),
                                   .places_around = 40});
  geo_test::fill_places(2, databases.places.places);
  databases.asns = geo_test::generate_table(
      3, {.v4 = networks / 8, .v6 = networks / 24, .places = 70'000, .places_around = 4});
  geo_test::fill_asns(databases.asns.places);
  return databases;
}

struct Named {
  std::string name;
  Rule rule;
};

// Twelve sites all over the world, chosen in each of the ways there are.
std::vector<Named> make_rules() {
  std::vector<Named> rules = {{"latency, 12 regions", {}},
                              {"geoproximity, 12 regions", {}},
                              {"geolocation, 12 countries", {}},
                              {"geolocation, 12 countries, 4 AS numbers", {}}};
  for (const char* region : {"us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1",
                             "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "sa-east-1",
                             "af-south-1", "me-south-1", "ca-central-1"}) {
    rules[0].rule.locations.emplace_back(LatencyRegion{region});
    rules[1].rule.locations.emplace_back(Proximity{.region = region});
  }
  for (const char* country :
       {"GB", "FR", "DE", "US", "CA", "BR", "JP", "IN", "AU", "ZA", "NG", "MX"}) {
    rules[2].rule.locations.emplace_back(Area{.country = Code(country)});
  }
  rules[2].rule.locations.emplace_back(Area{});
  rules[3].rule = rules[2].rule;
  for (std::uint32_t i = 1; i <= 4; ++i) {
    rules[3].rule.locations.emplace_back(Area{.asn = 64'512 + i * 1000});
  }
  return rules;
}

// Addresses within networks of the table, each network as likely as any other.
std::vector<IpAddress> clients_in(const std::vector<PlaceStretch>& stretches, bool is_v4) {
  std::mt19937 random(4);
  std::vector<IpAddress> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    AddressNumber address = stretches[random() % stretches.size()].first;
    address.low += is_v4 ? 0 : random();
    clients.push_back(is_v4 ? ipv4_of(static_cast<std::uint32_t>(address.low)) : ipv6_of(address));
  }
  return clients;
}

std::vector<IpAddress> clients_anywhere(bool is_v4) {
  std::mt19937 random(5);
  std::vector<IpAddress> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    const std::uint64_t high = 0x2000'0000'0000'0000 | std::uint64_t{random()} << 29U;
    clients.push_back(is_v4 ? ipv4_of(static_cast<std::uint32_t>(random()))
                            : ipv6_of({high, random()}));
  }
  return clients;
}

// The fastest round counts: what disturbs can only slow down.
template <typename LookUp>
double ns_per_look_up(const std::vector<IpAddress>& clients, LookUp look_up) {
  double best_s = 1e9;
  std::size_t sum = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double begin_s = cpu_s();
    for (const IpAddress& client : clients) sum += look_up(client);
    best_s = std::min(best_s, cpu_s() - begin_s);
  }
  if (sum == 1) std::puts("");  // so that nothing is left out
  return best_s / static_cast<double>(clients.size()) * 1e9;
}

void time_look_ups(const ClientMap& map, const char* what, const std::vector<IpAddress>& clients) {
  const auto order = [&](const IpAddress& client) {
    const auto found = map.order_of(client);
    return found.empty() ? std::size_t{0} : found.front();
  };
  const auto block = [&](const IpAddress& client) { return std::size_t{map.block_of(client)}; };
  std::printf("    %-22s order_of %5.1f ns, block_of %5.1f ns\n", what,
              ns_per_look_up(clients, order), ns_per_look_up(clients, block));
}

// At the begin of a page, as a server maps them.
class AlignedBytes {
 public:
  explicit AlignedBytes(const std::vector<std::byte>& bytes)
      : storage_(bytes.size() + kPage), at_(kPage - misalignment()), size_(bytes.size()) {
    std::ranges::copy(bytes, storage_.begin() + static_cast<std::ptrdiff_t>(at_));
  }
  [[nodiscard]] std::span<const std::byte> all() const {
    return std::span(storage_).subspan(at_, size_);
  }

 private:
  static constexpr std::size_t kPage = 4096;
  [[nodiscard]] std::size_t misalignment() const {
    return reinterpret_cast<std::uintptr_t>(storage_.data()) % kPage;
  }
  std::vector<std::byte> storage_;
  std::size_t at_;
  std::size_t size_;
};

void measure(const Databases& databases, const Named& named) {
  const double begin_s = cpu_s();
  auto maps = compile_maps({named.rule}, {}, databases);
  const double compiled_s = cpu_s();
  const AlignedBytes bytes(maps.front());
  const auto map = ClientMap::adopt(bytes.all(), nullptr);
  const double adopted_s = cpu_s();
  if (!map.ok()) {
    std::printf("%s\n", map.error().c_str());
    return;
  }
  std::printf("  %s: compiled in %.2f s of CPU, adopted in %.0f ms, %.1f MB\n", named.name.c_str(),
              compiled_s - begin_s, (adopted_s - compiled_s) * 1e3,
              static_cast<double>(bytes.all().size()) / 1e6);
  time_look_ups(map.value(), "v4, the networks'", clients_in(databases.places.v4, true));
  time_look_ups(map.value(), "v4, any address", clients_anywhere(true));
  time_look_ups(map.value(), "v6, the networks'", clients_in(databases.places.v6, false));
  time_look_ups(map.value(), "v6, any of 2000::/3", clients_anywhere(false));
}

// In a process of its own, so that the peak of memory is of this rule alone.
void measure_apart(std::size_t networks, std::size_t rule) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child != 0) {
    waitpid(child, nullptr, 0);
    return;
  }
  {
    const Databases databases = make_databases(networks);
    forget_peak();
    const double before_mb = memory_mb("VmRSS");
    measure(databases, make_rules()[rule]);
    std::printf("    peak memory %.0f MB, of which databases %.0f MB\n", memory_mb("VmHWM"),
                before_mb);
  }
  std::fflush(stdout);
  _exit(0);
}

}  // namespace
}  // namespace rhumb::bench

// NOLINTNEXTLINE(bugprone-exception-escape): a tool that runs out of memory may end
int main(int argc, char** argv) {
  std::vector<std::size_t> sizes = {300'000, 5'000'000};
  rhumb::bench::CommandLine line("measures client maps: compiling, memory, look-ups");
  line.add("--networks", sizes, "networks of the database");
  if (const auto code = line.parse(argc, argv)) return *code;
  for (const std::size_t networks : sizes) {
    std::printf("%zu networks\n", networks);
    for (std::size_t rule = 0; rule < rhumb::bench::make_rules().size(); ++rule) {
      rhumb::bench::measure_apart(networks, rule);
    }
  }
  return 0;
}
