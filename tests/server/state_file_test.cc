#include "server/state_file.h"

#include "base/error.h"
#include "server/operator.h"
#include "tests/server/saved_states.h"
#include "zones/check_yaml.h"

namespace rhumb {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kFirst[] = "{\"format\":\"rhumb state\",\"version\":1}\n";

struct ReadBack {
  SavedState state;
  std::string warning;  // with the place
};

ReadBack kept_in(std::string_view text) {
  ReadState got = read_state(text);
  if (got.wrong.empty()) return {std::move(got.state), ""};
  return {std::move(got.state), to_string(Place{"x", got.line, 0}) + ": " + got.wrong};
}

// The line and what is wrong with it, of a file that is not believed.
std::string wrong(std::string_view text) {
  const ReadBack got = kept_in(text);
  EXPECT_EQ(got.state, SavedState());
  return got.warning;
}

// As wrong(), of this line between a first and a last one.
std::string wrong_line(const std::string& line) {
  return wrong(kFirst + line + "\n{\"lines\":3}\n");
}

TEST(StateFile, IsALineOfJsonForEachThing) {
  SavedState state = test::rich_state();
  EXPECT_EQ(write_state(state),
            "{\"format\":\"rhumb state\",\"version\":1}\n"
            "{\"check\":\"london\",\"measured\":\"unhealthy\",\"since\":1700000000000,"
            "\"streak\":3,\"streakOk\":false,\"recover\":false,\"ok\":false,\"counts\":true,"
            "\"at\":1700000001000,\"durationMs\":12,\"reason\":\"connection refused\"}\n"
            "{\"check\":\"beat\",\"measured\":\"healthy\",\"since\":5,\"streak\":0,"
            "\"streakOk\":true,\"recover\":true,\"pushed\":1700000002000}\n"
            "{\"override\":\"london\",\"state\":\"healthy\",\"until\":1700000100000,"
            "\"reason\":\"it is \\\"fine\\\"\\n\"}\n"
            "{\"override\":\"paris\",\"state\":\"unhealthy\",\"reason\":\"\"}\n"
            "{\"drain\":\"site=london\",\"until\":1700000200000,\"reason\":\"new switch\"}\n"
            "{\"drain\":\"tier=web\",\"reason\":\"\u00fc\"}\n"
            "{\"zone\":\"a.example.\",\"serial\":4294967295,\"digest\":\"fedcba9876543210\"}\n"
            "{\"zone\":\".\",\"serial\":0,\"digest\":\"0000000000000000\"}\n"
            "{\"lines\":10}\n");
}

TEST(StateFile, ReadsWhatItWrites) {
  for (const SavedState& state : {SavedState(), test::rich_state()}) {
    const ReadBack got = kept_in(write_state(state));
    EXPECT_EQ(got.warning, "");
    EXPECT_EQ(got.state, state);
  }
}

TEST(StateFile, CutsALongReasonWithinNoCharacter) {
  SavedState state;
  state.drains = {{"a=b", {}, std::string(kMaxSavedReasonBytes - 1, 'x') + "\u00fc"}};
  const ReadBack got = kept_in(write_state(state));
  EXPECT_EQ(got.warning, "");
  EXPECT_EQ(got.state.drains.at(0).reason, std::string(kMaxSavedReasonBytes - 1, 'x'));
}

TEST(StateFile, OneThatWasCutShortIsNotBelieved) {
  const std::string whole = write_state(test::rich_state());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(wrong(whole.substr(0, size)), "") << size;
  }
}

TEST(StateFile, ALineThatIsMissingIsSeen) {
  EXPECT_EQ(wrong(std::string(kFirst) + "{\"lines\":3}\n"), "x:2: lines are missing");
}

TEST(StateFile, NothingFollowsTheEnd) {
  EXPECT_EQ(wrong(std::string(kFirst) + "{\"lines\":2}\n{\"lines\":3}\n"),
            "x:3: a line follows the last one");
}

TEST(StateFile, AnotherVersionIsNamed) {
  EXPECT_EQ(wrong("{\"format\":\"rhumb state\",\"version\":2}\n{\"lines\":2}\n"),
            "x:1: it is of version 2, and this program reads version 1");
}

TEST(StateFile, SaysWhatIsWrongWithALine) {
  EXPECT_EQ(wrong(""), "x: the end is missing");
  EXPECT_EQ(wrong("hello\n"), "x:1: this is no JSON at byte 1");
  EXPECT_EQ(wrong("{}\n"), "x:1: this is no saved state");
  EXPECT_EQ(wrong_line("{\"rumour\":1}"), "x:2: it is not known what this is");
  EXPECT_EQ(wrong_line("[]"), "x:2: it is not known what this is");
  EXPECT_EQ(wrong_line("{\"drain\":\"a=b\",\"reason\":\"\",\"more\":1}"),
            "x:2: a member is not known");
  EXPECT_EQ(wrong_line("{\"drain\":\"a=b\"}"), "x:2: \"reason\" is missing, or of another kind");
  EXPECT_EQ(wrong_line("{\"drain\":\"a=b\",\"reason\":\"\",\"until\":-1}"),
            "x:2: \"until\" is no whole number from 0 to 253402300799999");
  EXPECT_EQ(wrong_line("{\"override\":\"a\",\"reason\":\"\",\"state\":\"unknown\"}"),
            "x:2: \"state\" is neither healthy nor unhealthy");
  EXPECT_EQ(wrong_line("{\"override\":\"a\",\"reason\":\"\",\"state\":\"fine\"}"),
            "x:2: \"state\" is no verdict");
  EXPECT_EQ(wrong_line("{\"zone\":\"a.\",\"serial\":4294967296,\"digest\":\"0\"}"),
            "x:2: \"serial\" is no whole number from 0 to 4294967295");
  EXPECT_EQ(wrong_line("{\"zone\":\"a.\",\"serial\":1,\"digest\":\"0x1\"}"),
            "x:2: \"digest\" is no digest");
  EXPECT_EQ(wrong_line("{\"drain\":\"a=b\",\"reason\":\"" + std::string(4097, 'x') + "\"}"),
            "x:2: \"reason\" is too long");
}

TEST(StateFile, NothingStandsTwice) {
  const std::string line = "{\"drain\":\"a=b\",\"reason\":\"\"}\n";
  EXPECT_EQ(wrong(kFirst + line + line + "{\"lines\":4}\n"), "x:4: the drain \"a=b\" stands twice");
}

TEST(StateFile, OfALineThatIsTooLongTheOthersDoNotSuffer) {
  const std::string drain = "{\"drain\":\"a=b\",\"reason\":\"\"}\n";
  const std::string long_line(kMaxStateLineBytes + 1, ' ');
  const ReadState got =
      read_state(kFirst + long_line + "\n" + drain + long_line + "\n{\"lines\":5}\n");
  EXPECT_EQ(got.wrong, "");
  EXPECT_EQ(got.too_long, 2U);
  EXPECT_EQ(got.state.drains, (std::vector<SavedDrain>{{"a=b", {}, ""}}));
}

TEST(StateFile, AFirstLineThatIsTooLongIsNoState) {
  EXPECT_EQ(wrong(std::string(kMaxStateLineBytes + 1, ' ') + "\n{\"lines\":2}\n"),
            "x:1: the line is too long");
}

// An id as long as the configuration lets it be, a label as long as the API does, and a reason of
// what is longest when written.
TEST(StateFile, NothingThatIsWrittenIsTooLongToBeRead) {
  const std::string id(kMaxCheckText, '"');
  const std::string reason(kMaxSavedReasonBytes, '\1');
  SavedState state;
  state.checks = {test::unhealthy_check(id, kMaxSavedTimeMs, kMaxSavedTimeMs)};
  state.checks[0].last->reason = reason;
  state.overrides = {{id, Health::kUnhealthy, kMaxSavedTimeMs, reason}};
  state.drains = {{std::string(kMaxLabelBytes, '\1'), kMaxSavedTimeMs, reason}};
  const ReadState got = read_state(write_state(state));
  EXPECT_EQ(got.wrong, "");
  EXPECT_EQ(got.too_long, 0U);
  EXPECT_EQ(got.state, state);
}

}  // namespace
}  // namespace rhumb
