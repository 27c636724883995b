#include "zones/rdata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace rhumb {
namespace {

using testing::HasSubstr;

const Name kOrigin = Name::parse("example.org.", Name()).value();

std::string to_hex(const std::vector<std::uint8_t>& octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t octet : octets) {
    hex += kDigits[octet >> 4U];
    hex += kDigits[octet & 15U];
  }
  return hex;
}

// The wire in hexadecimal, or what is wrong.
std::string parse(std::string_view type, std::string_view text) {
  std::vector<std::uint8_t> out;
  const Result<bool> parsed = parse_rdata(parse_type(type).value(), text, kOrigin, out);
  EXPECT_TRUE(parsed.ok() || out.empty());
  return parsed.ok() ? to_hex(out) : parsed.error();
}

constexpr std::string_view kExampleOrg = "076578616d706c65036f726700";

TEST(Rdata, ReadsAddresses) {
  EXPECT_EQ(parse("A", "192.0.2.1"), "c0000201");
  EXPECT_EQ(parse("AAAA", "2001:db8::1"), "20010db8000000000000000000000001");
}

TEST(Rdata, RefusesAddressesThatAreNone) {
  EXPECT_EQ(parse("A", "192.0.2.256"),
            "\"192.0.2.256\" is no IPv4 address; write one like 192.0.2.1");
  EXPECT_THAT(parse("A", "192.0.2"), HasSubstr("is no IPv4 address"));
  EXPECT_THAT(parse("A", "192.0.2.01"), HasSubstr("is no IPv4 address"));
  EXPECT_THAT(parse("A", "192.0.2.1."), HasSubstr("is no IPv4 address"));
  EXPECT_THAT(parse("A", "1.2.3.4.5"), HasSubstr("is no IPv4 address"));
  EXPECT_EQ(parse("A", "2001:db8::1"), "\"2001:db8::1\" is an IPv6 address; write it as AAAA");
  EXPECT_EQ(parse("AAAA", "192.0.2.1"), "\"192.0.2.1\" is an IPv4 address; write it as A");
  EXPECT_EQ(parse("AAAA", "2001:db8::g"),
            "\"2001:db8::g\" is no IPv6 address; write one like 2001:db8::1");
}

TEST(Rdata, CompletesRelativeNames) {
  EXPECT_EQ(parse("NS", "ns1"), "036e7331" + std::string(kExampleOrg));
  EXPECT_EQ(parse("CNAME", "@"), kExampleOrg);
  EXPECT_EQ(parse("DNAME", "a.b."), "0161016200");
  EXPECT_EQ(parse("PTR", R"(a\.b\065.)"), "04612e624100");
  EXPECT_EQ(parse("MX", "10 mail"), "000a046d61696c" + std::string(kExampleOrg));
  EXPECT_EQ(parse("SRV", "1 2 443 ."), "0001000201bb00");
}

TEST(Rdata, RefusesNamesThatAreNone) {
  EXPECT_THAT(parse("NS", "a..b"), HasSubstr("\"a..b\" is no name: empty label"));
  EXPECT_THAT(parse("NS", std::string(64, 'a') + "."), HasSubstr("63 octets"));
  EXPECT_THAT(parse("NS",
                    "b\xC3\xBC"
                    "cher"),
              HasSubstr("xn--"));
  EXPECT_THAT(parse("NS", "\"ns1\""), HasSubstr("names are written without quotes"));
  EXPECT_THAT(parse("CNAME", "www;x"), HasSubstr("write a backslash before"));
}

TEST(Rdata, RefusesRelativeNamesWithoutOrigin) {
  std::vector<std::uint8_t> out;
  const auto parsed = parse_rdata(Type::kMx, "10 mail", NameScope{}, out);
  ASSERT_FALSE(parsed.ok());
  EXPECT_THAT(parsed.error(), HasSubstr("\"mail\" is relative, but no $ORIGIN"));
}

TEST(Rdata, NotesRelativeNamesAsCompleted) {
  std::vector<std::uint8_t> out;
  std::vector<Name> relative;
  const NameScope scope{.origin = &kOrigin, .relative = &relative};
  ASSERT_TRUE(parse_rdata(Type::kMinfo, "www.a b.example.net.", scope, out).ok());
  ASSERT_EQ(relative.size(), 1U);
  EXPECT_EQ(to_string(relative[0]), "www.a.example.org.");
}

TEST(Rdata, RefusesNumbersThatWouldWrap) {
  EXPECT_EQ(parse("MX", "65536 mail"), "\"65536\" is no number from 0 to 65535");
  EXPECT_EQ(parse("MX", "-1 mail"), "\"-1\" is no number from 0 to 65535");
  EXPECT_EQ(parse("CAA", "256 issue \"\""), "\"256\" is no number from 0 to 255");
  EXPECT_EQ(parse("TLSA", "3 1 999 00"), "\"999\" is no number from 0 to 255");
}

TEST(Rdata, RefusesTooFewAndTooManyFields) {
  EXPECT_EQ(parse("A", ""), "A takes a value, but none is given");
  EXPECT_EQ(parse("MX", "10"), "MX takes 2 values, but only 1 given");
  EXPECT_EQ(parse("TXT", ""), "TXT takes a value, but none is given");
  EXPECT_EQ(parse("A", "192.0.2.1 192.0.2.2"), "there is text left over: \"192.0.2.2\"");
  EXPECT_EQ(parse("NS", "ns1 ns2"), "there is text left over: \"ns2\"");
  EXPECT_EQ(parse("MX", "10 a b"), "there is text left over: \"b\"");
}

TEST(Rdata, ReadsSoaWithUnits) {
  EXPECT_EQ(parse("SOA", ". . 2024010101 1h 15m 2w 30"),
            "000078a3f175"
            "00000e10"
            "00000384"
            "00127500"
            "0000001e");
}

TEST(Rdata, ReadsTexts) {
  EXPECT_EQ(parse("TXT", "abc"), "03616263");
  EXPECT_EQ(parse("TXT", "\"a b\" c"),
            "03612062"
            "0163");
  EXPECT_EQ(parse("TXT", "\"a\"\"b\""),
            "0161"
            "0162");
  EXPECT_EQ(parse("TXT", "\"\""), "00");
  EXPECT_EQ(parse("TXT", R"("\"\\\059\010;")"), "05225c3b0a3b");
  EXPECT_EQ(parse("HINFO", "RFC8482 \"\""),
            "0752464338343832"
            "00");
}

TEST(Rdata, RefusesTextsThatAreNone) {
  EXPECT_THAT(parse("TXT", std::string(256, 'a')), HasSubstr("longer than 255 octets"));
  EXPECT_EQ(parse("TXT", std::string(255, 'a')).size(), 512U);
  EXPECT_THAT(parse("TXT", R"("a\256")"), HasSubstr("bad escape"));
  EXPECT_THAT(parse("TXT", R"(a\25)"), HasSubstr("bad escape"));
  EXPECT_THAT(parse("TXT", R"("abc)"), HasSubstr("has no closing quote"));
  EXPECT_THAT(parse("TXT", R"(a"b"c)"), HasSubstr("has a quote inside"));
}

TEST(Rdata, ReadsEveryTypeByRfc3597) {
  EXPECT_EQ(parse("TYPE65280", "\\# 3 01 0203"), "010203");
  EXPECT_EQ(parse("TYPE65280", "\\# 0"), "");
  EXPECT_EQ(parse("A", "\\# 4 c0000201"), "c0000201");
  EXPECT_EQ(parse("NS", "\\# 3 016100"), "016100");
  EXPECT_EQ(parse("A6", "\\# 1 00"), "00");
}

TEST(Rdata, RefusesWrongRfc3597Data) {
  EXPECT_EQ(parse("A", "\\# 3 010203"), "these octets are no data of type A");
  EXPECT_EQ(parse("CNAME", "\\# 2 c000"), "these octets are no data of type CNAME");
  EXPECT_EQ(parse("MX", "\\# 2 000a"), "these octets are no data of type MX");
  EXPECT_EQ(parse("TXT", "\\# 2 0561"), "these octets are no data of type TXT");
  EXPECT_EQ(parse("TYPE65280", "\\# 2 01"), "\\# says 2 octets, but 1 follow");
  EXPECT_THAT(parse("TYPE65280", "\\# 1 0"), HasSubstr("odd number"));
  EXPECT_THAT(parse("TYPE65280", "\\# 1 0g"), HasSubstr("not hexadecimal"));
  EXPECT_THAT(parse("TYPE65280", "\\# x 00"), HasSubstr("write \\# LENGTH HEX"));
  EXPECT_EQ(parse("TYPE65280", "abc"),
            "TYPE65280 has no text form here; write its data as \\# LENGTH HEX");
}

TEST(Rdata, RefusesTypesThatAreNeverData) {
  for (const std::string_view type : {"OPT", "ANY", "AXFR", "IXFR", "TSIG", "TKEY", "MAILB"}) {
    EXPECT_THAT(parse(type, "\\# 0"), HasSubstr("never data of a zone")) << type;
  }
}

TEST(Rdata, ReadsTheTypesThatLdnsKnows) {
  EXPECT_EQ(parse("CAA", "0 issue \"letsencrypt.org; x=y\""),
            "0005697373756"
            "56c657473656e63727970742e6f72673b20783d79");
  EXPECT_EQ(parse("TLSA", "3 1 1 0123 4567"), "03010101234567");
  EXPECT_EQ(parse("TLSA", "DANE-EE SPKI SHA2-256 01"), "03010101");
  EXPECT_EQ(parse("SSHFP", "1 1 0a0b"), "01010a0b");
  EXPECT_EQ(parse("DS", "1 RSASHA256 2 ab cd"), "00010802abcd");
  EXPECT_EQ(parse("OPENPGPKEY", "AAEC AwQ="), "0001020304");
  EXPECT_EQ(parse("NAPTR", "1 2 \"u\" \"E2U+sip\" \"\" ."),
            "00010002"
            "0175"
            "074532552b736970"
            "0000");
  EXPECT_EQ(parse("URI", "10 1 \"https://a/\""),
            "000a0001"
            "68747470733a2f2f612f");
  EXPECT_EQ(parse("EUI48", "00-00-5e-00-53-2a"), "00005e00532a");
  EXPECT_EQ(parse("NID", "10 0014:4fff:ff20:ee64"), "000a00144fffff20ee64");
  EXPECT_EQ(parse("L32", "10 10.1.2.0"), "000a0a010200");
  EXPECT_EQ(parse("NSAP", "0x47.0005.80"), "47000580");
  EXPECT_EQ(parse("RP", "a. ."),
            "016100"
            "00");
  EXPECT_EQ(parse("CERT", "PKIX 1 0 AQ=="), "000100010001");
  EXPECT_EQ(parse("CSYNC", "66 3 A NS AAAA"),
            "00000042"
            "0003"
            "000460000008");
}

TEST(Rdata, ReadsServiceBindings) {
  EXPECT_EQ(parse("HTTPS", "0 svc.example.net."),
            "0000"
            "0373766307"
            "6578616d706c65036e657400");
  EXPECT_EQ(parse("HTTPS", "1 . port=8443 alpn=h2"),
            "0001"
            "00"
            "0001"
            "0003026832"
            "0003"
            "0002"
            "20fb");
  EXPECT_EQ(parse("SVCB", "1 . alpn=\"h2,h3\""),
            "0001"
            "00"
            "0001"
            "0006026832026833");
  EXPECT_EQ(parse("HTTPS", "1 . ipv4hint=192.0.2.1"),
            "0001"
            "00"
            "0004"
            "0004c0000201");
}

// RFC 9460 App. D.2.
TEST(Rdata, ReadsTheServiceBindingsOfItsRfc) {
  EXPECT_EQ(parse("SVCB", "1 . key667=hello"),
            "000100"
            "029b"
            "0005"
            "68656c6c6f");
  EXPECT_EQ(parse("SVCB", "1 . key667=\"hello\\210qoo\""),
            "000100"
            "029b"
            "0009"
            "68656c6c6fd2716f6f");
  EXPECT_EQ(parse("SVCB", "1 . ipv6hint=\"2001:db8::1,2001:db8::53:1\""),
            "000100"
            "0006"
            "0020"
            "20010db8000000000000000000000001"
            "20010db8000000000000000000530001");
  EXPECT_EQ(parse("SVCB", "16 . alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1"),
            "001000"
            "0000"
            "0004"
            "00010004"
            "0001"
            "0009"
            "026832"
            "0568332d3139"
            "0004"
            "0004"
            "c0000201");
  for (const char* alpn : {"alpn=\"f\\\\\\\\oo\\\\,bar,h2\"", "alpn=f\\\\\\092oo\\092,bar,h2"}) {
    EXPECT_EQ(parse("SVCB", std::string("16 . ") + alpn),
              "001000"
              "0001"
              "000c"
              "08665c6f6f2c626172"
              "026832");
  }
}

TEST(Rdata, ReadsTheOtherServiceParameters) {
  EXPECT_EQ(parse("HTTPS", "1 . ech=AQID no-default-alpn alpn=h2"),
            "000100"
            "0001"
            "0003"
            "026832"
            "0002"
            "0000"
            "0005"
            "0003"
            "010203");
  EXPECT_EQ(parse("HTTPS", "1 . ech=AQ=="),
            "000100"
            "0005"
            "0001"
            "01");
  EXPECT_EQ(parse("SVCB", "1 . dohpath=/q{?dns} ohttp key9"),
            "000100"
            "0007"
            "0008"
            "2f717b3f646e737d"
            "0008"
            "0000"
            "0009"
            "0000");
}

// RFC 9460 App. D.3.
TEST(Rdata, RefusesTheServiceBindingsThatItsRfcDoes) {
  EXPECT_EQ(parse("SVCB", "1 . key123=abc key123=def"),
            "the service parameter key123 is given twice");
  for (const char* key : {"mandatory", "alpn", "port", "ipv4hint", "ipv6hint", "ech"}) {
    EXPECT_EQ(parse("SVCB", std::string("1 . ") + key), std::string(key) + " has no value");
    EXPECT_EQ(parse("SVCB", std::string("1 . ") + key + "="), std::string(key) + " has no value");
  }
  EXPECT_EQ(parse("SVCB", "1 . no-default-alpn=abc"), "no-default-alpn has a wrong value");
  EXPECT_EQ(parse("SVCB", "1 . mandatory=key123"),
            "mandatory names key123, which the record does not have");
  EXPECT_EQ(parse("SVCB", "1 . mandatory=mandatory"), "mandatory names itself");
  EXPECT_EQ(parse("SVCB", "1 . mandatory=key123,key123 key123=abc"),
            "mandatory names key123 twice");
}

TEST(Rdata, RefusesServiceParametersThatAreNone) {
  EXPECT_THAT(parse("SVCB", "1 . key65535=a"), HasSubstr("is no service parameter"));
  EXPECT_THAT(parse("SVCB", "1 . key007=a"), HasSubstr("is no service parameter"));
  EXPECT_THAT(parse("SVCB", "1 . ALPN=h2"), HasSubstr("is no service parameter"));
  EXPECT_THAT(parse("SVCB", "1 . alpn=h2,,h3"), HasSubstr("empty protocol name"));
  EXPECT_THAT(parse("SVCB", "1 . alpn=" + std::string(256, 'a')), HasSubstr("over 255 octets"));
  EXPECT_THAT(parse("SVCB", "1 . alpn=a\\\\b"), HasSubstr("a backslash before neither"));
  EXPECT_THAT(parse("SVCB", "1 . ipv4hint=192.0.2.1,"), HasSubstr("is no IPv4 address"));
  EXPECT_THAT(parse("SVCB", "1 . ech=AQI"), HasSubstr("is no base64"));
  EXPECT_THAT(parse("SVCB", "1 . ech=A==="), HasSubstr("is no base64"));
  EXPECT_THAT(parse("SVCB", "1 . ech=AR=="), HasSubstr("is no base64"));
}

TEST(Rdata, RefusesWrongServiceParametersOnTheWire) {
  EXPECT_EQ(parse("TYPE64", "\\# 9 000100 0003 0002 20fb"), "0001000003000220fb");
  for (const char* wrong :
       {"\\# 5 000100 0003", "\\# 8 000100 0003 0002 20", "\\# 8 000100 0003 0001 20",
        "\\# 7 000100 0001 0000", "\\# 9 000100 0000 0002 0003",
        "\\# 15 000100 0003 0002 20fb 0003 0002 20fb"}) {
    EXPECT_EQ(parse("TYPE64", wrong), "these octets are no data of type SVCB");
  }
}

TEST(Rdata, RefusesServiceBindingsThatLdnsWouldTake) {
  EXPECT_EQ(parse("HTTPS", "1 . port=99999"), "\"99999\" is no number from 0 to 65535");
  EXPECT_EQ(parse("HTTPS", "1 . key3=99999"), "\"99999\" is no number from 0 to 65535");
  EXPECT_EQ(parse("HTTPS", "1 . port=1 port=2"), "the service parameter port is given twice");
  EXPECT_THAT(parse("HTTPS", "1 . ipv6hint=" + std::string(46, 'a')),
              HasSubstr("is no IPv6 address"));
  EXPECT_THAT(parse("HTTPS", "1 . nonsense=1"), HasSubstr("is no service parameter"));
}

TEST(Rdata, ReadsLocationsWithWhatIsLeftOut) {
  const std::string full = parse("LOC", "52 22 23.000 N 4 0 0 E -2.00m 1m 10000m 10m");
  EXPECT_EQ(full,
            "00121613"
            "8b3cf018"
            "80dbba00"
            "009895b8");
  EXPECT_EQ(parse("LOC", "52 22 23 N 4 E -2"), full);
  EXPECT_EQ(parse("LOC", "52 22 23 n 4 e -2 1"), full);
}

TEST(Rdata, RefusesWrongLocations) {
  EXPECT_THAT(parse("LOC", "91 N 4 E 0m"), HasSubstr("latitude is wrong"));
  EXPECT_THAT(parse("LOC", "90 1 N 4 E 0m"), HasSubstr("latitude is wrong"));
  EXPECT_THAT(parse("LOC", "52 60 N 4 E 0m"), HasSubstr("latitude is wrong"));
  EXPECT_THAT(parse("LOC", "52 N 181 E 0m"), HasSubstr("longitude is wrong"));
  EXPECT_THAT(parse("LOC", "52 N 4 E"), HasSubstr("is no altitude"));
  EXPECT_THAT(parse("LOC", "52 N 4 E 0m junk"), HasSubstr("is no size or precision"));
  EXPECT_THAT(parse("LOC", "52 N 4 E 0m 1m 1m 1m junk"), HasSubstr("text left over"));
}

TEST(Rdata, ReadsAddressPrefixes) {
  EXPECT_EQ(parse("APL", "1:192.0.2.0/24 !2:2001:db8::/32"),
            "00011803c00002"
            "00022084"
            "20010db8");
  EXPECT_EQ(parse("APL", ""), "");
  EXPECT_THAT(parse("APL", "1:192.0.2.0/33"), HasSubstr("is no address prefix"));
  EXPECT_THAT(parse("APL", "2:192.0.2.0/24"), HasSubstr("is no address prefix"));
}

TEST(Rdata, ReadsServicesAndKeysOfHosts) {
  EXPECT_EQ(parse("WKS", "192.0.2.1 TCP SMTP 0"),
            "c0000201"
            "06"
            "80000040");
  EXPECT_EQ(parse("WKS", "192.0.2.1 TCP smpt"), "\"smpt\" is no port; write its number");
  EXPECT_EQ(parse("IPSECKEY", "10 3 2 gw AQI="),
            "0a0302"
            "026777" +
                std::string(kExampleOrg) + "0102");
  EXPECT_EQ(parse("IPSECKEY", "10 1 2 192.0.2.1 AQI="),
            "0a0102"
            "c0000201"
            "0102");
  EXPECT_EQ(parse("IPSECKEY", "10 0 0 ."), "0a0000");
  EXPECT_THAT(parse("IPSECKEY", "10 4 2 . AQI="), HasSubstr("gateway type"));
  EXPECT_EQ(parse("HIP", "2 0102 AQID rvs"),
            "02020003"
            "0102"
            "010203"
            "03727673" +
                std::string(kExampleOrg));
}

TEST(Rdata, RefusesNulBytes) {
  EXPECT_EQ(parse("TXT", std::string_view("a\0b", 3)), "there is a NUL byte");
}

TEST(Rdata, RefusesTooLongData) {
  EXPECT_EQ(parse("OPENPGPKEY", std::string(90'000, 'A')), "the data is too long");
  EXPECT_EQ(parse("URI", "1 1 \"" + std::string(65'532, 'a') + "\""), "the data is too long");
  std::string many;
  for (int i = 0; i < 300; ++i) many += "\"" + std::string(255, 'a') + "\" ";
  EXPECT_EQ(parse("TXT", many), "the data is too long");
}

TEST(Rdata, JudgesWireByTheFieldsOfItsType) {
  const std::vector<std::uint8_t> soa(22);
  EXPECT_TRUE(is_well_formed(Type::kSoa, soa));
  EXPECT_FALSE(is_well_formed(Type::kSoa, std::span(soa).first(21)));
  EXPECT_TRUE(is_well_formed(Type{65280}, {}));
}

}  // namespace
}  // namespace rhumb
