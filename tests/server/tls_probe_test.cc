#include "server/tls_probe.h"

#include <gtest/gtest.h>

#include "server/certificate_time.h"

namespace rhumb {
namespace {

constexpr std::int64_t kNowS = 1'795'910'400;  // 2026-11-29
constexpr std::int64_t kDayS = 86'400;

TransferResult shaken(std::int64_t expires_s) {
  TransferResult result;
  result.end = TransferEnd::kDone;
  result.phase = TransferPhase::kWait;
  result.certificate = Certificate{"CN = server", "CN = ca", expires_s};
  return result;
}

CheckSpec wanting(std::int64_t days) {
  CheckSpec spec;
  spec.type = CheckType::kTls;
  spec.min_days_left = days;
  return spec;
}

TEST(CertificateTime, ReadsWhatOpensslWrites) {
  EXPECT_EQ(parse_certificate_time("Nov 28 00:00:00 2026 GMT"), 1'795'824'000);
  EXPECT_EQ(parse_certificate_time("Nov  4 12:30:15 2027 GMT"), 1'825'331'415);
  EXPECT_EQ(parse_certificate_time("Jan  1 00:00:00 1970 GMT"), 0);
}

TEST(CertificateTime, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "Nov", "Nov 28", "Bad 28 00:00:00 2026 GMT", "Feb 30 00:00:00 2026 GMT",
        "Nov 28 24:00:00 2026 GMT", "Nov 28 00:00:00 2026", "Nov 28 00:00:00 99999999 GMT"}) {
    EXPECT_EQ(parse_certificate_time(text), std::nullopt) << text;
  }
}

TEST(CertificateTime, WritesADate) {
  EXPECT_EQ(to_date(1'795'824'000), "2026-11-28");
  EXPECT_EQ(to_date(0), "1970-01-01");
}

TEST(TlsProbe, SaysHowLongTheCertificateLasts) {
  const ProbeResult result = judge_tls(wanting(14), shaken(kNowS + 20 * kDayS), kNowS);
  EXPECT_TRUE(result.ok);
  EXPECT_EQ(result.reason, "certificate is valid for 20 days, until 2026-12-19");
}

TEST(TlsProbe, FailsWhenTooFewDaysAreLeft) {
  const ProbeResult result = judge_tls(wanting(14), shaken(kNowS + 6 * kDayS - 1), kNowS);
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.reason, "certificate expires in 5 days, on 2026-12-04; 14 are wanted");
}

TEST(TlsProbe, SucceedsWithAsManyDaysAsAreWanted) {
  EXPECT_TRUE(judge_tls(wanting(14), shaken(kNowS + 14 * kDayS), kNowS).ok);
  EXPECT_FALSE(judge_tls(wanting(14), shaken(kNowS + 14 * kDayS - 1), kNowS).ok);
}

// Only without verifyTls: OpenSSL would not come so far.
TEST(TlsProbe, SaysThatTheCertificateHasExpired) {
  EXPECT_EQ(judge_tls(wanting(1), shaken(kNowS - kDayS), kNowS).reason,
            "certificate expired on 2026-11-28; 1 is wanted");
  EXPECT_EQ(judge_tls(wanting(0), shaken(kNowS - kDayS), kNowS).reason,
            "certificate expired on 2026-11-28");
}

TEST(TlsProbe, NeedsADateOnlyWhenDaysAreWanted) {
  TransferResult result = shaken(0);
  result.certificate->expires_s.reset();
  EXPECT_EQ(judge_tls(wanting(0), result, kNowS).reason, "TLS handshake done");
  EXPECT_EQ(judge_tls(wanting(1), result, kNowS).reason,
            "the certificate does not say when it expires");
}

TEST(TlsProbe, SaysWhatItWasAt) {
  TransferResult result;
  result.end = TransferEnd::kTimedOut;
  result.phase = TransferPhase::kTls;
  EXPECT_EQ(judge_tls(wanting(0), result, kNowS).reason,
            "timed out after 2000 ms (in the TLS handshake)");
}

}  // namespace
}  // namespace rhumb
