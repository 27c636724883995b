// A request to the API of a running server, as commands make it: one call that waits for the reply.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb {

constexpr std::size_t kMaxApiReplyBytes = 1U << 28U;

struct ApiRequest {
  std::string url;          // http://… or https://…; with a socket, the host is only a header
  std::string unix_socket;  // path; empty: connects to the URL's host
  std::string method = "GET";
  std::vector<std::string> headers;
  std::string body;  // empty: none is sent
  std::int64_t timeout_ms = 10'000;
  std::int64_t connect_timeout_ms = 0;  // TLS included; 0: none but timeout_ms
  std::string ca_file;                  // PEM; empty: the system's
  // Not empty: takes the body of a good reply as it comes, and ends it by false.
  std::function<bool(std::string_view data)> on_data;
};

struct ApiReply {
  int status = 0;
  std::string body;
  std::string error;       // not empty: the server was not reached, or did not reply in full
  bool connected = false;  // whether it was reached
};

// Waits for the whole reply. Any thread.
ApiReply request(const ApiRequest& request);

}  // namespace rhumb
