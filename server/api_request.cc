#include "server/api_request.h"

#include <array>
#include <new>
#include <utility>

#include "server/curl_handle.h"

namespace rhumb {
namespace {

struct ApiReading {
  const ApiRequest& request;
  CURL* easy = nullptr;
  ApiReply reply{};
};

// Less than `size` ends the exchange.
std::size_t on_api_data(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  auto& reading = *static_cast<ApiReading*>(user);
  long status = 0;
  curl_easy_getinfo(reading.easy, CURLINFO_RESPONSE_CODE, &status);
  if (reading.request.on_data && status == 200) {
    return reading.request.on_data({data, size}) ? size : 0;
  }
  std::string& body = reading.reply.body;
  if (size > kMaxApiReplyBytes - body.size()) return 0;
  body.append(data, size);
  return size;
}

}  // namespace

ApiReply request(const ApiRequest& request) {
  start_curl();
  const CurlEasy easy(curl_easy_init());
  if (easy == nullptr) throw std::bad_alloc();
  std::array<char, CURL_ERROR_SIZE> error{};
  set_common(easy.get(), error.data(), request.timeout_ms);
  set(easy.get(), CURLOPT_URL, request.url.c_str());
  set(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  if (!request.unix_socket.empty()) {
    set(easy.get(), CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  }
  if (!request.body.empty()) {
    set(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy.get(), CURLOPT_POSTFIELDS, request.body.c_str());
  }
  set(easy.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
  const CurlList headers = to_list(request.headers);
  set(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  if (request.connect_timeout_ms > 0) {
    set(easy.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout_ms));
  }
  if (!request.ca_file.empty()) set(easy.get(), CURLOPT_CAINFO, request.ca_file.c_str());
  ApiReading reading{.request = request, .easy = easy.get()};
  set(easy.get(), CURLOPT_WRITEFUNCTION, on_api_data);
  set(easy.get(), CURLOPT_WRITEDATA, &reading);
  const CURLcode code = curl_easy_perform(easy.get());
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  ApiReply& reply = reading.reply;
  reply.status = static_cast<int>(status);
  const char* connected_to = nullptr;
  curl_easy_getinfo(easy.get(), CURLINFO_PRIMARY_IP, &connected_to);
  reply.connected = status != 0 || (connected_to != nullptr && *connected_to != '\0');
  if (code != CURLE_OK) reply.error = error[0] != '\0' ? error.data() : curl_easy_strerror(code);
  return std::move(reply);
}

}  // namespace rhumb
