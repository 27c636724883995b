// Targets of checks that misbehave in a known way each, run by tests/support/faulty_target.py.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/support/certificate.h"
#include "tests/support/process.h"

namespace rhumb::test {

class FaultyTarget {
 public:
  // With a certificate for those that shake hands. Throws when it does not start.
  FaultyTarget(const std::string& address, const Certificate& certificate)
      : address_(address),
        process_({"/usr/bin/python3",
                  std::string(RHUMB_SOURCE_DIR) + "/tests/support/faulty_target.py", address,
                  certificate.certificate, certificate.key}) {
    if (!process_.wait_output("ready\n")) throw std::runtime_error(process_.output());
    std::istringstream lines(process_.output());
    std::string fault;
    for (std::uint16_t port = 0; lines >> fault >> port;) ports_[fault] = port;
  }

  // Throws when there is no such fault.
  [[nodiscard]] std::uint16_t port(const std::string& fault) const { return ports_.at(fault); }
  // As a check's fields.
  [[nodiscard]] std::string target(const std::string& fault) const {
    return "address: " + address_ + ", port: " + std::to_string(port(fault));
  }
  [[nodiscard]] std::string url(const std::string& fault) const {
    return "\"http://" + address_ + ":" + std::to_string(port(fault)) + "\"";
  }

 private:
  std::string address_;
  Process process_;
  std::map<std::string, std::uint16_t> ports_;
};

}  // namespace rhumb::test
