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

// Opens `state` as soon as it is known which folder that is. `user`: whom the process has become;
// null: nobody. `bound` is rhumb.yaml by which that was done, and sockets were bound: of that, the
// result says the same. It has no `http` where what was bound for it is not to be served.
FirstLoad load_first(const ServeOptions& options, const MapCompiler& compile, const User* user,
                     const Config& bound, StateKeeper& state, Log& log);

// Before that, where `config` has errors, which are in `found`: what the last good one says of what
// to bind and whom to become instead, and no errors. Both stay as they are when there is none, or
// when, to root, it is not of whom it wants to become, or root's own: whoever else can write it
// could become anybody by it. Root makes no folder that it names alone: the state directory is the
// one it was found in, and where the folder of its control socket is not there, it is not taken,
// which is told.
void bind_by_last_good(const std::string& path, Config& config, Diagnostics& found, Log& log);

}  // namespace rhumb
