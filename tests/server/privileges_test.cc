#include "server/privileges.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <string>

#include "tests/support/faults.h"
#include "tests/support/process.h"
#include "tests/support/walled.h"

namespace rhumb {
namespace {

using test::in_child;

constexpr char kNobody[] = "nobody";
constexpr char kNeedsRoot[] = "only root can become somebody else: run the tests as root";

// What /proc says of this process, by its word.
std::string status_of(const std::string& word) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(word + ":\t")) return line.substr(word.size() + 2);
  }
  return "";
}

TEST(Privileges, FindsAUserWithItsGroups) {
  const Result<User> root = find_user("root");
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root.value().uid, 0U);
  EXPECT_EQ(root.value().gid, 0U);
  EXPECT_EQ(root.value().groups.at(0), 0U);
}

TEST(Privileges, NamesAUserThatIsNotThere) {
  const Result<User> none = find_user("no-such-user");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error(), "there is no user \"no-such-user\" on this system");
}

TEST(Privileges, WhoBecomesAnotherKeepsNothing) {
  const std::string why_not = test::why_no_other_user();  // who has to reach /proc
  if (!why_not.empty()) GTEST_SKIP() << why_not;
  const User nobody = find_user(kNobody).value();
  EXPECT_EQ(in_child([&] {
              if (become(nobody)) return 1;
              const std::string id = std::to_string(nobody.uid);
              if (status_of("Uid") != id + "\t" + id + "\t" + id + "\t" + id) return 2;
              for (const char* const set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
                if (status_of(set) != "0000000000000000") return 3;
              }
              if (status_of("NoNewPrivs") != "1") return 4;
              if (getgroups(0, nullptr) != static_cast<int>(nobody.groups.size())) return 5;
              return setuid(0) == 0 || setgid(0) == 0 ? 6 : 0;
            }),
            "exit 0");
}

TEST(Privileges, WhoIsNobodyBecomesNobodyElse) {
  if (geteuid() != 0) GTEST_SKIP() << kNeedsRoot;
  const User nobody = find_user(kNobody).value();
  const User root = find_user("root").value();
  EXPECT_EQ(why_not_become(root), "");
  EXPECT_EQ(in_child([&] {
              if (become(nobody)) return 1;
              if (why_not_become(root) !=
                  "only root can become the user \"root\": start rhumb as root or as this user") {
                return 2;
              }
              return why_not_become(nobody).empty() && !become(nobody) ? 0 : 3;
            }),
            "exit 0");
}

TEST(Privileges, NobodyMayStillBeUrgentWhereRootAllowedIt) {
  if (geteuid() != 0) GTEST_SKIP() << kNeedsRoot;
  if (!test::may_allow_nice()) GTEST_SKIP() << test::kNeedsNice;
  const User nobody = find_user(kNobody).value();
  EXPECT_EQ(in_child([&] {
              allow_nice(-15);
              if (become(nobody)) return 1;
              if (setpriority(PRIO_PROCESS, 0, -16) == 0) return 2;
              return setpriority(PRIO_PROCESS, 0, -15) == 0 ? 0 : 3;
            }),
            "exit 0");
}

TEST(Privileges, OnlyAFolderThatIsMadeIsGivenAway) {
  if (geteuid() != 0) GTEST_SKIP() << kNeedsRoot;
  const test::TempDir folder;
  const User nobody = find_user(kNobody).value();
  const auto owner_of = [](const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 ? static_cast<int>(status.st_uid) : -1;
  };
  make_folder_for(folder.path() + "/new", 0750, &nobody);
  EXPECT_EQ(owner_of(folder.path() + "/new"), static_cast<int>(nobody.uid));
  ASSERT_EQ(mkdir((folder.path() + "/old").c_str(), 0750), 0);
  make_folder_for(folder.path() + "/old", 0750, &nobody);
  EXPECT_EQ(owner_of(folder.path() + "/old"), 0);
}

TEST(Privileges, WhatIsDeniedNamesWhoIsDenied) {
  Diagnostics found;
  found.error({"a.zone", 0, 0}, "cannot be read: Permission denied");
  found.warn({"b.zone", 1, 2}, "is odd");
  const Diagnostics said = said_of({.name = "rhumb", .uid = 1, .gid = 1, .groups = {}}, found);
  ASSERT_EQ(said.all().size(), 2U);
  EXPECT_EQ(to_string(said.all()[0]),
            "a.zone: error: cannot be read: Permission denied for the user \"rhumb\"");
  EXPECT_EQ(to_string(said.all()[1]), "b.zone:1:2: warning: is odd");
}

}  // namespace
}  // namespace rhumb
