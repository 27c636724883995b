// The rules of the house (docs/architecture.md) as functions from a tree to complaints, each one
// line "FILE:LINE: what is wrong: what to do". No complaints: the rule holds.
#pragma once

#include <string>
#include <vector>

#include "tests/layering/tree.h"

namespace rhumb::layering {

using Complaints = std::vector<std::string>;

// A room includes only the rooms below it.
Complaints rooms_one_way(const Tree& tree);

// A quoted include is a file of the tree, by its full path from the root; a .cc includes its own
// header first; a header opens with a comment on its purpose and has #pragma once.
Complaints headers_in_form(const Tree& tree);

// Each library is included by one unit (OpenSSL by two), in its .cc; in base, dns, health and
// answer by none. libuv alone may be included in all of server/: it is the loop that this room runs
// on.
Complaints one_door_a_library(const Tree& tree);

// Only server/ owns sockets, threads, clocks, randomness, the environment and output.
Complaints quiet_rooms(const Tree& tree);

// A production header has at most 160 lines and a source 500; 80 and 300 are the aims.
Complaints units_of_sane_size(const Tree& tree);

// Each header is included by more than its own source, each source has a target, and each other
// file is named by another one.
Complaints no_dead_files(const Tree& tree);

// scripts/packages.txt lists the package of each library that a door includes or CMake looks for,
// and no library that nobody includes.
Complaints packages_listed(const Tree& tree);

// docs/limits.md names each constant kMax... or k...Backlog of a room that is not inside a
// function.
Complaints limits_documented(const Tree& tree);

}  // namespace rhumb::layering
