#include "tests/answer/golden.h"

#include <fstream>
#include <sstream>

namespace rhumb::testing {
namespace {

using Words = std::vector<std::string>;

Words split(const std::string& line) {
  std::istringstream stream(line);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string join(const Words& words, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < words.size(); ++i) text += (i > from ? " " : "") + words[i];
  return text;
}

// Owners are written with or without the final dot.
std::string record(const Words& words) {
  Words dotted = words;
  if (dotted.size() > 1 && dotted[1].back() != '.') dotted[1] += '.';
  return join(dotted, 1);
}

bool read_from(const std::string& value, GoldenCase& golden) {
  const auto address = IpAddress::parse(value);
  if (address) golden.from = *address;
  return address.has_value();
}

bool read_ecs(const std::string& value, GoldenCase& golden) {
  golden.ecs = IpPrefix::parse(value);
  return golden.ecs.has_value();
}

// ask NAME TYPE [from ADDRESS] [ecs PREFIX] [tcp] [plain] [do] [rd] [class CH] [size N] [version N]
// [entropy N]
bool read_ask(const Words& words, GoldenCase& golden) {
  if (words.size() < 3) return false;
  golden.name = words[1];
  golden.type = words[2];
  for (std::size_t i = 3; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::string value = i + 1 < words.size() ? words[i + 1] : "";
    const auto number = std::strtoul(value.c_str(), nullptr, 10);
    if (word == "tcp") {
      golden.transport = Transport::kTcp;
    } else if (word == "plain") {
      golden.edns = false;
    } else if (word == "do") {
      golden.dnssec_ok = true;
    } else if (word == "rd") {
      golden.recursion_desired = true;
    } else if (word == "from") {
      if (!read_from(value, golden)) return false;
      ++i;
    } else if (word == "ecs") {
      if (!read_ecs(value, golden)) return false;
      ++i;
    } else if (word == "class" && value == "CH") {
      golden.klass = Class::kCh;
      ++i;
    } else if (word == "size") {
      golden.udp_size = static_cast<std::uint16_t>(number);
      ++i;
    } else if (word == "version") {
      golden.edns_version = static_cast<std::uint8_t>(number);
      ++i;
    } else if (word == "entropy") {
      golden.entropy = number;
      ++i;
    } else {
      return false;
    }
  }
  return true;
}

// want RCODE [aa] [tc] [scope N] [preferred|degraded|lastResort|noData|servfail]
bool read_want(const Words& words, GoldenCase& golden) {
  if (words.size() < 2) return false;
  golden.rcode = words[1];
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "aa") {
      golden.authoritative = true;
    } else if (words[i] == "tc") {
      golden.truncated = true;
    } else if (words[i] == "scope" && i + 1 < words.size()) {
      golden.scope = std::atoi(words[++i].c_str());
    } else {
      golden.choice = words[i];
    }
  }
  return true;
}

bool read_health(const Words& words, std::vector<GoldenHealth>& changes) {
  using Kind = GoldenHealth::Kind;
  if (words.size() != 3 || (words[2] != "healthy" && words[2] != "unhealthy")) return false;
  changes.push_back({words[2] == "healthy" ? Kind::kHealthy : Kind::kUnhealthy, words[1]});
  return true;
}

bool read_operator(const Words& words, std::vector<GoldenHealth>& changes) {
  using Kind = GoldenHealth::Kind;
  if (words.size() != 2) return false;
  changes.push_back({words[0] == "out" ? Kind::kOut : Kind::kBack, words[1]});
  return true;
}

bool read_line(const Words& words, std::vector<GoldenHealth>& changes, Golden& golden) {
  const std::string& key = words.front();
  if (key == "zone") return golden.zones.push_back(join(words, 1)), true;
  if (key == "config") return golden.config = join(words, 1), true;
  if (key == "health") return read_health(words, changes);
  if (key == "out" || key == "back") return read_operator(words, changes);
  if (key == "ask") {
    golden.cases.emplace_back();
    golden.cases.back().changes = std::exchange(changes, {});
    return read_ask(words, golden.cases.back());
  }
  if (golden.cases.empty()) return false;
  GoldenCase& last = golden.cases.back();
  if (key == "want") return read_want(words, last);
  if (key == "answer") return last.answer.push_back(record(words)), true;
  if (key == "authority") return last.authority.push_back(record(words)), true;
  if (key == "additional") return last.additional.push_back(record(words)), true;
  return false;
}

}  // namespace

Result<Golden> read_golden(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error{path + ": cannot be read"};
  Golden golden;
  std::vector<GoldenHealth> changes;
  std::uint32_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const Words words = split(line);
    if (words.empty() || words.front().front() == '#') continue;
    if (!read_line(words, changes, golden)) {
      return Error{path + ":" + std::to_string(number) + ": not understood: " + line};
    }
    if (words.front() == "ask") golden.cases.back().line = number;
  }
  return golden;
}

}  // namespace rhumb::testing
