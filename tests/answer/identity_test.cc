#include "answer/identity.h"

#include <gtest/gtest.h>

#include "tests/answer/ask.h"

namespace rhumb::testing {
namespace {

using Octets = std::vector<std::uint8_t>;

Ask about(std::string_view name, Type type = Type::kTxt) {
  return {.name = name, .type = type, .edns = false, .klass = Class::kCh};
}

View view_telling(const Identity& identity) {
  View view = view_of(rich_zones());
  view.options.identity = std::make_shared<const Identity>(identity);
  return view;
}

// The one record's rdata, or nothing when it is refused.
std::string told(const View& view, const Ask& question) {
  const Answered answered = ask(view, question);
  if (answered.outcome.rcode == Rcode::kRefused && answered.reply[7] == 0) return "REFUSED";
  const std::size_t question_end = 12 + name_of(question.name).wire().size() + 4;
  return {answered.reply.begin() + static_cast<std::ptrdiff_t>(question_end) + 13,
          answered.reply.end()};
}

TEST(Identity, IsThisToTheOctet) {
  const View view = view_telling({.version = "x 1"});
  EXPECT_EQ(
      ask(view, about("Version.BIND.")).reply,
      (Octets{0x12, 0x34, 0x80, 0,   0,   1,   0,   1,   0, 0,   0,   0,  // header
              7,    'V',  'e',  'r', 's', 'i', 'o', 'n', 4, 'B', 'I', 'N', 'D', 0, 0,   16,  0,
              3,    0xC0, 12,   0,   16,  0,   3,   0,   0, 0,   0,   0,   4,   3, 'x', ' ', '1'}));
}

TEST(Identity, HasFourNames) {
  const View view = view_telling({.server = "lon", .version = "1"});
  EXPECT_EQ(told(view, about("version.bind.")), "1");
  EXPECT_EQ(told(view, about("version.server.")), "1");
  EXPECT_EQ(told(view, about("id.server.")), "lon");
  EXPECT_EQ(told(view, about("hostname.bind.")), "lon");
  EXPECT_EQ(told(view, about("id.server.", Type::kAny)), "lon");
}

TEST(Identity, IsRefusedWhereItIsNotTold) {
  for (const View& view : {view_of(rich_zones()), view_telling({}), view_telling({.nsid = "a"})}) {
    for (const std::string_view name : {"version.bind.", "id.server.", "hostname.bind."}) {
      EXPECT_EQ(told(view, about(name)), "REFUSED");
    }
  }
  EXPECT_EQ(told(view_telling({.server = "lon"}), about("version.bind.")), "REFUSED");
  EXPECT_EQ(told(view_telling({.version = "1"}), about("id.server.")), "REFUSED");
}

TEST(Identity, IsNothingElseOfItsClass) {
  const View view = view_telling({.server = "lon", .version = "1"});
  EXPECT_EQ(told(view, about("version.bind.", Type::kA)), "REFUSED");
  EXPECT_EQ(told(view, about("version.bind.", Type::kAxfr)), "REFUSED");
  for (const std::string_view name :
       {".", "bind.", "server.", "a.version.bind.", "authors.bind.", "www.example.org."}) {
    EXPECT_EQ(told(view, about(name)), "REFUSED") << name;
  }
}

TEST(Identity, IsOfClassChAlone) {
  const View view = view_telling({.server = "lon", .version = "1"});
  for (const Class klass : {Class::kIn, Class::kHs, Class::kNone, Class::kAny}) {
    Ask question = about("version.bind.");
    question.klass = klass;
    EXPECT_EQ(told(view, question), "REFUSED");
  }
}

TEST(Identity, OfFullSizeFitsWithoutEdns) {
  const View view = view_telling({.server = std::string(kMaxIdentitySize, 'x')});
  EXPECT_EQ(told(view, about("hostname.bind.")), std::string(kMaxIdentitySize, 'x'));
}

TEST(Identity, RefusesAMalformedOptionLikeAnyQuestion) {
  Ask question = about("version.bind.");
  question.edns = true;
  question.options = {0, 8, 0, 1, 9};
  EXPECT_EQ(ask(view_telling({.version = "1"}), question).outcome.rcode, Rcode::kFormErr);
}

}  // namespace
}  // namespace rhumb::testing
