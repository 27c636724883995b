#include "bench/kernel_drops.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace rhumb::bench {
namespace {

// An address and port as /proc/net/udp has them.
std::string kernel_name(const Endpoint& endpoint) {
  const auto octets = endpoint.address.bytes();
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02X%02X%02X%02X:%04X", octets[3], octets[2], octets[1],
                octets[0], endpoint.port);
  return text.data();
}

}  // namespace

std::uint64_t kernel_drops(const Endpoint& endpoint) {
  const std::string own = kernel_name(endpoint);
  std::uint64_t total = 0;
  std::ifstream table("/proc/net/udp");
  for (std::string line; std::getline(table, line);) {
    if (line.find(" " + own + " ") == std::string::npos) continue;
    // A client's socket has it as its peer, in the second place.
    std::istringstream words(line);
    std::string slot;
    std::string address;
    words >> slot >> address;
    if (address == own)
      total += std::stoull(line.substr(line.find_last_of(' ', line.find_last_not_of(' '))));
  }
  return total;
}

}  // namespace rhumb::bench
