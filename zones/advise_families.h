// Advice on A and AAAA of one name that do not choose alike, so that the two families of one client
// may be sent to different sites.
#pragma once

#include "zones/advice_view.h"

namespace rhumb {

// Requires: called for every group; of two that belong together, one tells.
void advise_on_families(const AdviceView& view, const AdvisedGroup& at);

}  // namespace rhumb
