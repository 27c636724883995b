#include "server/grpc_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/grpc_health.h"

namespace rhumb {
namespace {

using std::string_literals::operator""s;
using testing::Contains;

TransferResult reply_of(std::string headers, std::string body) {
  TransferResult result;
  result.end = TransferEnd::kDone;
  result.phase = TransferPhase::kRead;
  result.status = 200;
  result.http_version = 2;
  result.headers = std::move(headers);
  result.body = std::move(body);
  return result;
}

constexpr const char* kGrpc = "HTTP/2 200 \r\ncontent-type: application/grpc\r\n\r\n";

std::string reason(const std::string& trailers, const std::string& body,
                   const std::string& service = "") {
  CheckSpec spec;
  spec.type = CheckType::kGrpc;
  spec.service = service;
  return judge_grpc(spec, reply_of(kGrpc + trailers, body)).reason;
}

TEST(GrpcHealth, FramesARequest) {
  EXPECT_EQ(grpc_health_request(""), "\0\0\0\0\0"s);
  EXPECT_EQ(grpc_health_request("shop"), "\0\0\0\0\6\x0A\4shop"s);
  EXPECT_EQ(grpc_health_request(std::string(300, 'x')).substr(0, 8), "\0\0\0\1\x2F\x0A\xAC\2"s);
}

TEST(GrpcHealth, ReadsAStatus) {
  EXPECT_EQ(parse_grpc_health("\0\0\0\0\2\x08\1"s).value(), Serving::kServing);
  EXPECT_EQ(parse_grpc_health("\0\0\0\0\0"s).value(), Serving::kUnknown);
  EXPECT_EQ(parse_grpc_health("\0\0\0\0\5\x12\1x\x08\2"s).value(), Serving::kNotServing);
  EXPECT_EQ(parse_grpc_health("\0\0\0\0\4\x08\1\x08\2"s).value(), Serving::kNotServing);
}

TEST(GrpcHealth, RefusesWhatIsNoReply) {
  EXPECT_EQ(parse_grpc_health("\0\0"s).error(), "it is cut short");
  EXPECT_EQ(parse_grpc_health("\1\0\0\0\2\x08\1"s).error(), "it is compressed");
  EXPECT_EQ(parse_grpc_health("\0\xFF\xFF\xFF\xFF\x08\1"s).error(),
            "its length is not that of its frame");
  for (const std::string& message : {"\x08"s, "\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1"s,
                                     "\x12\x7Fx"s, "\x0B"s, "\1"s, "\x09\1\1"s, "\x0D\1"s}) {
    const std::string framed = "\0\0\0\0"s + static_cast<char>(message.size()) + message;
    EXPECT_EQ(parse_grpc_health(framed).error(), "it is no protobuf");
  }
}

TEST(GrpcProbe, AsksTheHealthService) {
  CheckSpec spec;
  spec.type = CheckType::kGrpc;
  spec.address = "192.0.2.1";
  spec.port = 50'051;
  spec.service = "shop";
  const TransferRequest request = grpc_request(spec, *IpAddress::parse("192.0.2.1"), {1'500, 0});
  EXPECT_EQ(request.scheme, Scheme::kHttp);
  EXPECT_EQ(request.path, "/grpc.health.v1.Health/Check");
  EXPECT_EQ(request.data, "\0\0\0\0\6\x0A\4shop"s);
  EXPECT_TRUE(request.http2);
  EXPECT_THAT(request.headers, Contains("grpc-timeout: 1500m"));
  spec.tls = true;
  EXPECT_EQ(grpc_request(spec, IpAddress(), {1'500, 0}).scheme, Scheme::kHttps);
}

TEST(GrpcProbe, JudgesByTheServingStatus) {
  const std::string ok = "grpc-status: 0\r\n\r\n";
  EXPECT_EQ(reason(ok, "\0\0\0\0\2\x08\1"s), "SERVING");
  EXPECT_EQ(reason(ok, "\0\0\0\0\2\x08\2"s), "NOT_SERVING");
  EXPECT_EQ(reason(ok, "\0\0\0\0\2\x08\2"s, "shop"), "NOT_SERVING for \"shop\"");
  EXPECT_EQ(reason(ok, "\0\0\0\0\0"s), "UNKNOWN: the server does not know its health");
  EXPECT_EQ(reason(ok, "\0\0\0\0\2\x08\3"s, "shop"),
            "SERVICE_UNKNOWN: the server knows no service \"shop\"");
  EXPECT_EQ(reason(ok, "\0\0\0\0\2\x08\x09"s), "serving status 9, which is none of grpc.health.v1");
  EXPECT_EQ(reason(ok, ""), "the reply is no HealthCheckResponse: it is cut short");
}

TEST(GrpcProbe, SaysWhichErrorTheServerGave) {
  EXPECT_EQ(reason("grpc-status: 12\r\n\r\n", ""),
            "UNIMPLEMENTED: the server has no grpc.health.v1.Health");
  EXPECT_EQ(reason("grpc-status: 5\r\n\r\n", "", "shop"),
            "NOT_FOUND: the server knows no service \"shop\"");
  EXPECT_EQ(reason("grpc-status: 14\r\ngrpc-message: draining\r\n\r\n", ""),
            "UNAVAILABLE: \"draining\"");
  EXPECT_EQ(
      reason("grpc-status: 14\r\ngrpc-message: 100%25 gone%0A%1B[2J %C3%BC%FF 5%\r\n\r\n", ""),
      "UNAVAILABLE: \"100% gone\\x0A\\x1B[2J \xC3\xBC\\xFF 5%\"");
  EXPECT_EQ(reason("grpc-status: 99\r\n\r\n", ""), "grpc-status \"99\"");
}

TEST(GrpcProbe, SaysThatThereAreNoTrailers) {
  EXPECT_EQ(reason("", "\0\0\0\0\2\x08\1"s),
            "the reply ends without grpc-status: there are no trailers");
}

TEST(GrpcProbe, SaysThatTheReplyIsNotGrpc) {
  TransferResult page = reply_of("HTTP/2 200 \r\ncontent-type: text/html\r\n\r\n", "hello");
  EXPECT_EQ(judge_grpc({}, page).reason,
            "the reply is not gRPC: its content-type is \"text/html\"");
  page.status = 502;
  EXPECT_EQ(judge_grpc({}, page).reason, "status 502, expected 200");
  page.http_version = 1;
  EXPECT_EQ(judge_grpc({}, page).reason, "the reply is not HTTP/2");
}

}  // namespace
}  // namespace rhumb
