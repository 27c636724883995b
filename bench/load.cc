// bench/load: questions a second of a running DNS server, beside a bare echo server that returns
// datagrams of the same size from the same core. Rounds alternate, so that what else the machine
// does falls on both.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "bench/echo.h"
#include "bench/generator.h"

namespace rhumb::bench {
namespace {

struct Options {
  std::string server = "127.0.0.1:5300";
  std::vector<std::string> questions = {"blog.example.com A"};
  std::string questions_file;
  int rounds = 9;
  int server_core = 0;
  bool edns = true;
  int server_pid = 0;
  LoadPlan plan;
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

// User and system time of a process in seconds, all threads; 0 when unknown.
double cpu_seconds(int pid) {
  if (pid == 0) return 0;
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
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

void measure(Series& series, LoadPlan plan, const Endpoint& server, int pid,
             const Questions& questions) {
  plan.server = server;
  const double before = cpu_seconds(pid);
  series.last = run_load(plan, questions);
  series.rates.push_back(series.last.rate());
  series.cpu_us.push_back((cpu_seconds(pid) - before) * 1e6 /
                          static_cast<double>(series.last.answered));
}

void print(const char* name, const Series& series) {
  const LoadResult& last = series.last;
  std::printf("%-8s %9.0f q/s (quartiles %.0f…%.0f)  cpu %.2f µs/q  lost %llu  rcode≠0 %llu  ",
              name, series.median(), Series::quantile(series.rates, 0.25),
              Series::quantile(series.rates, 0.75), Series::quantile(series.cpu_us, 0.5),
              static_cast<unsigned long long>(last.lost),
              static_cast<unsigned long long>(last.not_noerror));
  std::printf("p50 %.0f µs  p99 %.0f µs  p99.9 %.0f µs\n", last.latencies.percentile_us(0.5),
              last.latencies.percentile_us(0.99), last.latencies.percentile_us(0.999));
}

int run(const Options& options) {
  const auto endpoint = Endpoint::parse(options.server);
  if (!endpoint) {
    std::fprintf(stderr, "not an address and port: %s\n", options.server.c_str());
    return 2;
  }
  const Questions questions = read_questions(options);
  LoadPlan trial = options.plan;
  trial.server = *endpoint;
  trial.seconds = 0.5;
  const LoadResult first = run_load(trial, questions);
  if (first.answered == 0) {
    std::fprintf(stderr, "%s does not answer\n", options.server.c_str());
    return 1;
  }
  const std::size_t reply_size = first.reply_octets / first.answered;
  const EchoServer echo(reply_size, options.server_core);
  Series server;
  Series baseline;
  for (int round = 0; round < options.rounds; ++round) {
    measure(baseline, options.plan, echo.endpoint(), echo.pid(), questions);
    measure(server, options.plan, *endpoint, options.server_pid, questions);
  }
  std::printf("%d rounds of %.1f s, replies of %zu octets\n", options.rounds, options.plan.seconds,
              reply_size);
  print("echo", baseline);
  print("server", server);
  std::printf("rate beside echo: %.3f\n", server.median() / baseline.median());
  return 0;
}

}  // namespace
}  // namespace rhumb::bench

// NOLINTNEXTLINE(bugprone-exception-escape): a tool that runs out of memory may end
int main(int argc, char** argv) {
  rhumb::bench::Options options;
  options.plan.core = 1;
  CLI::App app{"measures a running DNS server beside a bare echo server"};
  app.add_option("--server", options.server, "address and port");
  app.add_option("--question", options.questions,
                 "\"NAME TYPE [SUBNET]\", repeatable, asked in turn");
  app.add_option("--questions", options.questions_file, "file of NAME TYPE [SUBNET] lines instead");
  app.add_option("--rounds", options.rounds, "rounds of each");
  app.add_option("--seconds", options.plan.seconds, "length of a round");
  app.add_option("--rate", options.plan.questions_a_second,
                 "questions a second; 0: as many as are answered");
  app.add_option("--sockets", options.plan.sockets, "client sockets");
  app.add_option("--window", options.plan.window, "questions under way on a socket, 64 at most");
  app.add_option("--core", options.plan.core, "core of the generator, -1: any");
  app.add_option("--server-core", options.server_core,
                 "core of the echo server; pin the server to it too");
  app.add_option("--pid", options.server_pid,
                 "process of the server, to print its CPU time a question");
  app.add_flag("!--no-edns", options.edns, "ask without EDNS");
  CLI11_PARSE(app, argc, argv);
  return rhumb::bench::run(options);
}
