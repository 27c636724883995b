#include "server/http_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rhumb {
namespace {

using testing::ElementsAre;

CheckSpec spec_of(CheckType type) {
  CheckSpec spec;
  spec.id = "london";
  spec.type = type;
  spec.address = "192.0.2.10";
  return spec;
}

TransferResult reply_of(int status, std::string body = "") {
  TransferResult result;
  result.end = TransferEnd::kDone;
  result.phase = TransferPhase::kRead;
  result.status = status;
  result.body = std::move(body);
  return result;
}

TEST(HttpProbe, AsksAsTheCheckSays) {
  CheckSpec spec = spec_of(CheckType::kHttps);
  spec.host = "www.example.com";
  spec.path = "/healthz";
  spec.method = "POST";
  spec.headers = {{"X-Probe", "yes"}, {"X-Empty", ""}};
  spec.body_contains = "fine";
  const TransferRequest request = http_request(spec, *IpAddress::parse("192.0.2.10"), {900, 300});
  EXPECT_EQ(request.scheme, Scheme::kHttps);
  EXPECT_EQ(request.port, 443);
  EXPECT_EQ(request.name, "www.example.com");
  EXPECT_EQ(request.path, "/healthz");
  EXPECT_EQ(request.timeout_ms, 900);
  EXPECT_EQ(request.connect_timeout_ms, 300);
  EXPECT_EQ(request.body_limit, 5120U);
  EXPECT_THAT(request.headers, ElementsAre("Content-Length: 0", "Host: www.example.com",
                                           "X-Probe: yes", "X-Empty;"));
}

TEST(HttpProbe, ReadsNoBodyThatNobodySearches) {
  const CheckSpec spec = spec_of(CheckType::kHttp);
  EXPECT_EQ(http_request(spec, IpAddress(), {1'000, 0}).body_limit, 0U);
}

TEST(HttpProbe, JudgesTheStatusThoughTheBodyNeverEnded) {
  TransferResult result = reply_of(503);
  result.end = TransferEnd::kTimedOut;
  const ProbeResult judged = judge_http(spec_of(CheckType::kHttp), result);
  EXPECT_FALSE(judged.ok);
  EXPECT_EQ(judged.reason, "status 503, expected 200-399");
  EXPECT_EQ(judged.status, 503);
}

TEST(HttpProbe, LooksForTheTextInTheBody) {
  CheckSpec spec = spec_of(CheckType::kHttp);
  spec.body_contains = "fine";
  EXPECT_TRUE(judge_http(spec, reply_of(200, "all is fine")).ok);
  EXPECT_EQ(judge_http(spec, reply_of(200, "all is lost")).reason,
            "body does not contain \"fine\"");
}

TEST(HttpProbe, SaysWhatATcpCheckWasAt) {
  TransferResult result;
  result.end = TransferEnd::kTimedOut;
  const CheckSpec spec = spec_of(CheckType::kTcp);
  EXPECT_EQ(judge_tcp(spec, result).reason, "timed out after 2000 ms (connecting)");
  result.end = TransferEnd::kDone;
  EXPECT_EQ(judge_tcp(spec, result).reason, "connected");
}

}  // namespace
}  // namespace rhumb
