#include "dns/name.h"

#include <gtest/gtest.h>

#include "tests/dns/octets.h"

namespace rhumb {
namespace {

Octets wire_of(const Name& name) { return {name.wire().begin(), name.wire().end()}; }

Name name(std::string_view text) {
  auto result = Name::parse(text, Name{});
  EXPECT_TRUE(result.ok()) << text;
  return result.ok() ? result.value() : Name{};
}

std::string error_of(std::string_view text, const Name& origin = Name{}) {
  const auto result = Name::parse(text, origin);
  EXPECT_FALSE(result.ok()) << text;
  return result.ok() ? "" : result.error();
}

const std::string k63(63, 'x');

TEST(Name, IsTheRootByDefault) {
  EXPECT_EQ(wire_of(Name{}), octets("\0"));
  EXPECT_TRUE(Name{}.is_root());
  EXPECT_EQ(Name{}.label_count(), 0);
  EXPECT_EQ(to_string(Name{}), ".");
}

TEST(NameFromWire, KeepsCase) {
  const auto blog = Name::from_wire(octets("\4BLog\7example\3com\0"));
  ASSERT_TRUE(blog);
  EXPECT_EQ(wire_of(*blog), octets("\4BLog\7example\3com\0"));
  EXPECT_EQ(blog->label_count(), 3);
  EXPECT_FALSE(blog->is_root());
}

TEST(NameFromWire, TakesTheRoot) { EXPECT_TRUE(Name::from_wire(octets("\0"))->is_root()); }

TEST(NameFromWire, RefusesWhatIsNotOneWholeName) {
  EXPECT_FALSE(Name::from_wire({}));
  EXPECT_FALSE(Name::from_wire(octets("\3com")));      // no root
  EXPECT_FALSE(Name::from_wire(octets("\3co")));       // cut off in a label
  EXPECT_FALSE(Name::from_wire(octets("\3com\0\0")));  // something behind it
  EXPECT_FALSE(Name::from_wire(octets("\0\0")));
  EXPECT_FALSE(Name::from_wire(octets("\xC0\x0C")));  // a pointer
  EXPECT_FALSE(Name::from_wire(octets("\1a\xC0\x0C")));
  EXPECT_FALSE(
      Name::from_wire(octets("\x40"
                             "a\0")));  // reserved label types
  EXPECT_FALSE(
      Name::from_wire(octets("\x80"
                             "a\0")));
}

TEST(NameFromWire, Takes255OctetsAndNot256) {
  const Octets longest = labels(3, 63) + labels(1, 61) + octets("\0");
  ASSERT_EQ(longest.size(), 255U);
  EXPECT_TRUE(Name::from_wire(longest));
  const Octets longer = labels(3, 63) + labels(1, 62) + octets("\0");
  ASSERT_EQ(longer.size(), 256U);
  EXPECT_FALSE(Name::from_wire(longer));
}

TEST(NameFromWire, Takes127Labels) {
  const auto deep = Name::from_wire(labels(127, 1) + octets("\0"));
  ASSERT_TRUE(deep);
  EXPECT_EQ(deep->label_count(), 127);
  EXPECT_FALSE(Name::from_wire(labels(128, 1) + octets("\0")));
}

TEST(NameParse, ReadsAnAbsoluteName) {
  EXPECT_EQ(wire_of(name("blog.example.com.")), octets("\4blog\7example\3com\0"));
  EXPECT_EQ(wire_of(name(".")), octets("\0"));
}

TEST(NameParse, PutsARelativeNameBeforeTheOrigin) {
  const auto origin = name("example.com.");
  EXPECT_EQ(wire_of(Name::parse("a.b", origin).value()), octets("\1a\1b\7example\3com\0"));
  EXPECT_EQ(wire_of(Name::parse("a.b.", origin).value()), octets("\1a\1b\0"));
  EXPECT_EQ(wire_of(Name::parse("a", Name{}).value()), octets("\1a\0"));
}

TEST(NameParse, ReadsAtSignAsTheOrigin) {
  const auto origin = name("example.com.");
  EXPECT_EQ(wire_of(Name::parse("@", origin).value()), octets("\7example\3com\0"));
  EXPECT_EQ(wire_of(Name::parse("\\@", origin).value()), octets("\1@\7example\3com\0"));
  EXPECT_EQ(wire_of(Name::parse("@.", origin).value()), octets("\1@\0"));
}

TEST(NameParse, ReadsEscapes) {
  EXPECT_EQ(wire_of(name("a\\.b.c.")), octets("\3a.b\1c\0"));
  EXPECT_EQ(wire_of(name("\\\\.")), octets("\1\\\0"));
  EXPECT_EQ(wire_of(name("\\065\\000\\255.")), octets("\3A\0\xFF\0"));
  EXPECT_EQ(wire_of(name("\\0651.")), octets("\2"
                                             "A1\0"));
  EXPECT_EQ(wire_of(name("\\046.")), octets("\1.\0"));
}

TEST(NameParse, RefusesBadEscapes) {
  EXPECT_EQ(error_of("a\\"), "backslash with nothing behind it");
  EXPECT_EQ(error_of("a\\1"), "escape that is not \\ and three decimal digits");
  EXPECT_EQ(error_of("a\\12"), "escape that is not \\ and three decimal digits");
  EXPECT_EQ(error_of("a\\12a."), "escape that is not \\ and three decimal digits");
  EXPECT_EQ(error_of("a\\256."), "escape above \\255");
  EXPECT_EQ(error_of("a\\999."), "escape above \\255");
}

TEST(NameParse, RefusesEmptyLabels) {
  EXPECT_EQ(error_of(""), "empty name");
  EXPECT_EQ(error_of(".a"), "empty label");
  EXPECT_EQ(error_of("a..b"), "empty label");
  EXPECT_EQ(error_of("a.."), "empty label");
  EXPECT_EQ(error_of(".."), "empty label");
}

TEST(NameParse, RefusesRawOctetsThatDoNotPrint) {
  EXPECT_EQ(error_of("a b."), "space or control character: write \\DDD");
  EXPECT_EQ(error_of("a\t."), "space or control character: write \\DDD");
  EXPECT_EQ(error_of("m\xC3\xBCnchen.de."), "octet above ASCII: write the xn-- form, or \\DDD");
  EXPECT_EQ(error_of("\x7F."), "octet above ASCII: write the xn-- form, or \\DDD");
}

TEST(NameParse, TakesALabelOf63OctetsAndNot64) {
  EXPECT_EQ(wire_of(name(k63 + ".")), octets("\x3F" + k63) + octets("\0"));
  EXPECT_EQ(error_of(k63 + "x."), "label longer than 63 octets");
  EXPECT_EQ(error_of(k63 + "x"), "label longer than 63 octets");
  EXPECT_EQ(error_of(k63 + "\\120.a."), "label longer than 63 octets");
}

TEST(NameParse, CountsAnEscapeAsOneOctet) {
  std::string escaped;
  for (int i = 0; i < 63; ++i) escaped += "\\120";
  EXPECT_EQ(wire_of(name(escaped + ".")), octets("\x3F" + k63) + octets("\0"));
}

TEST(NameParse, Takes255OctetsAndNot256) {
  const std::string three = k63 + "." + k63 + "." + k63 + ".";
  EXPECT_EQ(name(three + std::string(61, 'x') + ".").wire().size(), 255U);
  EXPECT_EQ(error_of(three + std::string(62, 'x') + "."), "name longer than 255 octets");
  EXPECT_EQ(error_of(three + std::string(61, 'x') + ".a."), "name longer than 255 octets");
  EXPECT_EQ(error_of(three + k63 + "."), "name longer than 255 octets");
}

TEST(NameParse, CountsTheOriginToo) {
  const auto origin = name(k63 + "." + k63 + "." + k63 + ".");
  EXPECT_EQ(Name::parse(std::string(61, 'a'), origin).value().wire().size(), 255U);
  EXPECT_EQ(error_of(std::string(62, 'a'), origin), "name longer than 255 octets");
}

TEST(NameParse, Takes127LabelsAndNot128) {
  std::string deep;
  for (int i = 0; i < 127; ++i) deep += "a.";
  EXPECT_EQ(name(deep).label_count(), 127);
  EXPECT_EQ(error_of(deep + "a."), "name longer than 255 octets");
}

TEST(NameText, EscapesWhatMasterFilesTreatSpecially) {
  EXPECT_EQ(to_string(name("Blog.example.com.")), "Blog.example.com.");
  EXPECT_EQ(to_string(*Name::from_wire(octets("\3a.b\1c\0"))), "a\\.b.c.");
  EXPECT_EQ(to_string(*Name::from_wire(octets("\10\"$();@\\-\0"))), "\\\"\\$\\(\\)\\;\\@\\\\-.");
  EXPECT_EQ(to_string(*Name::from_wire(octets("\5\0 \x1F\x7F\xFF\0"))),
            "\\000\\032\\031\\127\\255.");
  EXPECT_EQ(to_string(name("*._tcp.a-b.")), "*._tcp.a-b.");
}

TEST(NameText, ReadsBackEveryOctet) {
  for (int octet = 0; octet < 256; ++octet) {
    const Octets wire = {2, static_cast<std::uint8_t>(octet), 'a', 0};
    const auto made = Name::from_wire(wire);
    ASSERT_TRUE(made);
    EXPECT_EQ(wire_of(name(to_string(*made))), wire) << octet;
  }
}

TEST(Name, ComparesWithoutCase) {
  EXPECT_EQ(name("BLOG.Example.com."), name("blog.eXAMPLE.COM."));
  EXPECT_FALSE(name("blog.example.com.") == name("blog.example.org."));
  EXPECT_FALSE(name("blog.example.com.") == name("example.com."));
  EXPECT_FALSE(name("@.") == name("`."));  // 0x40 and 0x60: not letters
  EXPECT_FALSE(name("[.") == name("{."));
  EXPECT_FALSE(name("\\193.") == name("\\225."));  // Latin-1 Á and á: not ASCII
}

TEST(Name, ComparesLabelsNotOctets) {
  EXPECT_FALSE(name("a\\001b.") == name("a.b."));  // \2a\1b... against \1a\1b
}

TEST(Name, LowersLettersAlone) {
  const auto lower = Name::from_wire(octets("\7AZaz@[`\3\xC1\xDA"
                                            "9\0"))
                         ->lower();
  EXPECT_EQ(wire_of(lower), octets("\7azaz@[`\3\xC1\xDA"
                                   "9\0"));
}

TEST(Name, IsWithinItselfAndItsAncestors) {
  const auto blog = name("blog.example.com.");
  EXPECT_TRUE(blog.is_within(blog));
  EXPECT_TRUE(blog.is_within(name("EXAMPLE.com.")));
  EXPECT_TRUE(blog.is_within(Name{}));
  EXPECT_TRUE(Name{}.is_within(Name{}));
}

TEST(Name, IsNotWithinOthers) {
  const auto blog = name("blog.example.com.");
  EXPECT_FALSE(blog.is_within(name("a.blog.example.com.")));
  EXPECT_FALSE(blog.is_within(name("example.org.")));
  EXPECT_FALSE(Name{}.is_within(blog));
  EXPECT_FALSE(name("myexample.com.").is_within(name("example.com.")));
  // The octets of "com." end this name too, but within a label.
  EXPECT_FALSE(Name::from_wire(octets("\5x\3com\0"))->is_within(name("com.")));
}

TEST(Name, KnowsWildcards) {
  EXPECT_TRUE(name("*.example.com.").is_wildcard());
  EXPECT_TRUE(name("*.").is_wildcard());
  EXPECT_FALSE(name("a.*.example.com.").is_wildcard());
  EXPECT_FALSE(name("**.example.com.").is_wildcard());
  EXPECT_FALSE(Name{}.is_wildcard());
}

TEST(Name, HasAParent) {
  EXPECT_EQ(wire_of(name("blog.example.com.").parent()), octets("\7example\3com\0"));
  EXPECT_EQ(wire_of(name("com.").parent()), octets("\0"));
}

}  // namespace
}  // namespace rhumb
