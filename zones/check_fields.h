// What the readers of a check's fields share: getters into the spec that report what is wrong with
// a value and then leave the spec as it is. They know no key's meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "text/fields.h"

namespace rhumb {

// The text of `key` as `parse` takes it.
void take_text(Fields& fields, std::string_view key, Result<std::string> (*parse)(std::string_view),
               std::string& into);

void take_duration(Fields& fields, std::string_view key, std::int64_t min_ms, std::int64_t max_ms,
                   std::int64_t& into);

// The path of a file, seen from the file that it is written in. `why_not` says what is wrong with
// the file itself.
void take_file(Fields& fields, std::string_view key,
               std::optional<std::string> (*why_not)(const std::string& path), std::string& into);

// `"key" HINT`, an error at the key, when it is given.
void refuse_key(Fields& fields, std::string_view key, std::string_view hint,
                Diagnostics& diagnostics);

// `"key" is missing; write key: EXAMPLE`, an error at the map.
void report_missing(const Fields& fields, std::string_view key, std::string_view example,
                    Diagnostics& diagnostics);

}  // namespace rhumb
