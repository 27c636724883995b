// Advice on who stands in whose way within a group: sets that are never chosen, PRIMARY sets that
// cannot die, aliases that lead to the dead.
#pragma once

#include "zones/advice_view.h"

namespace rhumb {

void advise_on_order(const AdviceView& view, const AdvisedGroup& at);

}  // namespace rhumb
