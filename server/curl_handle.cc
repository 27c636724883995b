#include "server/curl_handle.h"

#include <algorithm>

namespace rhumb {
namespace {

constexpr const char* kUserAgent = "rhumb/" RHUMB_VERSION;

}  // namespace

void append(CurlList& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

CurlList to_list(const std::vector<std::string>& lines) {
  CurlList list;
  for (const std::string& line : lines) append(list, line);
  return list;
}

void start_curl() {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_ALL);
  (void)kStarted;
}

void set_common(CURL* easy, char* error, std::int64_t timeout_ms) {
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_PROXY, "");  // not from the environment either
  set(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  set(easy, CURLOPT_USERAGENT, kUserAgent);
  set(easy, CURLOPT_ERRORBUFFER, error);
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(timeout_ms, 1)));
  set(easy, CURLOPT_CAPATH,
      static_cast<const char*>(nullptr));  // with one, CA files are not cached
  set(easy, CURLOPT_CA_CACHE_TIMEOUT, static_cast<long>(kCaFileCacheS));
}

}  // namespace rhumb
