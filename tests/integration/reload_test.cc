// Reloads of the real binary: under load, with errors, and what of the old state goes on.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/listeners.h"
#include "server/socket_address.h"
#include "tests/server/hostile_server.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/sanitized.h"
#include "tests/support/steady_load.h"

namespace rhumb {
namespace {

using Strings = std::vector<std::string>;

// An HTTP server that answers 200, or 503 while told to.
class Site {
 public:
  Site()
      : server_([this](Connection& connection) {
          if (!connection.read_request()) return;
          connection.send(well_ ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                                : "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n");
          connection.wait_for_end();
        }) {}
  void set_well(bool well) { well_ = well; }
  [[nodiscard]] std::string check(const std::string& id, const std::string& how) const {
    return "- {id: " + id +
           ", type: HTTP, address: 127.0.0.1, port: " + std::to_string(server_.port()) + ", " +
           how + "}\n";
  }

 private:
  std::atomic<bool> well_ = true;
  HostileServer server_;
};

constexpr char kQuickCheck[] =
    "interval: 100ms, timeout: 100ms, failureThreshold: 1, successThreshold: 1, holdDown: 0s";

// What resident memory goes up and down by beside what is kept.
constexpr std::size_t kNoiseKib = test::kSanitized ? 65'536 : 1'024;

constexpr int kNames = 20'000;  // enough for editions that are kept to show

// Every answer holds its generation twice, as the third number of both addresses.
std::string generation_zone(const std::string& check, int generation) {
  const std::string g = std::to_string(generation);
  return test::yaml_zone(
      "g.test", check,
      "- {name: both, type: A, values: [10.1." + g + ".1, 10.2." + g + ".1]}\n" +
          "- {name: www, type: A, setIdentifier: a, failover: PRIMARY, healthCheckId: site, "
          "values: [10.3." +
          g + ".1, 10.4." + g + ".1]}\n" +
          "- {name: www, type: A, setIdentifier: b, failover: SECONDARY, values: [10.5." + g +
          ".1, 10.6." + g + ".1]}\n");
}

std::string generation_bulk(int generation) {
  const std::string g = std::to_string(generation);
  std::string text = "$ORIGIN bulk.test.\n$TTL 5\n@ SOA ns hostmaster " + g +
                     " 2 3 4 5\n@ NS ns\nns A 192.0.2.53\nboth A 10.1." + g + ".1\n A 10.2." + g +
                     ".1\n";
  for (int i = 0; i < kNames; ++i) text += "n" + std::to_string(i) + " A 192.0.2.1\n";
  return text;
}

// "10.3.7.1" → {3, 7}
std::pair<int, int> numbers_of(const std::string& line) {
  std::pair<int, int> numbers{-1, -1};
  const std::size_t begin = line.rfind(' ') + 1;
  std::sscanf(line.c_str() + begin, "10.%d.%d.", &numbers.first, &numbers.second);
  return numbers;
}

// Two addresses of one set and one generation that has been written.
std::string judge_generation(const test::Reply& reply, int newest) {
  std::string all = reply.rcode;
  for (const std::string& line : reply.answer) all += " | " + line;
  if (reply.rcode != "NOERROR" || !reply.aa || reply.answer.size() != 2) return all;
  const auto first = numbers_of(reply.answer[0]);
  const auto second = numbers_of(reply.answer[1]);
  const bool one_set = first.first % 2 == 1 && second.first == first.first + 1;
  const bool one_generation = first.second == second.second;
  const bool written = first.second >= 1 && first.second <= newest;
  return one_set && one_generation && written ? "" : all;
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

// What the reloads under load go through, one generation after the other.
class UnderLoad {
 public:
  UnderLoad() {
    write(1);
    rhumb_.start();
  }

  static constexpr int kReloads = test::kSanitized ? 30 : 50;
  static constexpr int kReloadsAFlip = 5;
  static constexpr int kSettled = 11;  // reloads after which memory has been used as it will be

  void run() {
    for (int i = 1; i <= kReloads; ++i) {
      const bool good = i % 2 == 1;
      if (good) write(newest_ + 1);
      if (!good) break_files(i);
      const bool by_signal = i % 4 >= 2;
      by_signal ? reload_by_signal(good) : reload_by_command(good);
      ASSERT_EQ(served(), newest_) << "after reload " << i;
      if (i == kSettled) settled_kib_ = test::resident_kib(rhumb_.process().pid());
      if (i % kReloadsAFlip == 0) flip();
    }
  }

  test::Rhumb& rhumb() { return rhumb_; }
  [[nodiscard]] int newest() const { return newest_; }
  [[nodiscard]] std::size_t settled_kib() const { return settled_kib_; }
  [[nodiscard]] int flips() const { return flips_; }

 private:
  void write(int generation) {
    newest_ = generation;
    folder_.write("zones/g.yaml", generation_zone(site_.check("site", kQuickCheck), generation));
    folder_.write("zones/bulk.zone", generation_bulk(generation));
  }

  // Wrong in the zone itself, or right there and wrong beside it.
  void break_files(int i) {
    const std::string wrong =
        i % 4 == 0 ? "zone: g.test\nrecords: [{name: both, type: A, values: [nonsense]}]\n"
                   : generation_zone(site_.check("site", kQuickCheck), 250) + "unknown: key\n";
    folder_.write("zones/g.yaml", wrong);
  }

  void reload_by_command(bool good) {
    const auto done = rhumb_.command({"reload"});
    EXPECT_EQ(done.exit_code, good ? 0 : 1) << done.out << done.err;
  }

  void reload_by_signal(bool good) {
    const std::string said = good ? " reloaded " : " reload refused";
    const std::size_t before = count_of(rhumb_.process().output(), said);
    rhumb_.process().signal(SIGHUP);
    EXPECT_TRUE(
        test::wait_until([&] { return count_of(rhumb_.process().output(), said) == before + 1; }));
  }

  [[nodiscard]] int served() const {
    const auto reply = rhumb_.ask({.name = "both.g.test"});
    return reply && !reply->answer.empty() ? numbers_of(reply->answer[0]).second : -1;
  }

  void flip() {
    well_ = !well_;
    site_.set_well(well_);
    EXPECT_TRUE(test::wait_until([&] {
      const auto reply = rhumb_.ask({.name = "www.g.test"});
      return reply && !reply->answer.empty() &&
             numbers_of(reply->answer[0]).first == (well_ ? 3 : 5);
    }));
    ++flips_;
  }

  test::TempDir folder_;
  Site site_;
  bool well_ = true;
  std::atomic<int> newest_ = 0;
  int flips_ = 0;
  std::size_t settled_kib_ = 0;
  test::Rhumb rhumb_{folder_, test::kZonesOfFolder};
};

TEST(ReloadUnderLoadThreads, LosesNoQueryMixesNoAnswerAndKeepsNoMemory) {
  test::limit_sanitizer_memory();
  UnderLoad scene;
  ASSERT_TRUE(scene.rhumb().wait_serving()) << scene.rhumb().process().output();
  test::SteadyLoad load(
      scene.rhumb().endpoint(), {"both.g.test", "www.g.test", "both.bulk.test"},
      [&](const test::Reply& reply) { return judge_generation(reply, scene.newest()); });
  scene.run();
  load.stop();
  EXPECT_EQ(load.wrong(), Strings{});
  EXPECT_EQ(load.lost(), 0);
  EXPECT_GT(load.answered(), 1000);
  EXPECT_EQ(scene.flips(), UnderLoad::kReloads / UnderLoad::kReloadsAFlip);
  const std::size_t last_kib = test::resident_kib(scene.rhumb().process().pid());
  std::printf("%d answers; resident %zu KiB after %d reloads, %zu KiB after all\n", load.answered(),
              scene.settled_kib(), UnderLoad::kSettled, last_kib);
  EXPECT_LE(last_kib, scene.settled_kib() + kNoiseKib);
}

// Two zones of master files and one of YAML, with a check that is unhealthy.
class Reload : public ::testing::Test {
 protected:
  void SetUp() override {
    write_master("one", "192.0.2.1");
    write_master("two", "192.0.2.2");
    write_steered("192.0.2.10", "interval: 1h");
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
    ASSERT_EQ(rhumb_.addresses("www.steered.test"), Strings{"198.51.100.10"});
  }

  void write_master(const std::string& name, const std::string& address) {
    folder_.write("zones/" + name + ".zone",
                  "$ORIGIN " + name + ".test.\n$TTL 30\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\n" +
                      "ns A 192.0.2.53\nwww A " + address + "\n");
  }
  // The primary's check refuses: nothing listens there.
  void write_steered(const std::string& primary, const std::string& how) {
    folder_.write(
        "zones/steered.yaml",
        test::yaml_zone("steered.test",
                        "- {id: dead, type: TCP, address: " + test::own_address(1) + ", port: 1, " +
                            how + "}\n",
                        "- {name: www, type: A, setIdentifier: a, failover: PRIMARY, "
                        "healthCheckId: dead, values: [" +
                            primary + "]}\n" +
                            "- {name: www, type: A, setIdentifier: b, failover: SECONDARY, values: "
                            "[198.51.100.10]}\n"));
  }

  test::TempDir folder_;
  test::Rhumb rhumb_{folder_, test::kZonesOfFolder};
};

TEST_F(Reload, ReadsAgainOnlyWhatChanged) {
  write_master("one", "192.0.2.101");
  const auto reply = rhumb_.json({"reload"});
  EXPECT_EQ(reply["reload"]["zonesRead"].whole(), 1);
  EXPECT_EQ(reply["reload"]["zonesKept"].whole(), 2);
  EXPECT_EQ(rhumb_.addresses("www.one.test"), Strings{"192.0.2.101"});
  EXPECT_EQ(rhumb_.addresses("www.two.test"), Strings{"192.0.2.2"});
  const auto again = rhumb_.command({"reload"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_NE(again.out.find("0 zones read again, 3 kept"), std::string::npos) << again.out;
}

TEST_F(Reload, ABrokenOneKeepsAllThatWasServedAndSaysWhere) {
  write_master("one", "192.0.2.101");  // right, and yet not served
  folder_.write("zones/two.zone",
                "$ORIGIN two.test.\n$TTL 30\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\n"
                "ns A 192.0.2.53\nwww A nonsense\n");
  folder_.write("zones/steered.yaml", "zone: steered.test\nrecord: []\n");
  const auto refused = rhumb_.command({"reload"});
  EXPECT_EQ(refused.exit_code, 1);
  const std::string said = refused.out + refused.err;
  EXPECT_NE(said.find("zones/two.zone:6"), std::string::npos) << said;
  EXPECT_NE(said.find("zones/steered.yaml:2:1: error: unknown key"), std::string::npos) << said;
  EXPECT_TRUE(rhumb_.process().wait_output("zones/two.zone:6"));
  EXPECT_EQ(rhumb_.addresses("www.one.test"), Strings{"192.0.2.1"});
  EXPECT_EQ(rhumb_.addresses("www.two.test"), Strings{"192.0.2.2"});
  EXPECT_EQ(rhumb_.addresses("www.steered.test"), Strings{"198.51.100.10"});
  EXPECT_TRUE(rhumb_.json({"status"})["restartWouldFail"].boolean());
  const auto status = rhumb_.command({"status"});
  EXPECT_NE(status.out.find("restart would fail"), std::string::npos) << status.out;
  EXPECT_NE(status.out.find("zones/two.zone:6"), std::string::npos) << status.out;

  write_master("two", "192.0.2.102");
  write_steered("192.0.2.10", "interval: 1h");
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  EXPECT_FALSE(rhumb_.json({"status"})["restartWouldFail"].boolean());
  EXPECT_EQ(rhumb_.command({"status"}).out.find("restart would fail"), std::string::npos);
  EXPECT_EQ(rhumb_.addresses("www.one.test"), Strings{"192.0.2.101"});
  EXPECT_EQ(rhumb_.addresses("www.two.test"), Strings{"192.0.2.102"});
}

TEST_F(Reload, AConfigurationThatCannotBeReadIsRefusedToo) {
  rhumb_.rewrite(std::string(test::kZonesOfFolder) + "worker: 2\n");
  const auto refused = rhumb_.command({"reload"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("rhumb.yaml:4:1: error: unknown key \"worker\"; did you mean "
                             "\"workers\"?"),
            std::string::npos)
      << refused.err;
  EXPECT_EQ(rhumb_.addresses("www.one.test"), Strings{"192.0.2.1"});
}

TEST_F(Reload, HangupReloads) {
  write_master("one", "192.0.2.101");
  rhumb_.process().signal(SIGHUP);
  EXPECT_TRUE(
      test::wait_until([&] { return rhumb_.addresses("www.one.test") == Strings{"192.0.2.101"}; }));
  EXPECT_TRUE(rhumb_.process().wait_output("reloaded read=1 kept=2"));
}

TEST_F(Reload, AnUnchangedCheckStaysAsItWas) {
  const auto before = rhumb_.json({"health", "dead"});
  ASSERT_EQ(before["state"].text(), "unhealthy");
  write_steered("192.0.2.11", "interval: 1h");  // the set changes, not its check
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  const auto after = rhumb_.json({"health", "dead"});
  EXPECT_EQ(after["state"].text(), "unhealthy");
  EXPECT_EQ(after["since"].text(), before["since"].text());
  EXPECT_EQ(after["consecutive"].whole(), before["consecutive"].whole());
  EXPECT_EQ(after["lastProbe"]["at"].text(), before["lastProbe"]["at"].text());
  EXPECT_EQ(rhumb_.addresses("www.steered.test"), Strings{"198.51.100.10"});
}

TEST_F(Reload, AChangedCheckKeepsItsVerdictAndIsProbedAtOnce) {
  const auto before = rhumb_.json({"health", "dead"});
  write_steered("192.0.2.10", "interval: 2h");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  EXPECT_EQ(rhumb_.addresses("www.steered.test"), Strings{"198.51.100.10"});
  EXPECT_TRUE(test::wait_until([&] {
    const auto now = rhumb_.json({"health", "dead"});
    return now["lastProbe"]["at"].text() != before["lastProbe"]["at"].text();
  }));
  const auto after = rhumb_.json({"health", "dead"});
  EXPECT_EQ(after["since"].text(), before["since"].text());
  EXPECT_EQ(after["state"].text(), "unhealthy");
  EXPECT_EQ(after["consecutive"].whole(), 1);
}

TEST_F(Reload, ADroppedZoneIsNamedInAWarning) {
  std::remove((folder_.path() + "/zones/two.zone").c_str());
  const auto done = rhumb_.command({"reload"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_NE(done.out.find("two.test"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("no longer served"), std::string::npos) << done.out;
  EXPECT_TRUE(rhumb_.process().wait_output("no longer served"));
  const auto reply = rhumb_.ask({.name = "www.two.test"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->rcode, "REFUSED");
  EXPECT_EQ(rhumb_.addresses("www.one.test"), Strings{"192.0.2.1"});
}

TEST_F(Reload, NoZoneLeftIsAnError) {
  for (const char* name : {"one.zone", "two.zone", "steered.yaml"})
    std::remove((folder_.path() + "/zones/" + name).c_str());
  const auto refused = rhumb_.command({"reload"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("no zone"), std::string::npos) << refused.err;
  EXPECT_EQ(rhumb_.addresses("www.two.test"), Strings{"192.0.2.2"});
  EXPECT_TRUE(rhumb_.json({"status"})["restartWouldFail"].boolean());
}

TEST_F(Reload, WhatNeedsARestartSaysSo) {
  folder_.write("rhumb.yaml", "listen: [\"127.0.0.1:5353\"]\ncontrolSocket: " + folder_.path() +
                                  "/control.sock\nworkers: 3\n" + test::kZonesOfFolder);
  const auto done = rhumb_.command({"reload"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.out.find("\"listen\" has changed; it takes effect with a restart"),
            std::string::npos)
      << done.out;
  EXPECT_NE(done.out.find("\"workers\" has changed"), std::string::npos) << done.out;
  EXPECT_EQ(rhumb_.addresses("www.one.test"), Strings{"192.0.2.1"});
}

TEST_F(Reload, ASerialGoesUpWithTheContentAlone) {
  const auto serial = [&](const std::string& zone) {
    const auto zones = rhumb_.json({"zones"});
    for (const auto& entry : zones.items()) {
      if (entry["zone"].text() == zone) return entry["serial"].whole().value_or(-1);
    }
    return std::int64_t{-1};
  };
  const auto before = serial("steered.test.");
  ASSERT_GT(before, 0);
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  EXPECT_EQ(serial("steered.test."), before);
  write_steered("192.0.2.11", "interval: 1h");
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  EXPECT_GT(serial("steered.test."), before);
}

TEST_F(Reload, AStopThatEndsItsWaitIsToldInOneLine) {
  const HostileServer mute([](Connection& connection) { connection.wait_for_end(); });
  rhumb_.rewrite(std::string(test::kZonesOfFolder) +
                 "startupWait: 1h\nhealthChecks:\n- {id: mute, type: HTTP, address: 127.0.0.1, "
                 "timeout: 1h, interval: 1h, port: " +
                 std::to_string(mute.port()) + "}\n");
  rhumb_.process().signal(SIGHUP);
  ASSERT_TRUE(test::wait_until([&] { return mute.accepted() > 0; }));
  rhumb_.process().signal(SIGTERM);
  EXPECT_EQ(rhumb_.process().wait_exit(), 0);
  const std::string output = rhumb_.process().output();
  EXPECT_EQ(count_of(output, " warn  reload given up; the server is stopping "), 1U) << output;
  EXPECT_EQ(count_of(output, " error "), 0U) << output;
}

}  // namespace
}  // namespace rhumb
