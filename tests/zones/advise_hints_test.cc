// Advice on address hints beside routed addresses.
#include "zones/advise_hints.h"

#include "tests/zones/advice.h"
#include "zones/hints.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(AdviseOnHints, TellsOfAHintBesideRoutedAddresses) {
  EXPECT_THAT(
      advice_of(kRouted + "- {name: www, type: HTTPS, values: 1 . alpn=h2 ipv4hint=192.0.2.10}\n"),
      ElementsAre("z.yaml:12:36: warning: www.example.com. HTTPS has ipv4hint, but the "
                  "addresses of www.example.com. are routed: clients may use the hint "
                  "instead, be it of a dead or a distant site; leave ipv4hint out"));
  EXPECT_THAT(advice_of(kRouted + "- {name: www, type: HTTPS, values: 1 . alpn=h2}\n"), IsEmpty());
}

TEST(AdviseOnHints, TellsOfAHintOfAnotherName) {
  EXPECT_THAT(
      advice_of(kRouted + "- {name: _8443._https.api, type: SVCB, values: [0 x, 1 www "
                          "ipv4hint=192.0.2.10]}\n"),
      ElementsAre("z.yaml:12:54: warning: _8443._https.api.example.com. SVCB has ipv4hint, "
                  "but the addresses of www.example.com. are routed: clients may use the hint "
                  "instead, be it of a dead or a distant site; leave ipv4hint out"));
}

TEST(AdviseOnHints, TakesAHintOfAddressesThatAreTheSameForAll) {
  EXPECT_THAT(advice_of(pool_with("healthCheckId: london") +
                        "- {name: pool, type: HTTPS, values: 1 . ipv4hint=192.0.2.10}\n"),
              IsEmpty());
  EXPECT_THAT(
      advice_of(kRouted + "- {name: www, type: HTTPS, values: 1 . ipv6hint=\"2001:db8::10\"}\n"),
      IsEmpty());
}

TEST(AdviseOnHints, TakesAHintThatIsRoutedItself) {
  const auto https = [](const std::string& identifier, const std::string& fields) {
    return "- {name: www, type: HTTPS, setIdentifier: " + identifier + ", " + fields +
           ", values: 1 . ipv4hint=192.0.2.10}\n";
  };
  EXPECT_THAT(advice_of(kRouted + https("a", "failover: PRIMARY, healthCheckId: london") +
                        https("b", "failover: SECONDARY, healthCheckId: frankfurt")),
              IsEmpty());
  EXPECT_THAT(advice_of(kRouted + "- {name: www, type: HTTPS, healthCheckId: london, values: 1 . "
                                  "ipv4hint=192.0.2.10}\n"),
              SizeIs(1));
}

TEST(AdviseOnHints, TellsOfBothFamiliesAtOnce) {
  EXPECT_THAT(
      advice_of(
          set_of("a", "weight: 1", "192.0.2.1, \"2001:db8::1\"", "[A, AAAA]") +
          set_of("b", "weight: 1", "192.0.2.2, \"2001:db8::2\"", "[A, AAAA]") +
          "- {name: www, type: HTTPS, values: \"1 . ipv4hint=192.0.2.1 ipv6hint=2001:db8::1\"}\n"),
      ElementsAre("z.yaml:12:36: warning: www.example.com. HTTPS has ipv4hint and ipv6hint, "
                  "but the addresses of www.example.com. are routed: clients may use the hint "
                  "instead, be it of a dead or a distant site; leave ipv4hint and ipv6hint out"));
}

TEST(AdviseOnHints, KnowsWhatAWildcardAnswers) {
  EXPECT_THAT(
      advice_of("- {name: \"*.w\", type: A, setIdentifier: a, weight: 1, values: 192.0.2.1}\n"
                "- {name: \"*.w\", type: A, setIdentifier: b, weight: 1, values: 192.0.2.2}\n"
                "- {name: svc, type: HTTPS, values: 1 x.w ipv4hint=192.0.2.1}\n"
                "- {name: svc2, type: HTTPS, values: 1 x.y.example.net. ipv4hint=192.0.2.1}\n"),
      ElementsAre("z.yaml:12:36: warning: svc.example.com. HTTPS has ipv4hint, but the "
                  "addresses of x.w.example.com. are routed: clients may use the hint "
                  "instead, be it of a dead or a distant site; leave ipv4hint out"));
}

TEST(Hints, AreReadFromTheWire) {
  const std::vector<std::uint8_t> both = {0,  1, 1,  'x', 0, 0, 4, 0, 4, 192, 0, 2, 1, 0, 6, 0, 16,
                                          32, 1, 13, 184, 0, 0, 0, 0, 0, 0,   0, 0, 0, 0, 0, 1};
  const auto hints = hints_of(both);
  ASSERT_TRUE(hints.has_value());
  EXPECT_EQ(to_string(hints->target), "x.");
  EXPECT_TRUE(hints->v4 && hints->v6);
}

TEST(Hints, AreNotInAliasModeNorInMalformedRdata) {
  const std::vector<std::uint8_t> whole = {0, 1, 0, 0, 4, 0, 4, 192, 0, 2, 1};
  EXPECT_TRUE(hints_of(whole).has_value());
  std::vector<std::uint8_t> alias = whole;
  alias[1] = 0;
  EXPECT_FALSE(hints_of(alias).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(hints_of(std::span(whole).first(size)).has_value()) << size;
  }
}

}  // namespace
}  // namespace rhumb
