#include "zones/check_fields.h"

#include <utility>

#include "text/quote.h"
#include "zones/source.h"

namespace rhumb {

void take_text(Fields& fields, std::string_view key, Result<std::string> (*parse)(std::string_view),
               std::string& into) {
  const std::optional<std::string_view> given = fields.text(key);
  if (!given) return;
  Result<std::string> parsed = parse(*given);
  if (!parsed.ok()) return fields.error(key, parsed.error());
  into = std::move(parsed).value();
}

void take_duration(Fields& fields, std::string_view key, std::int64_t min_ms, std::int64_t max_ms,
                   std::int64_t& into) {
  const std::optional<std::uint64_t> given = fields.duration_ms(key);
  if (!given) return;
  const bool fits =
      *given <= static_cast<std::uint64_t>(max_ms) && *given >= static_cast<std::uint64_t>(min_ms);
  if (fits) {
    into = static_cast<std::int64_t>(*given);
  } else {
    fields.error(key, in_quotes(key) + " is out of range; write " + std::to_string(min_ms) +
                          "ms to " + std::to_string(max_ms / 1000) + "s");
  }
}

void take_file(Fields& fields, std::string_view key,
               std::optional<std::string> (*why_not)(const std::string& path), std::string& into) {
  const std::optional<std::string_view> given = fields.text(key);
  if (!given) return;
  into = path_beside(fields.place().file, *given);
  const std::optional<std::string> wrong = why_not(into);
  if (wrong) fields.error(key, path_in_quotes(into) + " " + *wrong);
}

void refuse_key(Fields& fields, std::string_view key, std::string_view hint,
                Diagnostics& diagnostics) {
  if (!fields.child(key)) return;
  diagnostics.error(fields.key_place(key), in_quotes(key) + " " + std::string(hint));
}

void report_missing(const Fields& fields, std::string_view key, std::string_view example,
                    Diagnostics& diagnostics) {
  diagnostics.error(fields.place(), in_quotes(key) + " is missing; write " + std::string(key) +
                                        ": " + std::string(example));
}

}  // namespace rhumb
