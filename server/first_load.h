// The load that a server starts with: of the files as they are, or, where they have errors and this
// is wanted, of those that were accepted last.
#pragma once

#include <memory>
#include <optional>

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

// What a start needs before anything else, with its errors: of rhumb.yaml, or, where that has
// errors and it is wanted, of the one that was accepted last.
Config read_first_config(const ServeOptions& options, Diagnostics& found);

// Opens `state` as soon as it is known which folder that is. Whoever cannot read a file is `user`;
// null: nobody else than the server was started as.
FirstLoad load_first(const ServeOptions& options, const MapCompiler& compile, const User* user,
                     StateKeeper& state, Log& log);

}  // namespace rhumb
