// What a server's parts do when another one takes its place, on either side: who is frozen, who is
// asked, who is told, and in which order. The talk between the two is hand_out's and take_over's.
#pragma once

#include "base/error.h"
#include "server/clock.h"
#include "server/control_api.h"
#include "server/hand_out.h"
#include "server/log.h"
#include "server/monitor.h"
#include "server/reload.h"
#include "server/state_keeper.h"
#include "server/take_over.h"

namespace rhumb {

// The last that the old server knows, in force. False: it cannot be, which is told.
bool learn_last(TakeOver& from, StateKeeper& state, Monitor& monitor, const Clock& clock, Log& log);

// The end of a server that was to take another one's place.
void tell_not_taken(Log& log, const Error& why);

// All borrowed, and in use for as long as the source is.
HandOutSource hand_out_source(StateKeeper& state, Monitor& monitor, Reloader& reloader,
                              ControlApi& api, Clock clock);

}  // namespace rhumb
