#include "server/prometheus_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/prometheus_reply.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

CheckSpec burn_rate(OnNoData on_no_data = OnNoData::kLastKnown) {
  CheckSpec spec;
  spec.type = CheckType::kPrometheus;
  spec.address = "192.0.2.9";
  spec.port = 9'090;
  spec.path = "";
  spec.metric = {"rate(errors[5m]) / 2", Comparison::kLess, 0.001, on_no_data};
  return spec;
}

ProbeResult judge(const CheckSpec& spec, const std::string& body, int status = 200) {
  TransferResult result;
  result.end = TransferEnd::kDone;
  result.status = status;
  result.body = body;
  return judge_prometheus(spec, result);
}

std::string vector_of(const std::string& elements) {
  return R"({"status":"success","data":{"resultType":"vector","result":[)" + elements + "]}}";
}

constexpr const char* kAbove = R"({"metric":{"instance":"a"},"value":[1,"0.0004"]})";
constexpr const char* kBelow = R"({"metric":{"instance":"b","job":"web"},"value":[1,"0.02"]})";

TEST(PrometheusProbe, AsksTheQueryApi) {
  CheckSpec spec = burn_rate();
  spec.path = "/prometheus";
  spec.headers = {{"X-Scope-OrgID", "shop"}};
  const TransferRequest request =
      prometheus_request(spec, *IpAddress::parse("192.0.2.9"), {2'000, 0}, "secret");
  EXPECT_EQ(request.path, "/prometheus/api/v1/query?query=rate%28errors%5B5m%5D%29%20%2F%202");
  EXPECT_EQ(request.method, "GET");
  EXPECT_THAT(request.headers, ElementsAre("X-Scope-OrgID: shop", "Authorization: Bearer secret"));
}

TEST(PrometheusProbe, SendsALongQueryAsAForm) {
  CheckSpec spec = burn_rate();
  spec.metric.query = std::string(3'000, 'x');
  const TransferRequest request = prometheus_request(spec, IpAddress(), {2'000, 0}, "");
  EXPECT_EQ(request.path, "/api/v1/query");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.data, "query=" + std::string(3'000, 'x'));
}

TEST(PrometheusProbe, HoldsEveryValueAgainstTheCondition) {
  const CheckSpec spec = burn_rate();
  EXPECT_EQ(judge(spec, vector_of(kAbove)).reason, "value 0.0004 is < 0.001");
  EXPECT_TRUE(judge(spec, vector_of(kAbove)).ok);
  const ProbeResult bad = judge(spec, vector_of(std::string(kAbove) + "," + kBelow));
  EXPECT_FALSE(bad.ok);
  EXPECT_TRUE(bad.counts);
  EXPECT_EQ(bad.reason,
            "value 0.02 of {instance=\"b\", job=\"web\"}, wanted < 0.001; so 1 of 2 values");
  EXPECT_EQ(judge(spec, vector_of(std::string(kAbove) + "," + kAbove)).reason,
            "all 2 values are < 0.001");
}

TEST(PrometheusProbe, TakesAScalar) {
  const std::string one = R"({"status":"success","data":{"resultType":"scalar","result":[1,"1"]}})";
  CheckSpec spec = burn_rate();
  EXPECT_EQ(judge(spec, one).reason, "value 1, wanted < 0.001");
  spec.metric.comparison = Comparison::kGreaterOrEqual;
  EXPECT_EQ(judge(spec, one).reason, "value 1 is >= 0.001");
}

TEST(PrometheusProbe, KnowsAllComparisons) {
  CheckSpec spec = burn_rate();
  spec.metric.limit = 2;
  const auto holds = [&](Comparison comparison) {
    spec.metric.comparison = comparison;
    return judge(spec, vector_of(R"({"metric":{},"value":[1,"2"]})")).ok;
  };
  EXPECT_FALSE(holds(Comparison::kLess));
  EXPECT_TRUE(holds(Comparison::kLessOrEqual));
  EXPECT_TRUE(holds(Comparison::kEqual));
  EXPECT_FALSE(holds(Comparison::kNotEqual));
  EXPECT_TRUE(holds(Comparison::kGreaterOrEqual));
  EXPECT_FALSE(holds(Comparison::kGreater));
}

TEST(PrometheusProbe, StaysAsItIsWithoutData) {
  const ProbeResult result = judge(burn_rate(), vector_of(""));
  EXPECT_FALSE(result.counts);
  EXPECT_EQ(result.reason, "no data: the query gives an empty vector; the check stays as it is");
  EXPECT_EQ(judge(burn_rate(), vector_of(R"({"metric":{},"value":[1,"NaN"]})")).reason,
            "no data: the query gives NaN; the check stays as it is");
}

TEST(PrometheusProbe, DoesWithoutDataAsTheCheckSays) {
  const ProbeResult good = judge(burn_rate(OnNoData::kHealthy), vector_of(""));
  EXPECT_TRUE(good.ok);
  EXPECT_TRUE(good.counts);
  EXPECT_EQ(good.reason, "no data: the query gives an empty vector; onNoData: healthy");
  const ProbeResult bad = judge(burn_rate(OnNoData::kUnhealthy), vector_of(""));
  EXPECT_FALSE(bad.ok);
  EXPECT_TRUE(bad.counts);
}

TEST(PrometheusProbe, PassesOverNanBesideNumbers) {
  const std::string nan = R"({"metric":{},"value":[1,"NaN"]})";
  EXPECT_EQ(judge(burn_rate(), vector_of(nan + "," + kAbove)).reason, "value 0.0004 is < 0.001");
}

// It says nothing of the site that it watches.
TEST(PrometheusProbe, TakesAnUnreachablePrometheusForNoData) {
  TransferResult refused;
  refused.error = "connection refused";
  const ProbeResult result = judge_prometheus(burn_rate(), refused);
  EXPECT_FALSE(result.counts);
  EXPECT_EQ(result.reason, "no data: connection refused; the check stays as it is");
}

TEST(PrometheusProbe, GivesTheServersOwnError) {
  const std::string error = R"({"status":"error","errorType":"bad_data","error":"parse error"})";
  EXPECT_EQ(judge(burn_rate(OnNoData::kUnhealthy), error, 400).reason,
            "no data: status 400: the query failed: \"parse error\"; onNoData: unhealthy");
}

TEST(PrometheusProbe, BelievesNoValueUnlessTheStatusSaysSuccess) {
  for (const int status : {101, 302, 404, 422, 503}) {
    const ProbeResult result = judge(burn_rate(), vector_of(kBelow), status);
    EXPECT_FALSE(result.counts) << status;
    EXPECT_EQ(result.reason, "no data: status " + std::to_string(status) +
                                 ", though its body says success; the check stays as it is");
  }
  EXPECT_TRUE(judge(burn_rate(OnNoData::kHealthy), vector_of(kBelow), 503).ok);
  EXPECT_FALSE(judge(burn_rate(OnNoData::kUnhealthy), vector_of(kAbove), 503).ok);
  EXPECT_TRUE(judge(burn_rate(), vector_of(kAbove), 203).ok);
}

TEST(PrometheusProbe, KeepsTheStatusOfAReplyWithoutData) {
  EXPECT_EQ(judge(burn_rate(), "<html>", 502).status, 502);
  EXPECT_EQ(judge(burn_rate(OnNoData::kHealthy), vector_of("")).status, 200);
  EXPECT_EQ(judge(burn_rate(OnNoData::kUnhealthy), "{}", 401).status, 401);
  TransferResult slow;
  slow.end = TransferEnd::kTimedOut;
  slow.phase = TransferPhase::kRead;
  slow.status = 200;
  EXPECT_EQ(judge_prometheus(burn_rate(), slow).status, 200);
}

TEST(PrometheusProbe, SaysThatTheReplyIsOfNoQueryApi) {
  EXPECT_THAT(judge(burn_rate(), "<html>", 200).reason,
              StartsWith("no data: the reply is no JSON"));
  EXPECT_THAT(judge(burn_rate(), "<html>", 502).reason,
              StartsWith("no data: status 502: the reply is no JSON"));
  EXPECT_THAT(judge(burn_rate(), "{}").reason,
              StartsWith("no data: the reply is not of a query API"));
  EXPECT_THAT(
      judge(burn_rate(), R"({"status":"success","data":{"resultType":"matrix","result":[]}})")
          .reason,
      StartsWith("no data: the query gives a \"matrix\", not a vector or scalar"));
}

TEST(PrometheusReply, ReadsEveryKindOfNumber) {
  const auto values = parse_prometheus_reply(vector_of(
      R"({"metric":{},"value":[1,"+Inf"]},{"metric":{},"value":[1,"-Inf"]},{"metric":{},"value":[1,"1e-3"]})"));
  ASSERT_TRUE(values.ok());
  EXPECT_GT(values.value()[0].value, 1e300);
  EXPECT_LT(values.value()[1].value, -1e300);
  EXPECT_EQ(values.value()[2].value, 0.001);
  EXPECT_EQ(parse_prometheus_reply(vector_of(R"({"metric":{},"value":[1,"one"]})")).error(),
            "the reply holds no number where one belongs");
}

}  // namespace
}  // namespace rhumb
