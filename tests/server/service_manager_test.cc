#include "server/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "tests/support/notified.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::StartsWith;

std::string own_pid() { return std::to_string(getpid()); }

TEST(ServiceManager, IsToldOverASocketsPath) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/notify";
  const test::Notified manager(path);
  const ServiceManager told({path, 0});
  told.ready("serving\n1 zone");
  EXPECT_EQ(manager.next(), "READY=1\nMAINPID=" + own_pid() + "\nSTATUS=serving 1 zone");
  told.stopping(2'000);
  EXPECT_EQ(manager.next(), "STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=32000000");
  told.alive();
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
  told.reloading();
  EXPECT_THAT(manager.next(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  told.successor(4711);
  EXPECT_THAT(manager.next(), StartsWith("MAINPID=4711\n"));
  EXPECT_EQ(manager.next(), "");
}

TEST(ServiceManager, IsToldOverAnAbstractSocket) {
  const std::string name = "@rhumb-test-" + own_pid();
  const test::Notified manager(name);
  ServiceManager({name, 0}).status("loading");
  EXPECT_EQ(manager.next(), "STATUS=loading");
}

TEST(ServiceManager, NobodyIsToldWhereNobodyListens) {
  ServiceManager().ready("serving");
  for (const std::string name : {"", "relative", "/no/such/socket"}) {
    ServiceManager({name, 1'000'000}).ready("serving");
  }
  const std::string too_long = "/" + std::string(200, 'x');
  EXPECT_EQ(ServiceManager({too_long, 1'000'000}).terms(), ManagerTerms());
}

TEST(ServiceManager, ItsTermsStandInTheEnvironment) {
  const ManagerTerms all{"@x", 30'000'000};
  EXPECT_EQ(manager_terms("@x", "30000000", "7", 7), all);
  EXPECT_EQ(manager_terms("@x", "30000000", nullptr, 7), all);
  EXPECT_EQ(manager_terms("@x", "30000000", "8", 7), (ManagerTerms{"@x", 0}));
  EXPECT_EQ(manager_terms("@x", "soon", nullptr, 7), (ManagerTerms{"@x", 0}));
  EXPECT_EQ(manager_terms("@x", nullptr, nullptr, 7), (ManagerTerms{"@x", 0}));
  EXPECT_EQ(manager_terms(nullptr, "30000000", "7", 7), ManagerTerms());
}

TEST(ServiceManager, HearsThreeTimesInEachInterval) {
  EXPECT_EQ(ServiceManager({"@x", 30'000'000}).alive_every_ms(), 10'000);
  EXPECT_EQ(ServiceManager({"@x", 0}).alive_every_ms(), 0);
}

}  // namespace
}  // namespace rhumb
