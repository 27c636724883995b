// RFC 1035 §5 master files, split into records by us ($ORIGIN, $TTL, $INCLUDE, quotes, parentheses,
// escapes; owner, TTL and class in either order); the rdata's text is read by zones/rdata. Feeds a
// ZoneBuilder.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "dns/name.h"
#include "dns/types.h"
#include "zones/builder.h"
#include "zones/sources.h"

namespace rhumb {

inline constexpr int kMaxIncludeDepth = 16;
inline constexpr std::size_t kMaxIncludes = 4096;     // of one zone, so that no tree explodes
inline constexpr std::size_t kMaxMasterErrors = 100;  // of one file; its rest is not read

struct MasterFileOptions {
  std::optional<Place> named_at;  // of what names the file: where it is told that it is unreadable
  Name origin;                    // until $ORIGIN says otherwise; the root for a zone of its own
  // Is told of every record that is added, where given.
  std::function<void(const Name& owner, Type type, std::span<const std::uint8_t> rdata)> observe;
  Sources sources = {};
};

struct MasterFileSummary {
  std::size_t files = 0;             // that were read; 0: not even the first
  std::int64_t newest_mtime_ns = 0;  // of the file and what it includes
};

// Reads `path` and what it includes into `builder`; all errors, each at FILE:LINE of its record's
// first line.
MasterFileSummary read_master_file(const std::string& path, const MasterFileOptions& options,
                                   ZoneBuilder& builder, Diagnostics& diagnostics);

// The same over text in memory, for tests and fuzzing; $INCLUDE is resolved relative to `path`.
MasterFileSummary read_master_text(std::string_view text, const std::string& path,
                                   const MasterFileOptions& options, ZoneBuilder& builder,
                                   Diagnostics& diagnostics);

}  // namespace rhumb
