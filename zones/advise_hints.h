// Advice on HTTPS and SVCB records whose address hints stand beside routed addresses: the hints are
// the same for all, dead or alive.
#pragma once

#include "zones/advice_view.h"

namespace rhumb {

void advise_on_hints(const AdviceView& view, const ZoneRef& zone);

}  // namespace rhumb
