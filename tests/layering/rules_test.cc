// Small bad trees: each rule finds what it is there to find, and lets pass what it should.
#include "tests/layering/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace rhumb::layering {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::string_view kHeader = "// Says what it is.\n#pragma once\n";

std::string header(std::string_view rest = "") { return std::string(kHeader) + std::string(rest); }

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = testing::TempDir() + "layering.XXXXXX";
    path_ = mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(ReadTree, TakesEveryFileSaveWhatIsBuiltOrKeptByGit) {
  const TemporaryFolder root;
  for (const std::string path :
       {"README.md", "base/ip.h", "build/release/x.h", ".git/config", ".ci/run"}) {
    std::filesystem::create_directories((root.path() / path).parent_path());
    std::ofstream(root.path() / path) << "text of " << path;
  }
  const Tree expected = {{"README.md", "text of README.md"},
                         {"base/ip.h", "text of base/ip.h"},
                         {".ci/run", "text of .ci/run"}};
  EXPECT_EQ(read_tree(root.path()), expected);
}

TEST(ReadTree, MakesATreeThatTheRulesJudge) {
  const TemporaryFolder root;
  std::filesystem::create_directories(root.path() / "base");
  std::ofstream(root.path() / "base/low.cc") << "#include \"server/high.h\"\n";
  EXPECT_THAT(rooms_one_way(read_tree(root.path())), ElementsAre(StartsWith("base/low.cc:1: ")));
}

TEST(IncludesOf, FindsPathFormAndLine) {
  const std::vector<Include> includes =
      includes_of("// x\n#include \"base/ip.h\"\n\n#include <span>  // why\n");
  ASSERT_THAT(includes, SizeIs(2));
  EXPECT_EQ(includes[0].path, "base/ip.h");
  EXPECT_TRUE(includes[0].quoted);
  EXPECT_EQ(includes[0].line, 2U);
  EXPECT_EQ(includes[1].path, "span");
  EXPECT_FALSE(includes[1].quoted);
  EXPECT_EQ(includes[1].line, 4U);
}

TEST(RoomsOneWay, RefusesARoomAbove) {
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"base", "dns"},
                                                        {"text", "dns"},
                                                        {"dns", "zones"},
                                                        {"dns", "text"},
                                                        {"health", "dns"},
                                                        {"geo", "dns"},
                                                        {"zones", "answer"},
                                                        {"answer", "text"},
                                                        {"answer", "server"},
                                                        {"server", "tests"}}) {
    const Tree tree = {{from + "/a.cc", "#include \"" + to + "/b.h\"\n"}};
    EXPECT_THAT(rooms_one_way(tree), ElementsAre(HasSubstr("includes " + to + "/b.h"))) << from;
  }
}

TEST(RoomsOneWay, AllowsOwnRoomAndThoseBelow) {
  const Tree tree = {{"answer/a.cc", "#include \"answer/a.h\"\n#include \"zones/zone.h\"\n"},
                     {"zones/z.cc", "#include \"text/yaml.h\"\n#include \"dns/name.h\"\n"},
                     {"server/s.cc", "#include \"text/json.h\"\n"},
                     {"tests/dns/d.cc", "#include \"server/s.h\"\n"}};
  EXPECT_THAT(rooms_one_way(tree), IsEmpty());
}

TEST(HeadersInForm, RefusesAnIncludeThatIsNotAPathFromTheRoot) {
  const Tree tree = {{"dns/name.h", header()}, {"dns/b.cc", "#include \"name.h\"\n"}};
  EXPECT_THAT(headers_in_form(tree), ElementsAre(StartsWith("dns/b.cc:1: name.h is not a path")));
}

TEST(HeadersInForm, RefusesOurOwnHeaderInAngleBrackets) {
  const Tree tree = {{"dns/name.h", header()}, {"dns/b.cc", "#include <dns/name.h>\n"}};
  EXPECT_THAT(headers_in_form(tree), ElementsAre(HasSubstr("write it in quotes")));
}

TEST(HeadersInForm, WantsOwnHeaderFirst) {
  const Tree tree = {{"dns/name.h", header()},
                     {"dns/name.cc", "#include <span>\n#include \"dns/name.h\"\n"}};
  EXPECT_THAT(headers_in_form(tree), ElementsAre(HasSubstr("own header first")));
}

TEST(HeadersInForm, WantsACommentAndPragmaOnce) {
  const Tree tree = {{"dns/a.h", "#pragma once\n"}, {"dns/b.h", "// Says what it is.\n"}};
  EXPECT_THAT(headers_in_form(tree), ElementsAre(StartsWith("dns/a.h:1: opens without a comment"),
                                                 StartsWith("dns/b.h:1: has no #pragma once")));
}

TEST(OneDoor, RefusesASecondUnit) {
  const Tree tree = {{"text/a.cc", "#include <yaml-cpp/eventhandler.h>\n"},
                     {"text/b.cc", "#include <yaml-cpp/parser.h>\n"}};
  EXPECT_THAT(one_door_a_library(tree),
              ElementsAre(AllOf(HasSubstr("text/a"), HasSubstr("text/b"))));
}

TEST(OneDoor, AllowsOneUnitSeveralHeadersAndTestsBesideIt) {
  const Tree tree = {
      {"text/a.cc", "#include <yaml-cpp/eventhandler.h>\n#include <yaml-cpp/parser.h>\n"},
      {"tests/text/a_test.cc", "#include <yaml-cpp/parser.h>\n"}};
  EXPECT_THAT(one_door_a_library(tree), IsEmpty());
}

TEST(OneDoor, AllowsTwoUnitsForOpenSslButNotThree) {
  Tree tree = {{"server/a.cc", "#include <openssl/ssl.h>\n"},
               {"server/b.cc", "#include <openssl/err.h>\n"}};
  EXPECT_THAT(one_door_a_library(tree), IsEmpty());
  tree["server/c.cc"] = "#include <openssl/evp.h>\n";
  EXPECT_THAT(one_door_a_library(tree), SizeIs(1));
}

TEST(OneDoor, RefusesALibraryInAHeader) {
  const Tree tree = {{"zones/rdata.h", header("#include <ldns/ldns.h>\n")}};
  EXPECT_THAT(one_door_a_library(tree),
              ElementsAre(StartsWith("zones/rdata.h:3: <ldns/ldns.h> in a header")));
}

TEST(OneDoor, RefusesLibrariesInBareRooms) {
  for (const std::string room : {"base", "dns", "health", "answer"}) {
    const Tree tree = {{room + "/a.cc", "#include <spdlog/spdlog.h>\n"}};
    EXPECT_THAT(one_door_a_library(tree), SizeIs(1)) << room;
  }
}

TEST(OneDoor, RefusesALibraryThatItDoesNotKnow) {
  const Tree tree = {{"server/a.cc", "#include <boost/asio.hpp>\n"},
                     {"server/b.cc", "#include <zlib.h>\n"}};
  EXPECT_THAT(one_door_a_library(tree), SizeIs(2));
}

TEST(OneDoor, KeepsTheLoopInServerWhereHeadersMayHaveIt) {
  const Tree tree = {{"server/a.h", header("#include <uv.h>\n")},
                     {"server/b.cc", "#include <uv.h>\n"},
                     {"zones/z.cc", "#include <uv.h>\n"}};
  EXPECT_THAT(one_door_a_library(tree), ElementsAre(StartsWith("zones/z.cc:1: ")));
}

TEST(QuietRooms, RefuseSocketsThreadsClocksAndOutput) {
  for (const std::string line :
       {"#include <sys/socket.h>", "#include <netinet/in.h>", "#include <uv.h>",
        "#include <thread>", "#include <iostream>", "  clock_gettime(CLOCK_REALTIME, &now);",
        "auto t = std::chrono::steady_clock::now();", "auto t = std::chrono::system_clock::now();",
        "  printf(\"x\");", "  std::fprintf(stderr, \"x\");", "  std::cerr << 1;",
        "  if (getenv(\"HOME\") != nullptr) return;"}) {
    const std::size_t expected = line == "#include <uv.h>" ? 0 : 1;  // one_door_a_library has it
    EXPECT_THAT(quiet_rooms({{"zones/z.cc", line + "\n"}}), SizeIs(expected)) << line;
    EXPECT_THAT(quiet_rooms({{"server/s.cc", line + "\n"}}), IsEmpty()) << line;
  }
}

TEST(QuietRooms, OverlookCommentsAndLongerWords) {
  const Tree tree = {{"zones/z.cc", "// never system_clock::now\n  snprintf(out, 4, \"x\");\n"}};
  EXPECT_THAT(quiet_rooms(tree), IsEmpty());
}

TEST(QuietRooms, AllowInetPtonInBaseIpAlone) {
  const Tree tree = {{"base/ip.cc", "#include <arpa/inet.h>\n"},
                     {"dns/a.cc", "#include <arpa/inet.h>\n"}};
  EXPECT_THAT(quiet_rooms(tree), ElementsAre(StartsWith("dns/a.cc:1: ")));
}

TEST(SaneSize, RefusesLongUnitsButNotLongTests) {
  const auto lines = [](std::size_t count) { return std::string(count, '\n'); };
  const Tree tree = {{"dns/a.h", lines(161)},
                     {"dns/b.h", lines(160)},
                     {"dns/a.cc", lines(501)},
                     {"dns/b.cc", lines(500)},
                     {"tests/dns/a.cc", lines(900)}};
  EXPECT_THAT(units_of_sane_size(tree),
              ElementsAre(StartsWith("dns/a.cc:501"), StartsWith("dns/a.h:161")));
}

TEST(NoDeadFiles, FindsAHeaderThatOnlyItsOwnSourceIncludes) {
  Tree tree = {{"CMakeLists.txt", "add_subdirectory(dns)\n"},
               {"dns/CMakeLists.txt", "rhumb_room(dns rhumb_base)\n"},
               {"dns/a.h", header()},
               {"dns/a.cc", "#include \"dns/a.h\"\n"}};
  EXPECT_THAT(no_dead_files(tree), ElementsAre(StartsWith("dns/a.h: dead")));
  tree["dns/b.cc"] = "#include \"dns/a.h\"\n";
  EXPECT_THAT(no_dead_files(tree), IsEmpty());
}

TEST(NoDeadFiles, FindsASourceWithoutATarget) {
  const Tree tree = {
      {"CMakeLists.txt", "add_subdirectory(server)\n"},
      {"dns/a.cc", ""},
      {"server/CMakeLists.txt", "rhumb_room(server)\nadd_executable(rhumb main.cc)\n"},
      {"server/main.cc", ""},
      {"tests/CMakeLists.txt", "rhumb_tests(dns rhumb_dns)\nGLOB(x tests/support/*.cc)\n"},
      {"tests/support/process.cc", ""},
      {"tests/dns/a_test.cc", ""},
      {"tests/lost/a_test.cc", ""}};
  EXPECT_THAT(no_dead_files(tree),
              ElementsAre(StartsWith("dns/a.cc: dead"), StartsWith("tests/lost/a_test.cc: dead")));
}

TEST(NoDeadFiles, FindsAPageThatNoPageLinksTo) {
  const Tree tree = {{"README.md", "[why](docs/linked.md)"},
                     {"docs/linked.md", ""},
                     {"docs/unlinked.md", "about itself: unlinked.md"},
                     {"scripts/x", "docs/unlinked.md"}};
  EXPECT_THAT(no_dead_files(tree),
              ElementsAre(StartsWith("docs/unlinked.md: dead"), StartsWith("scripts/x: dead")));
}

TEST(NoDeadFiles, KeepsAFileThatIsNamedOrWhoseFolderIs) {
  const Tree tree = {{"README.md", "run scripts/go with examples/two-sites"},
                     {"scripts/go", ". lib.sh"},
                     {"scripts/lib.sh", ""},
                     {"examples/two-sites/rhumb.yaml", ""},
                     {"examples/forgotten/rhumb.conf", ""}};
  EXPECT_THAT(no_dead_files(tree), ElementsAre(StartsWith("examples/forgotten/rhumb.conf: dead")));
}

TEST(NoDeadFiles, FindsACorpusWithoutItsFuzzTarget) {
  const Tree tree = {
      {"tests/fuzz/CMakeLists.txt", "file(GLOB fuzzers ${CMAKE_CURRENT_SOURCE_DIR}/*_fuzz.cc)"},
      {"tests/fuzz/query_fuzz.cc", ""},
      {"tests/fuzz/corpus/query/empty", ""},
      {"tests/fuzz/corpus/gone/empty", ""}};
  EXPECT_THAT(no_dead_files(tree), ElementsAre(StartsWith("tests/fuzz/corpus/gone/empty: dead")));
}

TEST(PackagesListed, WantsThePackageOfEachLibrary) {
  const Tree tree = {
      {"scripts/packages.txt", "# group package\nbuild    libuv1-dev  # the loop\n"},
      {"server/CMakeLists.txt", "rhumb_door(uv libuv)\nrhumb_door(curl libcurl)\n"},
      {"tests/CMakeLists.txt", "find_package(GTest REQUIRED)\nfind_package(Threads REQUIRED)\n"},
      {"server/a.cc", "#include <uv.h>\n#include <ares.h>\n"}};
  EXPECT_THAT(packages_listed(tree),
              ElementsAre(HasSubstr("libcurl"), HasSubstr("libc-ares-dev"), HasSubstr("GTest")));
}

TEST(LimitsDocumented, WantsEachLimitOfARoom) {
  const Tree tree = {
      {"docs/limits.md", "| zones | 9 | `kMaxZones`, zones/a.cc | error |\n"},
      {"zones/a.h", "constexpr int kMaxZones = 9;\ninline constexpr std::size_t kMaxZone{1};\n"},
      {"zones/a.cc", "constexpr int kOther = 1;\n  static constexpr int kMaxSets = 8;\n"},
      {"server/b.cc", "constexpr int kTcpBacklog =\n    1'024;\n"},
      {"bench/c.cc", "constexpr int kMaxRounds = 3;\n"}};
  EXPECT_THAT(limits_documented(tree),
              ElementsAre(HasSubstr("server/b.cc:1: kTcpBacklog"),
                          HasSubstr("zones/a.cc:2: kMaxSets"), HasSubstr("zones/a.h:2: kMaxZone")));
}

TEST(LimitsDocumented, LeavesWhatIsInsideAFunction) {
  const Tree tree = {{"zones/a.cc", "  constexpr int kMaxSteps = 9;\n  use(kMaxSteps);\n"}};
  EXPECT_THAT(limits_documented(tree), ElementsAre());
}

TEST(PackagesListed, RefusesALibraryThatNobodyIncludes) {
  const Tree tree = {{"scripts/packages.txt", "build libuv1-dev\nbuild libssl-dev\n"},
                     {"server/a.cc", "#include <uv.h>\n"}};
  EXPECT_THAT(packages_listed(tree), ElementsAre(HasSubstr("lists libssl-dev")));
}

}  // namespace
}  // namespace rhumb::layering
