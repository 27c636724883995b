#include "server/api_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>

#include "tests/server/hostile_server.h"

namespace rhumb {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string url_of(const HostileServer& server, const std::string& path) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

// Answers one request on a Unix socket in a directory of its own.
class UnixServer {
 public:
  explicit UnixServer(std::string reply) {
    directory_ = testing::TempDir() + "rhumb-http-XXXXXX";
    if (mkdtemp(directory_.data()) == nullptr) throw std::runtime_error("mkdtemp");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("bind");
    }
    listen(fd_, 8);
    thread_ = std::thread([this, reply = std::move(reply)] {
      const int peer = accept(fd_, nullptr, nullptr);
      Connection connection(peer, stop_);
      if (connection.read_request()) connection.send(reply);
      request_ = connection.request;
      close(peer);
    });
  }
  UnixServer(const UnixServer&) = delete;
  UnixServer& operator=(const UnixServer&) = delete;
  ~UnixServer() {
    request();
    close(fd_);
    unlink(path().c_str());
    rmdir(directory_.c_str());
  }

  [[nodiscard]] std::string path() const { return directory_ + "/control.sock"; }
  // The request, once it has been answered.
  const std::string& request() {
    if (thread_.joinable()) thread_.join();
    return request_;
  }

 private:
  std::string directory_;
  int fd_ = -1;
  std::atomic<bool> stop_ = false;
  std::string request_;
  std::thread thread_;
};

TEST(Request, SpeaksOverAUnixSocket) {
  UnixServer server("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"zones\": 1}");
  ApiRequest wanted;
  wanted.url = "http://localhost/api/v1/status?full=1";
  wanted.unix_socket = server.path();
  const ApiReply reply = request(wanted);
  EXPECT_EQ(reply.error, "");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "{\"zones\": 1}");
  EXPECT_THAT(server.request(), AllOf(StartsWith("GET /api/v1/status?full=1 HTTP/1.1\r\n"),
                                      HasSubstr("Host: localhost\r\n")));
}

TEST(Request, SendsMethodHeadersAndBody) {
  HostileServer server(reply_with("HTTP/1.1 204 No Content\r\n\r\n"));
  ApiRequest wanted;
  wanted.url = url_of(server, "/api/v1/overrides/london");
  wanted.method = "PUT";
  wanted.headers = {"Authorization: Bearer secret", "Content-Type: application/json"};
  wanted.body = "{\"state\":\"unhealthy\"}";
  const ApiReply reply = request(wanted);
  EXPECT_EQ(reply.error, "");
  EXPECT_EQ(reply.status, 204);
  server.stop();
  EXPECT_THAT(server.last_request(), AllOf(StartsWith("PUT /api/v1/overrides/london HTTP/1.1\r\n"),
                                           HasSubstr("Authorization: Bearer secret\r\n"),
                                           HasSubstr("Content-Type: application/json\r\n"),
                                           HasSubstr("Content-Length: 21\r\n")));
}

TEST(Request, GivesTheBodyOfAnErrorReply) {
  HostileServer server(
      reply_with("HTTP/1.1 404 Not Found\r\nContent-Length: 13\r\n\r\n{\"error\":\"x\"}"));
  ApiRequest wanted;
  wanted.url = url_of(server, "/api/v1/health-checks/gone");
  const ApiReply reply = request(wanted);
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body, "{\"error\":\"x\"}");
  EXPECT_EQ(reply.error, "");
}

TEST(Request, SaysThatTheSocketIsNotThere) {
  ApiRequest wanted;
  wanted.url = "http://localhost/healthz";
  wanted.unix_socket = "/nonexistent/control.sock";
  const ApiReply reply = request(wanted);
  EXPECT_EQ(reply.status, 0);
  EXPECT_NE(reply.error, "");
}

TEST(Request, GivesUpAtItsTimeout) {
  HostileServer black_hole([](Connection& connection) { connection.wait_for_end(); });
  ApiRequest wanted;
  wanted.url = url_of(black_hole, "/healthz");
  wanted.timeout_ms = 100;
  EXPECT_THAT(request(wanted).error, HasSubstr("timed out"));
}

TEST(Request, SaysThatAReplyIsIncomplete) {
  HostileServer server([](Connection& connection) {
    if (connection.read_request())
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf");
  });
  ApiRequest wanted;
  wanted.url = url_of(server, "/");
  EXPECT_NE(request(wanted).error, "");
}

}  // namespace
}  // namespace rhumb
