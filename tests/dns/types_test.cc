#include "dns/types.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

TEST(Types, PrintsMnemonics) {
  EXPECT_EQ(to_string(Type::kA), "A");
  EXPECT_EQ(to_string(Type::kAaaa), "AAAA");
  EXPECT_EQ(to_string(Type::kNsec3param), "NSEC3PARAM");
  EXPECT_EQ(to_string(Type{23}), "NSAP-PTR");
  EXPECT_EQ(to_string(Type{64}), "SVCB");
  EXPECT_EQ(to_string(Type{65}), "HTTPS");
  EXPECT_EQ(to_string(Type{256}), "URI");
  EXPECT_EQ(to_string(Type{257}), "CAA");
  EXPECT_EQ(to_string(Type{32769}), "DLV");
}

TEST(Types, PrintsNumbersOfTypesWithoutMnemonic) {
  EXPECT_EQ(to_string(Type{0}), "TYPE0");
  EXPECT_EQ(to_string(Type{54}), "TYPE54");
  EXPECT_EQ(to_string(Type{65280}), "TYPE65280");
  EXPECT_EQ(to_string(Type{65535}), "TYPE65535");
}

TEST(Types, ParsesMnemonicsInAnyCase) {
  EXPECT_EQ(parse_type("A"), Type::kA);
  EXPECT_EQ(parse_type("aaaa"), Type::kAaaa);
  EXPECT_EQ(parse_type("Mx"), Type::kMx);
  EXPECT_EQ(parse_type("nsap-ptr"), Type{23});
  EXPECT_EQ(parse_type("any"), Type::kAny);
}

TEST(Types, ParsesNumbersOfAnyType) {
  EXPECT_EQ(parse_type("TYPE0"), Type{0});
  EXPECT_EQ(parse_type("TYPE1"), Type::kA);
  EXPECT_EQ(parse_type("type65535"), Type{65535});
}

TEST(Types, RefusesWhatIsNoType) {
  for (const auto* text : {"", "B", "AAAAA", "A ", " A", "1", "*", "IN", "TYPE", "TYPE65536",
                           "TYPE-1", "TYPE+1", "TYPE1x", "TYPE 1", "TYP1", "TYPE99999999999"}) {
    EXPECT_EQ(parse_type(text), std::nullopt) << text;
  }
}

TEST(Types, ReadsBackEveryTypeItPrints) {
  for (int number = 0; number <= 65535; ++number) {
    const auto type = static_cast<Type>(number);
    ASSERT_EQ(parse_type(to_string(type)), type) << number;
  }
}

TEST(Types, NamesClasses) {
  EXPECT_EQ(to_string(Class::kIn), "IN");
  EXPECT_EQ(to_string(Class::kCh), "CH");
  EXPECT_EQ(to_string(Class::kHs), "HS");
  EXPECT_EQ(to_string(Class::kNone), "NONE");
  EXPECT_EQ(to_string(Class::kAny), "ANY");
  EXPECT_EQ(to_string(Class{65280}), "CLASS65280");
}

TEST(Types, NamesRcodes) {
  EXPECT_EQ(to_string(Rcode::kNoError), "NOERROR");
  EXPECT_EQ(to_string(Rcode::kFormErr), "FORMERR");
  EXPECT_EQ(to_string(Rcode::kServFail), "SERVFAIL");
  EXPECT_EQ(to_string(Rcode::kNxDomain), "NXDOMAIN");
  EXPECT_EQ(to_string(Rcode::kNotImp), "NOTIMP");
  EXPECT_EQ(to_string(Rcode::kRefused), "REFUSED");
  EXPECT_EQ(to_string(Rcode::kNotAuth), "NOTAUTH");
  EXPECT_EQ(to_string(Rcode::kBadVers), "BADVERS");
  EXPECT_EQ(to_string(Rcode::kBadCookie), "BADCOOKIE");
  EXPECT_EQ(to_string(Rcode{99}), "RESERVED");
}

TEST(Types, KnowsMetaTypes) {
  EXPECT_TRUE(is_meta(Type::kOpt));
  EXPECT_TRUE(is_meta(Type{128}));
  EXPECT_TRUE(is_meta(Type::kTsig));
  EXPECT_TRUE(is_meta(Type::kAny));
  EXPECT_FALSE(is_meta(Type{127}));
  EXPECT_FALSE(is_meta(Type{256}));
  EXPECT_FALSE(is_meta(Type{40}));
  EXPECT_FALSE(is_meta(Type::kDname));
}

TEST(RdataNames, AreThoseOfRfc1035) {
  for (const int number : {2, 3, 4, 5, 7, 8, 9, 12}) {
    EXPECT_EQ(rdata_names(static_cast<Type>(number)).skip, 0) << number;
    EXPECT_EQ(rdata_names(static_cast<Type>(number)).names, 1) << number;
  }
  for (const Type type : {Type::kSoa, Type::kMinfo}) {
    EXPECT_EQ(rdata_names(type).skip, 0);
    EXPECT_EQ(rdata_names(type).names, 2);
  }
  EXPECT_EQ(rdata_names(Type::kMx).skip, 2);
  EXPECT_EQ(rdata_names(Type::kMx).names, 1);
}

TEST(RdataNames, AreNoneInYoungerTypes) {
  for (const int number :
       {0, 1, 10, 11, 13, 16, 17, 18, 21, 26, 28, 33, 35, 36, 39, 46, 47, 64, 65, 65535}) {
    EXPECT_EQ(rdata_names(static_cast<Type>(number)).names, 0) << number;
  }
}

}  // namespace
}  // namespace rhumb
