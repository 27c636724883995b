// Advice on what a group's policy makes of its sets together: no PRIMARY, no default, weights that
// say nothing, places that cannot be known.
#pragma once

#include "zones/advice_view.h"

namespace rhumb {

void advise_on_group(const AdviceView& view, const AdvisedGroup& at);

}  // namespace rhumb
