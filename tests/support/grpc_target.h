// A real gRPC server, grpc_target.py, as a target of checks.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace rhumb::test {

class GrpcServer {
 public:
  // On a port of its own choice; `more` is what else grpc_target.py is told. Throws when it does
  // not start.
  explicit GrpcServer(const std::string& address, const std::vector<std::string>& more = {}) {
    std::vector<std::string> command = {
        "/usr/bin/python3", std::string(RHUMB_SOURCE_DIR) + "/tests/support/grpc_target.py",
        address};
    command.insert(command.end(), more.begin(), more.end());
    process_ = std::make_unique<Process>(command);
    if (!process_->wait_output("port ")) throw std::runtime_error(process_->output());
    const std::string output = process_->output();
    port_ = static_cast<std::uint16_t>(std::stoi(output.substr(output.find("port ") + 5)));
  }
  [[nodiscard]] static bool installed() {
    return run({"/usr/bin/python3", "-c", "import grpc"}).exit_code == 0;
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] Process& process() { return *process_; }

 private:
  std::unique_ptr<Process> process_;
  std::uint16_t port_ = 0;
};

}  // namespace rhumb::test
