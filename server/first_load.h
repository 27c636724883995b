// The load that a server starts with: of the files as they are, or, where they have errors and this
// is wanted, of those that were accepted last.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "server/clock.h"
#include "server/loader.h"
#include "server/log.h"
#include "server/map_compiler.h"
#include "server/privileges.h"
#include "server/reload.h"
#include "server/serve.h"
#include "server/state_keeper.h"

namespace rhumb {

struct FirstLoad {
  std::shared_ptr<const Loaded> loaded;    // null: nothing can be served; why was logged
  std::optional<ReloadOutcome> refused{};  // the files as they are, where others are served
};

// A `user` that this process cannot become, and why; without a name there is none.
struct RefusedUser {
  std::string name{};
  Place place{};
  std::string why{};
};

// By what a server begins, before it reads anything else.
struct Beginning {
  Config config{};             // what to bind
  std::optional<User> user{};  // whom to become; nullopt: nobody
  RefusedUser refused_user{};  // of rhumb.yaml as it is
};

// What rhumb.yaml says of it. Where that has errors, which are in `found`, and this is wanted: what
// the last good one says of it instead, and no errors. It stays as it is, which is told, when there
// is none, or when, to root, it is not of whom it wants to become, or root's own: whoever else can
// write it could become anybody by it. Root makes no folder that it names alone: the state
// directory is the one it was found in, and where the folder of its control socket is not there, it
// is not taken.
Beginning find_beginning(const ServeOptions& options, Diagnostics& found, Log& log);

// Opens `state` as soon as it is known which folder that is. By `begun` sockets were bound, and its
// user is whom the process has become: of that, the result says the same. It has no `http` where
// what was bound for it is not to be served.
FirstLoad load_first(const ServeOptions& options, const MapCompiler& compile,
                     const Beginning& begun, StateKeeper& state, Log& log);

}  // namespace rhumb
