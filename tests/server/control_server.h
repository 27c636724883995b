// A control server over a folder with one zone, for tests of what its clients can do.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/api_request.h"
#include "server/control.h"
#include "server/control_socket.h"
#include "tests/server/loaded.h"
#include "tests/support/process.h"
#include "text/json.h"

namespace rhumb::test {

// Behind the socket a real monitor and reloader, over a folder with one zone.
class ControlTest : public ::testing::Test {
 protected:
  ControlTest() : log_(LogLevel::kError, LogFormat::kText) {
    folder_.write("a.zone", test::small_zone("a.example"));
    config_ = folder_.write("rhumb.yaml", "log: {level: error}\nzones: [\"*.zone\"]\n" + checks_);
    Diagnostics diagnostics;
    loaded_ = load(config_, nullptr, diagnostics);
    std::promise<void> adopted;
    monitor_.adopt(loaded_, [&](Adoption) { adopted.set_value(); });
    adopted.get_future().wait();
    reloader_.emplace(loaded_, monitor_, clock_, log_);
    api_.emplace(facts_, monitor_, *reloader_);
    facts_.readiness = Readiness::kReady;
    serve({});
  }
  ~ControlTest() override {
    server_.reset();
    monitor_.stop();
  }

  void serve(ControlLimits limits) { serve(limits, log_); }
  // With `log` for the server alone, and on `http` too if that listens.
  void serve(ControlLimits limits, Log& log, Fd http = {}) {
    server_.reset();
    auto socket = bind_control_socket(path());
    ASSERT_TRUE(socket.ok()) << socket.error();
    server_ = ControlServer::start({std::move(socket.value()), path(), std::move(http)}, {}, *api_,
                                   log, limits);
    ASSERT_NE(server_, nullptr);
  }
  [[nodiscard]] std::string path() const { return folder_.path() + "/control.sock"; }
  [[nodiscard]] ApiReply ask(const std::string& method, const std::string& target) const {
    ApiRequest to_send;
    to_send.url = "http://rhumb" + target;
    to_send.unix_socket = path();
    to_send.method = method;
    return request(to_send);
  }
  [[nodiscard]] JsonValue get(const std::string& target, int status = 200) const {
    const ApiReply reply = ask("GET", target);
    EXPECT_EQ(reply.error, "");
    EXPECT_EQ(reply.status, status) << reply.body;
    auto value = parse_json(reply.body);
    EXPECT_TRUE(value.ok()) << reply.body;
    return value.ok() ? std::move(value).value() : JsonValue();
  }

  const std::string checks_ =
      "healthChecks:\n"
      "- {id: www.example/A/one, type: TCP, address: 127.0.0.1, port: 9, recovery: manual, "
      "disabled: true, labels: {site: x}}\n"
      "- {id: two, type: TCP, address: 127.0.0.1, port: 9, disabled: true}\n";
  test::TempDir folder_;
  std::string config_;
  ServerFacts facts_;
  Clock clock_;
  Log log_;
  Published<View> views_;
  Monitor monitor_{views_, clock_, log_};
  std::shared_ptr<const Loaded> loaded_;
  std::optional<Reloader> reloader_;
  std::optional<ControlApi> api_;
  std::unique_ptr<ControlServer> server_;
};

// A client that speaks as slowly as it likes.
inline Fd connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int connected =
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  EXPECT_EQ(connected, 0);
  return fd;
}

// What comes back on `client` until it ends.
inline std::string read_to_end(const Fd& client) {
  std::string all;
  std::array<char, 4096> some{};
  while (true) {
    const ssize_t size = read(client.get(), some.data(), some.size());
    if (size <= 0) return all;
    all.append(some.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace rhumb::test
