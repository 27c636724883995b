// The rules of the house, held against this very tree.
#include <gtest/gtest.h>

#include "tests/layering/rules.h"

namespace rhumb::layering {
namespace {

const Tree& this_tree() {
  static const Tree kTree = read_tree(RHUMB_SOURCE_DIR);
  return kTree;
}

void expect_none(const Complaints& complaints) {
  for (const std::string& complaint : complaints) ADD_FAILURE() << complaint;
}

TEST(Layering, IsReadFromTheWholeTree) {
  EXPECT_TRUE(this_tree().contains("base/published.h"));
  EXPECT_TRUE(this_tree().contains("tests/layering/layering_test.cc"));
  EXPECT_TRUE(this_tree().contains("scripts/packages.txt"));
}

TEST(Layering, LetsRoomsIncludeOnlyRoomsBelow) { expect_none(rooms_one_way(this_tree())); }

TEST(Layering, KeepsIncludesAndHeadersInForm) { expect_none(headers_in_form(this_tree())); }

TEST(Layering, GivesEachLibraryOneDoor) { expect_none(one_door_a_library(this_tree())); }

TEST(Layering, KeepsSocketsThreadsClocksAndOutputInServer) {
  expect_none(quiet_rooms(this_tree()));
}

TEST(Layering, KeepsUnitsShort) { expect_none(units_of_sane_size(this_tree())); }

TEST(Layering, HasNoDeadFiles) { expect_none(no_dead_files(this_tree())); }

TEST(Layering, ListsThePackagesOfItsLibraries) { expect_none(packages_listed(this_tree())); }

TEST(Layering, ListsItsLimits) { expect_none(limits_documented(this_tree())); }

}  // namespace
}  // namespace rhumb::layering
