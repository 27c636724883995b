// bench/load: questions a second of a running DNS server over UDP or TCP, beside a bare echo server
// that returns replies of the same size from the same core. Rounds alternate, so that what else the
// machine does falls on both. Or of that server alone, a line of JSON a round, for bench/compare.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "bench/cpu_time.h"
#include "bench/echo.h"
#include "bench/generator.h"
#include "bench/options.h"
#include "bench/tcp_generator.h"

namespace rhumb::bench {
namespace {

struct Options {
  std::string server = "127.0.0.1:5300";
  std::vector<std::string> questions = {"blog.example.com A"};
  std::string questions_file;
  int rounds = 9;
  int server_core = 0;
  bool edns = true;
  std::vector<int> server_pids;
  std::string transport = "udp";
  bool json = false;
  std::size_t echo_size = 0;
  LoadPlan plan;

  [[nodiscard]] bool is_tcp() const { return transport == "tcp"; }
  // That are measured on; none: the whole machine.
  [[nodiscard]] std::vector<int> cores() const {
    return plan.core < 0 ? std::vector<int>{} : std::vector<int>{server_core, plan.core};
  }
};

Questions read_questions(const Options& options) {
  std::vector<std::string> lines = options.questions;
  if (!options.questions_file.empty()) {
    lines.clear();
    std::ifstream file(options.questions_file);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
  }
  Questions questions;
  for (const std::string& line : lines) {
    std::istringstream words(line);
    std::string name;
    std::string type;
    std::string subnet;
    words >> name >> type >> subnet;
    const WithEdns edns = options.edns ? WithEdns::kYes : WithEdns::kNo;
    questions.push_back(make_question(name, type, edns, subnet));
  }
  return questions;
}

struct Round {
  LoadResult load;
  double cpu_s = 0;   // that the server took
  double others = 0;  // of a core, what neither the server nor the generator took of their cores

  [[nodiscard]] double per_answer(double total) const {
    return load.answered == 0 ? 0 : total / static_cast<double>(load.answered);
  }
  [[nodiscard]] double cpu_us() const { return per_answer(cpu_s * 1e6); }
};

Round run_round(const Options& options, const Endpoint& server, const std::vector<int>& pids,
                const Questions& questions) {
  LoadPlan plan = options.plan;
  plan.server = server;
  const std::vector<int> cores = options.cores();
  const std::uint64_t began_ns = now_ns();
  const double cores_s = cores_cpu_s(cores);
  const double own_s = own_cpu_s();
  const double before = processes_cpu_s(pids);
  Round round{options.is_tcp() ? run_tcp_load(plan, questions) : run_load(plan, questions)};
  round.cpu_s = processes_cpu_s(pids) - before;
  const double others_s = cores_cpu_s(cores) - cores_s - (own_cpu_s() - own_s) - round.cpu_s;
  round.others = std::max(0.0, others_s / (static_cast<double>(now_ns() - began_ns) * 1e-9));
  return round;
}

struct Series {
  std::vector<double> rates;
  std::vector<double> cpu_us;  // a question
  LoadResult last;

  static double quantile(std::vector<double> values, double share) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(
        std::lround(share * static_cast<double>(values.size() - 1)))];
  }
  [[nodiscard]] double median() const { return quantile(rates, 0.5); }
};

void add(Series& series, const Round& round) {
  series.last = round.load;
  series.rates.push_back(round.load.rate());
  series.cpu_us.push_back(round.cpu_us());
}

void print(const char* name, const Series& series) {
  const LoadResult& last = series.last;
  std::printf("%-8s %9.0f q/s (quartiles %.0f…%.0f)  cpu %.2f µs/q  lost %llu  rcode≠0 %llu  ",
              name, series.median(), Series::quantile(series.rates, 0.25),
              Series::quantile(series.rates, 0.75), Series::quantile(series.cpu_us, 0.5),
              static_cast<unsigned long long>(last.lost),
              static_cast<unsigned long long>(last.not_noerror()));
  std::printf("p50 %.0f µs  p99 %.0f µs  p99.9 %.0f µs\n", last.latencies.percentile_us(0.5),
              last.latencies.percentile_us(0.99), last.latencies.percentile_us(0.999));
}

void print_json(const Round& round) {
  const LoadResult& load = round.load;
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(R"({"seconds":%.6f,"sent":%llu,"answered":%llu,"lost":%llu,"rate":%.1f,)",
              load.seconds, number(load.sent), number(load.answered), number(load.lost),
              load.rate());
  std::printf(R"("connections":%llu,"truncated":%llu,"empty":%llu,)", number(load.connections),
              number(load.truncated), number(load.empty));
  std::printf(R"("rcodes":[%llu)", number(load.rcodes[0]));
  for (std::size_t i = 1; i < load.rcodes.size(); ++i) {
    std::printf(",%llu", number(load.rcodes[i]));
  }
  std::printf(R"(],"reply_octets":%.2f,"cpu_us":%.4f,"server_busy":%.4f,"generator_idle":%.4f,)",
              round.per_answer(static_cast<double>(load.reply_octets)), round.cpu_us(),
              round.cpu_us() * 1e-6 * load.rate(),
              static_cast<double>(load.idle_ns) * 1e-9 / load.seconds);
  std::printf(R"("others":%.4f,"p50_us":%.1f,"p99_us":%.1f,"p999_us":%.1f})"
              "\n",
              round.others, load.latencies.percentile_us(0.5), load.latencies.percentile_us(0.99),
              load.latencies.percentile_us(0.999));
  std::fflush(stdout);
}

int measure_alone(const Options& options, const Endpoint& server) {
  const Questions questions = read_questions(options);
  for (int i = 0; i < options.rounds; ++i) {
    print_json(run_round(options, server, options.server_pids, questions));
  }
  return 0;
}

EchoServer start_echo(const Options& options, std::size_t reply_size) {
  return {reply_size, options.server_core, options.is_tcp() ? Transport::kTcp : Transport::kUdp};
}

[[noreturn]] void serve_echo(const Options& options) {
  const EchoServer echo = start_echo(options, options.echo_size);
  std::printf(R"({"server":"%s","pid":%d})"
              "\n",
              to_string(echo.endpoint()).c_str(), echo.pid());
  std::fflush(stdout);
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

int measure_beside_echo(const Options& options, const Endpoint& endpoint) {
  const Questions questions = read_questions(options);
  Options trial = options;
  trial.plan.seconds = 0.5;
  const LoadResult first = run_round(trial, endpoint, {}, questions).load;
  if (first.answered == 0) {
    std::fprintf(stderr, "%s does not answer\n", options.server.c_str());
    return 1;
  }
  const std::size_t reply_size = first.reply_octets / first.answered;
  const EchoServer echo = start_echo(options, reply_size);
  Series server;
  Series baseline;
  for (int round = 0; round < options.rounds; ++round) {
    add(baseline, run_round(options, echo.endpoint(), {echo.pid()}, questions));
    add(server, run_round(options, endpoint, options.server_pids, questions));
  }
  std::printf("%d rounds of %.1f s, replies of %zu octets\n", options.rounds, options.plan.seconds,
              reply_size);
  print("echo", baseline);
  print("server", server);
  std::printf("rate beside echo: %.3f\n", server.median() / baseline.median());
  return 0;
}

int run(const Options& options) {
  if (!options.is_tcp() && options.transport != "udp") {
    std::fprintf(stderr, "--transport is udp or tcp, not %s\n", options.transport.c_str());
    return 2;
  }
  if (options.echo_size > 0) serve_echo(options);
  const auto endpoint = Endpoint::parse(options.server);
  if (!endpoint) {
    std::fprintf(stderr, "not an address and port: %s\n", options.server.c_str());
    return 2;
  }
  return options.json ? measure_alone(options, *endpoint) : measure_beside_echo(options, *endpoint);
}

}  // namespace
}  // namespace rhumb::bench

// NOLINTNEXTLINE(bugprone-exception-escape): a tool that runs out of memory may end
int main(int argc, char** argv) {
  rhumb::bench::Options options;
  options.plan.core = 1;
  rhumb::bench::CommandLine line("measures a running DNS server beside a bare echo server");
  line.add("--server", options.server, "address and port");
  line.add("--question", options.questions, "\"NAME TYPE [SUBNET]\", repeatable, asked in turn");
  line.add("--questions", options.questions_file, "file of NAME TYPE [SUBNET] lines instead");
  line.add("--rounds", options.rounds, "rounds of each");
  line.add("--seconds", options.plan.seconds, "length of a round");
  line.add("--rate", options.plan.questions_a_second,
           "questions a second; 0: as many as are answered");
  line.add("--transport", options.transport, "udp or tcp");
  line.add("--queries-per-connection", options.plan.queries_per_connection,
           "over TCP, one after the other");
  line.add("--sockets", options.plan.sockets, "client sockets, over TCP: connections at once");
  line.add_flag("--many-clients", options.plan.many_clients,
                "each socket has an address of its own: 127.0.0.1, 127.1.0.1, ...");
  line.add("--burden", options.plan.burden_ns,
           "nanoseconds that the generator wastes at each question over UDP");
  line.add("--window", options.plan.window, "questions under way on a socket, 64 at most");
  line.add("--core", options.plan.core, "core of the generator, -1: any");
  line.add("--server-core", options.server_core,
           "core of the echo server; pin the server to it too");
  line.add("--pid", options.server_pids,
           "process of the server, repeatable, to print its CPU time a question");
  line.add_flag("--json", options.json, "the server alone, no echo server: a line of JSON a round");
  line.add("--echo", options.echo_size,
           "be the echo server, with replies of so many octets, until killed");
  line.add_flag("!--no-edns", options.edns, "ask without EDNS");
  if (const auto code = line.parse(argc, argv)) return *code;
  return rhumb::bench::run(options);
}
