// Databases of the real binary: read, renewed when they change, refused when they are bad, whatever
// is in them; the server answers on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/handover_socket.h"
#include "tests/support/dns_client.h"
#include "tests/support/mmdb.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

const std::filesystem::path kMaxmind = RHUMB_SOURCE_DIR "/../shared/geoip";

// What is said of each file in bad/. None of them may load.
constexpr char kNone[] = "is no MaxMind DB, or is damaged: ";
constexpr char kDamaged[] = "is damaged: ";
constexpr char kUseless[] =
    "is of type \"Test\" and tells no network's continent, country or coordinates";
const std::map<std::string, std::string> kReasons = {
    {"GeoIP2-City-Test-Broken-Double-Format.mmdb", kDamaged},
    {"GeoIP2-City-Test-Invalid-Node-Count.mmdb", kNone},
    {"MaxMind-DB-test-broken-pointers-24.mmdb", kDamaged},
    {"MaxMind-DB-test-broken-search-tree-24.mmdb", kDamaged},
    {"bad-unicode-in-map-key.mmdb", kDamaged},
    {"cyclic-data-structure.mmdb", kNone},
    {"invalid-bytes-length.mmdb", kNone},
    {"invalid-data-record-offset.mmdb", kNone},
    {"invalid-map-key-length.mmdb", kNone},
    {"invalid-string-length.mmdb", kNone},
    {"libmaxminddb-corrupt-search-tree.mmdb", kUseless},
    {"libmaxminddb-deep-array-nesting.mmdb", kUseless},
    {"libmaxminddb-deep-nesting.mmdb", kUseless},
    {"libmaxminddb-empty-array-last-in-metadata.mmdb", kUseless},
    {"libmaxminddb-empty-map-last-in-metadata.mmdb", kUseless},
    {"libmaxminddb-metadata-marker-only.mmdb", kNone},
    {"libmaxminddb-offset-integer-overflow.mmdb", kNone},
    {"libmaxminddb-oversized-array.mmdb", kUseless},
    {"libmaxminddb-oversized-map.mmdb", kDamaged},
    {"libmaxminddb-separator-record-max-left.mmdb", kDamaged},
    {"libmaxminddb-separator-record-min-left.mmdb", kDamaged},
    {"libmaxminddb-separator-record-min-right.mmdb", kDamaged},
    {"libmaxminddb-uint64-max-epoch.mmdb", kUseless},
    {"metadata-is-an-uint128.mmdb", kNone},
    {"unexpected-bytes.mmdb", kNone}};

constexpr char kConfig[] = "zones: [\"zones/*\"]\ngeo: {database: city.mmdb}\n";
constexpr char kNetwork[] = "81.2.69.0/24";

// A database that puts kNetwork into `country`.
std::string database(const std::string& country) {
  test::MmdbWriter writer({.type = "Test-City"});
  GeoPlace place;
  place.country = Code(country);
  writer.add(kNetwork, test::mmdb_city(place));
  return writer.bytes();
}

std::size_t count_lines(const std::string& path, const std::string& with) {
  std::ifstream file(path);
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.find(with) != std::string::npos) ++count;
  }
  return count;
}

// www answers 192.0.2.1 to Germany and 192.0.2.2 to everyone else.
class Geo : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("zones/a.yaml",
                  test::yaml_zone("a.test", "",
                                  "- {name: www, type: A, setIdentifier: de, values: [192.0.2.1], "
                                  "geoLocation: {country: DE}}\n"
                                  "- {name: www, type: A, setIdentifier: all, values: "
                                  "[192.0.2.2], geoLocation: {default: true}}\n"));
    write_database(database("DE"));
  }
  void start() {
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
    ASSERT_EQ(answer(), "192.0.2.1");
  }
  void write_database(const std::string& content) { path_ = folder_.write("city.mmdb", content); }
  // What a client in kNetwork is told.
  [[nodiscard]] std::string answer() const {
    const auto reply = rhumb_.ask({.name = "www.a.test", .subnet = IpPrefix::parse(kNetwork)});
    if (!reply || reply->answer.size() != 1) return "";
    return reply->answer[0].substr(reply->answer[0].rfind(' ') + 1);
  }
  [[nodiscard]] bool becomes(const std::string& wanted) const {
    return test::wait_until([&] { return answer() == wanted; });
  }

  test::TempDir folder_;
  std::string path_;
  test::Rhumb rhumb_{folder_, kConfig};
};

using GeoThreads = Geo;

TEST_F(Geo, TellsWhichDatabaseIsInUse) {
  start();
  EXPECT_THAT(rhumb_.process().output(),
              HasSubstr("database in use file=" + path_ +
                        " type=Test-City built=2023-11-14T22:13:20.000Z networks=1"));
  const auto status = rhumb_.json({"status"});
  ASSERT_EQ(status["databases"].items().size(), 1U);
  EXPECT_EQ(status["databases"].items()[0]["type"].text(), "Test-City");
  EXPECT_EQ(status["databases"].items()[0]["builtAt"].text(), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(status["databases"].items()[0]["networks"].whole(), 1);
  EXPECT_TRUE(status["databaseError"].is_null());
  EXPECT_THAT(rhumb_.command({"status"}).out,
              HasSubstr("Test-City built 2023-11-14, 1 network, " + path_));
}

TEST_F(Geo, TakesUpADatabaseThatChanges) {
  start();
  write_database(database("FR"));
  EXPECT_TRUE(becomes("192.0.2.2"));
  EXPECT_TRUE(rhumb_.process().wait_output("maps renewed, since a database changed"));
}

TEST_F(Geo, TakesUpADatabaseThatChangesHoweverOftenItsMainThreadIsWoken) {
  start();
  std::atomic<bool> stop = false;
  std::thread wakers([&] {
    while (!stop) {
      (void)connect_to_predecessor(folder_.path() + "/control.sock");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  write_database(database("FR"));
  EXPECT_TRUE(becomes("192.0.2.2"));
  stop = true;
  wakers.join();
}

TEST_F(Geo, KeepsItsMapsWhenTheNewDatabaseIsBadAndTakesUpTheNextGoodOne) {
  start();
  write_database(database("FR").substr(0, 200));
  EXPECT_TRUE(
      rhumb_.process().wait_output("a database that changed is refused; the maps in use stay"));
  EXPECT_THAT(rhumb_.process().output(), HasSubstr("\"" + path_ + "\" is no MaxMind DB"));
  EXPECT_EQ(answer(), "192.0.2.1");
  const auto status = rhumb_.json({"status"});
  EXPECT_THAT(std::string(status["databaseError"].text()), HasSubstr("is no MaxMind DB"));
  EXPECT_TRUE(status["restartWouldFail"].boolean());
  EXPECT_THAT(rhumb_.command({"status"}).out, HasSubstr("a changed database is refused: "));
  write_database(database("FR"));
  EXPECT_TRUE(becomes("192.0.2.2"));
  EXPECT_TRUE(rhumb_.json({"status"})["databaseError"].is_null());
}

TEST_F(Geo, ABadDatabaseAtTheStartIsOneClearError) {
  for (const std::string& content :
       {std::string(), std::string("x"), database("DE").substr(0, 97)}) {
    write_database(content);
    const auto failed = test::run({test::rhumb_binary(), "serve", "-c", rhumb_.config()});
    EXPECT_EQ(failed.exit_code, 1);
    EXPECT_THAT(failed.err, HasSubstr("the database \"" + path_ + "\" is no MaxMind DB"));
    EXPECT_THAT(failed.err, HasSubstr("rhumb.yaml:4:17"));
  }
}

TEST_F(Geo, NoBadDatabaseHurtsAStartOrAReload) {
  if (!std::filesystem::is_directory(kMaxmind / "bad")) {
    GTEST_SKIP() << "MaxMind's test databases are not at " << kMaxmind;
  }
  start();
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kMaxmind / "bad")) {
    const auto known = kReasons.find(entry.path().filename().string());
    ASSERT_NE(known, kReasons.end()) << entry.path() << " is new here";
    SCOPED_TRACE(known->first);
    ++seen;
    write_database(test::read_file(entry.path()));
    const std::string error = "the database \"" + path_ + "\" " + known->second;
    const auto checked = test::run({test::rhumb_binary(), "check", "-c", rhumb_.config()});
    EXPECT_EQ(checked.exit_code, 1);
    EXPECT_THAT(checked.out, HasSubstr("error: " + error));
    const std::size_t logged = rhumb_.process().output().size();
    const auto reloaded = rhumb_.command({"reload"});
    EXPECT_EQ(reloaded.exit_code, 1);
    EXPECT_THAT(reloaded.err, HasSubstr("error: " + error));
    const auto log = [&] { return rhumb_.process().output().substr(logged); };
    const std::string refused = " error reload refused; what was served before stays";
    EXPECT_TRUE(test::wait_until([&] { return log().find(refused) != std::string::npos; }));
    EXPECT_THAT(log(), HasSubstr(error));
    EXPECT_EQ(answer(), "192.0.2.1");
  }
  EXPECT_EQ(seen, kReasons.size());
  write_database(database("FR"));
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  EXPECT_EQ(answer(), "192.0.2.2");
}

TEST_F(Geo, NoTruncatedDatabaseHurtsAReload) {
  constexpr std::size_t kStep = 97;
  start();
  const std::string whole = database("FR");
  for (std::size_t size = 0; size < whole.size(); size += kStep) {
    write_database(whole.substr(0, size));
    const auto reloaded = rhumb_.command({"reload"});
    EXPECT_EQ(reloaded.exit_code, 1) << size;
    EXPECT_THAT(reloaded.err, HasSubstr("error: the database \"" + path_ + "\""));
    EXPECT_EQ(answer(), "192.0.2.1") << size;
  }
}

TEST_F(Geo, WithoutItsHelperItAnswersOnAndSaysSo) {
  start();
  const pid_t keeper = test::child_of(rhumb_.process().pid());
  const pid_t helper = test::child_of(keeper);
  ASSERT_GT(helper, 0);
  kill(keeper, SIGKILL);
  ASSERT_TRUE(test::wait_until([&] { return test::is_gone(keeper) && test::is_gone(helper); }));
  write_database(database("FR"));
  const auto reloaded = rhumb_.command({"reload"});
  EXPECT_EQ(reloaded.exit_code, 1);
  EXPECT_THAT(reloaded.err, HasSubstr("the helper process is gone; restart rhumb"));
  EXPECT_EQ(answer(), "192.0.2.1");
}

TEST_F(Geo, TheHelperEndsWithTheServer) {
  test::Process server({test::rhumb_binary(), "serve", "-c", rhumb_.config()});
  ASSERT_TRUE(server.wait_output("serving")) << server.output();
  const pid_t helper = test::child_of(test::child_of(server.pid()));
  ASSERT_GT(helper, 0);
  server.signal(SIGKILL);
  EXPECT_TRUE(test::wait_until([&] { return test::is_gone(helper); }));
}

TEST_F(Geo, RenewedMapsLeaveNeitherFilesNorMemoryBehind) {
  start();
  const std::string process = "/proc/" + std::to_string(rhumb_.process().pid());
  const auto files = [&] {
    const std::filesystem::directory_iterator all(process + "/fd");
    return std::distance(begin(all), end(all));
  };
  const auto maps = [&] { return count_lines(process + "/maps", "memfd:rhumb"); };
  const auto reload = [&](int round) {
    write_database(database(round % 2 == 0 ? "FR" : "DE"));
    EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  };
  EXPECT_EQ(maps(), 2U);  // of the rule, and the special one
  const auto files_before = files();
  for (int round = 0; round < 30; ++round) reload(round);
  EXPECT_TRUE(test::wait_until([&] { return files() == files_before && maps() == 2U; }))
      << files() << " files, " << files_before << " before; " << maps() << " maps";
}

TEST_F(GeoThreads, NoQueryIsLostOrSeesHalfOfAMapWhileTheyAreSwapped) {
  constexpr int kSwaps = 20;
  start();
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0};
  std::atomic<int> wrong{0};
  std::thread asker([&] {
    while (!stop) {
      const std::string got = answer();
      wrong += got == "192.0.2.1" || got == "192.0.2.2" ? 0 : 1;
      ++answered;
    }
  });
  for (int round = 0; round < kSwaps; ++round) {
    write_database(database(round % 2 == 0 ? "FR" : "DE"));
    EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
    EXPECT_EQ(answer(), round % 2 == 0 ? "192.0.2.2" : "192.0.2.1");
  }
  stop = true;
  asker.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(answered, kSwaps);
}

}  // namespace
}  // namespace rhumb
