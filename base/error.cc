#include "base/error.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <unordered_map>

namespace rhumb {

std::string to_string(const Place& place) {
  std::string text = place.file;
  if (place.line == 0) return text;
  text += ":" + std::to_string(place.line);
  if (place.column == 0) return text;
  return text + ":" + std::to_string(place.column);
}

std::string to_string(const Diagnostic& diagnostic) {
  const char* severity = diagnostic.severity == Severity::kError ? "error: " : "warning: ";
  const std::string place = to_string(diagnostic.place);
  return (place.empty() ? "" : place + ": ") + severity + diagnostic.message;
}

void Diagnostics::error(Place place, std::string message) {
  all_.push_back({Severity::kError, std::move(place), std::move(message)});
  ++errors_;
}

void Diagnostics::warn(Place place, std::string message) {
  all_.push_back({Severity::kWarning, std::move(place), std::move(message)});
}

void Diagnostics::sort_by_place() {
  std::unordered_map<std::string, std::size_t> files;
  for (const Diagnostic& diagnostic : all_) files.emplace(diagnostic.place.file, files.size());
  const auto rank = [&files](const Diagnostic& diagnostic) {
    const Place& place = diagnostic.place;
    return std::tuple(files.at(place.file), place.line == 0, place.line, place.column);
  };
  std::ranges::stable_sort(all_, {}, rank);
}

void Diagnostics::append(Diagnostics other) {
  errors_ += other.errors_;
  for (Diagnostic& diagnostic : other.all_) all_.push_back(std::move(diagnostic));
}

}  // namespace rhumb
