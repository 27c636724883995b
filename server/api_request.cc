#include "server/api_request.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "server/transfer.h"

namespace rhumb {
namespace {

constexpr const char* kApiUserAgent = "rhumb/" RHUMB_VERSION;

struct FreeRequest {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using RequestEasy = std::unique_ptr<CURL, FreeRequest>;

// Header lines that live as long as the request.
class HeaderLines {
 public:
  explicit HeaderLines(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
      curl_slist* const longer = curl_slist_append(list_, line.c_str());
      if (longer == nullptr) throw std::bad_alloc();
      list_ = longer;
    }
  }
  HeaderLines(const HeaderLines&) = delete;
  HeaderLines& operator=(const HeaderLines&) = delete;
  ~HeaderLines() { curl_slist_free_all(list_); }
  [[nodiscard]] curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

template <typename Value>
void set_option(CURL* easy, CURLoption option, Value value) {
  if (curl_easy_setopt(easy, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

void set_bounds(CURL* easy, const ApiRequest& request, char* error) {
  set_option(easy, CURLOPT_NOSIGNAL, 1L);
  set_option(easy, CURLOPT_PROXY, "");  // not from the environment either
  set_option(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  set_option(easy, CURLOPT_USERAGENT, kApiUserAgent);
  set_option(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set_option(easy, CURLOPT_ERRORBUFFER, error);
  set_option(easy, CURLOPT_TIMEOUT_MS,
             static_cast<long>(std::max<std::int64_t>(request.timeout_ms, 1)));
  if (request.connect_timeout_ms > 0) {
    set_option(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout_ms));
  }
}

// Where libcurl was built with a folder of CAs, it trusts that too unless told otherwise.
void trust_only(CURL* easy, const std::string& ca_file) {
  set_option(easy, CURLOPT_CAINFO, ca_file.c_str());
  set_option(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
}

// Of a server that nobody has started, in the system's words.
std::string explain_failure(CURL* easy, CURLcode code, const char* text) {
  long os_error = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
  if (code == CURLE_COULDNT_CONNECT && os_error != 0) {
    return system_word(static_cast<int>(os_error));
  }
  return *text != '\0' ? text : curl_easy_strerror(code);
}

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
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_ALL);
  (void)kStarted;
  const RequestEasy easy(curl_easy_init());
  if (easy == nullptr) throw std::bad_alloc();
  std::array<char, CURL_ERROR_SIZE> error{};
  set_bounds(easy.get(), request, error.data());
  set_option(easy.get(), CURLOPT_URL, request.url.c_str());
  set_option(easy.get(), CURLOPT_PATH_AS_IS, 1L);  // an id may have dots between slashes
  if (!request.unix_socket.empty()) {
    set_option(easy.get(), CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  }
  if (!request.body.empty()) {
    set_option(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE,
               static_cast<curl_off_t>(request.body.size()));
    set_option(easy.get(), CURLOPT_POSTFIELDS, request.body.c_str());
  }
  set_option(easy.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
  const HeaderLines headers(request.headers);
  set_option(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  if (!request.ca_file.empty()) trust_only(easy.get(), request.ca_file);
  ApiReading reading{.request = request, .easy = easy.get()};
  set_option(easy.get(), CURLOPT_WRITEFUNCTION, on_api_data);
  set_option(easy.get(), CURLOPT_WRITEDATA, &reading);
  const CURLcode code = curl_easy_perform(easy.get());
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  ApiReply& reply = reading.reply;
  reply.status = static_cast<int>(status);
  const char* connected_to = nullptr;
  curl_easy_getinfo(easy.get(), CURLINFO_PRIMARY_IP, &connected_to);
  reply.connected = status != 0 || (connected_to != nullptr && *connected_to != '\0');
  if (code != CURLE_OK) reply.error = explain_failure(easy.get(), code, error.data());
  return std::move(reply);
}

}  // namespace rhumb
