// Puts a server behind the walls that rhumb.yaml wants, once it has read all: what it may open from
// then on is what reloads, probes and its own state need, and what it may ask of the system is a
// list. It decides what that is; how the kernel is told is not its affair.
#pragma once

#include <string>
#include <vector>

#include "server/landlock.h"
#include "server/loader.h"
#include "server/log.h"

namespace rhumb {

// What a server that has loaded this opens later on: each place once, the folders that its files
// lie in before those of the system.
std::vector<Beneath> places_of(const Loaded& loaded);

// For good. Returns what holds from then on, for people: "user,seccomp,landlock"; "user" means that
// this process is not root. What is wanted and cannot be had is told, and done without. Requires:
// no other thread runs.
std::string confine(const Loaded& loaded, Log& log);

}  // namespace rhumb
