// The list of the last good files that a server keeps: what each is of, and which copy it is. As
// text: a line of JSON for each, between a first line with the version and a last one with the
// number of lines, so that a list that was cut short is seen. It reads any bytes and opens nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "zones/source.h"

namespace rhumb {

inline constexpr int kKeptVersion = 1;
inline constexpr std::size_t kMaxKeptFiles = 100'000;
inline constexpr std::size_t kMaxManifestBytes = std::size_t{64} << 20U;

enum class KeptUse : std::uint8_t {
  kConfig,   // rhumb.yaml itself
  kZone,     // a zone's first file
  kNamed,    // what these two name, or what it names
  kDatabase  // of places or AS numbers
};

struct KeptEntry {
  std::string path;  // from the root
  KeptUse use = KeptUse::kNamed;
  FileStamp stamp;
  std::uint64_t copy = 0;  // the name of the copy is this number; 0: there is none

  bool operator==(const KeptEntry&) const = default;
};

struct KeptManifest {
  std::int64_t at_ms = 0;  // Unix time of when this was accepted
  std::vector<KeptEntry> entries;

  bool operator==(const KeptManifest&) const = default;
};

std::string write_manifest(const KeptManifest& manifest);

// Anything that is not as write_manifest() writes it is an error, as is a second rhumb.yaml or
// none, a path or a copy that stands twice, or more than kMaxKeptFiles.
Result<KeptManifest> read_manifest(std::string_view text);

}  // namespace rhumb
