// The door to libcurl: handles that free themselves, and what every use of it has in common. Only
// http.cc, which probes, and api_request.cc, which commands, know it. Why libcurl:
// docs/decisions/0003-probing-through-libcurl.md.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace rhumb {

constexpr int kCaFileCacheS = 60;  // a changed CA file is seen after this time

struct FreeCurlList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, FreeCurlList>;

struct FreeCurl {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using CurlEasy = std::unique_ptr<CURL, FreeCurl>;

// These throw std::bad_alloc.
template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  if (curl_easy_setopt(easy, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}
void append(CurlList& list, const std::string& line);
CurlList to_list(const std::vector<std::string>& lines);

void start_curl();
// No signals, no proxies, HTTP/1.1; errors into `error`, of CURL_ERROR_SIZE.
void set_common(CURL* easy, char* error, std::int64_t timeout_ms);

}  // namespace rhumb
