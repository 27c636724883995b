#include "zones/told.h"

#include "zones/report.h"

namespace rhumb {

bool Told::admits(const Place& place) {
  if (!places_.insert(to_string(place)).second) return false;
  if (places_.size() == kMaxErrorsOfKind + 1) file_ = place.file;
  return places_.size() <= kMaxErrorsOfKind;
}

void Told::finish(Diagnostics& diagnostics) const {
  if (places_.size() <= kMaxErrorsOfKind) return;
  diagnostics.error({.file = file_}, "and " + std::to_string(places_.size() - kMaxErrorsOfKind) +
                                         " more " + std::string(others_));
}

}  // namespace rhumb
