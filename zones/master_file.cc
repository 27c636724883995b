#include "zones/master_file.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>
#include <vector>

#include "text/blanks.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "text/suggest.h"
#include "zones/master_scanner.h"
#include "zones/presentation.h"
#include "zones/rdata.h"
#include "zones/report.h"
#include "zones/source.h"

namespace rhumb {
namespace {

enum class OwnerState : std::uint8_t { kNone, kGood, kBad };

// A file that is being read, and what holds until its end (RFC 1035 §5.1: an included file changes
// nothing for the one that includes it).
struct Level {
  Level(std::optional<SourceText> read, std::string_view text, SourceFile named)
      : source(std::move(read)), file(std::move(named)), scanner(source ? source->text() : text) {}

  std::optional<SourceText> source;  // none: the text is borrowed
  SourceFile file;
  std::uint16_t number = 0;  // of the file, in the builder
  MasterScanner scanner;
  Name origin;
  bool has_origin = false;
  std::vector<std::uint8_t>
      doubled;  // wire of the zone's name below the origin, once both are known
  std::optional<std::uint32_t> ttl_s;              // by $TTL
  std::array<std::uint8_t, kMaxNameSize> owner{};  // wire
  std::size_t owner_size = 0;
  OwnerState owner_state = OwnerState::kNone;
  std::size_t errors = 0;
};

// What stands between a record's owner and its rdata.
struct RecordHead {
  Type type = Type::kA;
  std::optional<std::uint32_t> ttl_s;
};

// The text of an entry for a message: blanks as single spaces, and no more than is shown.
std::string excerpt(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 2 * kMaxQuotedBytes)) {
    const bool blank = is_blank(c);
    if (!blank || !shown.ends_with(' ')) shown += blank ? ' ' : c;
  }
  return in_quotes(shown);
}

bool is_class_in(std::string_view token) {
  return equal_ignoring_case(token, "IN") || equal_ignoring_case(token, "CLASS1");
}

bool is_other_class(std::string_view token) {
  constexpr std::string_view kPrefix = "CLASS";
  const bool numbered = equal_ignoring_case(token.substr(0, kPrefix.size()), kPrefix) &&
                        parse_number(token.substr(kPrefix.size()), 65535).ok();
  return numbered || equal_ignoring_case(token, "CH") || equal_ignoring_case(token, "HS") ||
         equal_ignoring_case(token, "CS") || equal_ignoring_case(token, "NONE");
}

class MasterReader {
 public:
  MasterReader(const MasterFileOptions& options, ZoneBuilder& builder, Diagnostics& diagnostics)
      : options_(options), builder_(builder), diagnostics_(diagnostics) {}

  MasterFileSummary read(Level level);

 private:
  void open(Level level);
  void read_entry(Level& level, const MasterEntry& entry);
  void read_record(Level& level, const MasterEntry& entry);
  bool take_owner(Level& level, const MasterEntry& entry, Tokens& tokens);
  Result<RecordHead> take_head(Tokens& tokens) const;
  void add(Level& level, const MasterEntry& entry, const RecordHead& head, std::string_view text);

  [[nodiscard]] bool may_be_doubled(Level& level) const;
  void judge_names(Level& level, const MasterEntry& entry, Type type, std::string_view text);

  void read_directive(Level& level, const MasterEntry& entry);
  Result<bool> set_origin(Level& level, Tokens& tokens);
  Result<bool> include(const Level& level, Tokens& tokens);
  [[nodiscard]] bool is_open(const SourceFile& file) const;

  void error(Level& level, const MasterEntry& entry, const std::string& message);
  static NameScope scope_of(const Level& level) {
    return {.origin = level.has_origin ? &level.origin : nullptr, .relative = nullptr};
  }

  const MasterFileOptions& options_;
  ZoneBuilder& builder_;
  Diagnostics& diagnostics_;
  std::deque<Level> levels_;  // the innermost is the last; does not move its elements
  std::size_t includes_ = 0;
  std::optional<Name> apex_;  // once it is known
  std::size_t doubled_ = 0;   // names warned of
  MasterFileSummary summary_;
  std::vector<std::uint8_t> rdata_;
};

MasterFileSummary MasterReader::read(Level level) {
  level.origin = options_.origin;
  level.has_origin = !options_.origin.is_root();
  if (level.has_origin) apex_ = options_.origin;
  open(std::move(level));
  while (!levels_.empty()) {
    Level& innermost = levels_.back();
    const bool given_up = innermost.errors > kMaxMasterErrors;
    const auto entry = given_up ? std::nullopt : innermost.scanner.next();
    if (entry) {
      read_entry(innermost, *entry);
    } else {
      levels_.pop_back();
    }
  }
  return summary_;
}

void MasterReader::open(Level level) {
  level.number = builder_.add_source(level.file);
  ++summary_.files;
  summary_.newest_mtime_ns = std::max(summary_.newest_mtime_ns, level.file.stamp.mtime_ns);
  levels_.push_back(std::move(level));
}

void MasterReader::read_entry(Level& level, const MasterEntry& entry) {
  if (!entry.problem.empty()) {
    error(level, entry, std::string(entry.problem));
  } else if (!entry.starts_blank && entry.text.front() == '$') {
    read_directive(level, entry);
  } else {
    read_record(level, entry);
  }
}

// Even when something is wrong, the rest of the record is read, to find what else is.
void MasterReader::read_record(Level& level, const MasterEntry& entry) {
  Tokens tokens(entry.text);
  if (!take_owner(level, entry, tokens)) return;
  const Result<RecordHead> head = take_head(tokens);
  if (!head.ok()) return error(level, entry, head.error());
  add(level, entry, head.value(), tokens.rest());
}

// False when there is none at all.
bool MasterReader::take_owner(Level& level, const MasterEntry& entry, Tokens& tokens) {
  if (entry.starts_blank) {
    if (level.owner_state != OwnerState::kNone) return true;
    error(level, entry, "the record has no owner, and no record stands before it in this file");
    return false;
  }
  const std::string_view token = tokens.next();
  const NameScope scope = scope_of(level);
  level.owner_state = OwnerState::kGood;
  level.owner_size = write_plain_name(token, scope.origin, level.owner);
  if (level.owner_size > 0) return true;
  const Result<Name> owner = parse_scoped_name(token, scope);
  if (owner.ok()) {
    level.owner_size = owner.value().wire().size();
    std::ranges::copy(owner.value().wire(), level.owner.begin());
  } else {
    level.owner_state = OwnerState::kBad;
    error(level, entry, owner.error());
  }
  return true;
}

// RFC 1035 §5.1: [TTL] [class] type, or [class] [TTL] type.
Result<RecordHead> MasterReader::take_head(Tokens& tokens) const {
  RecordHead head;
  bool has_class = false;
  while (true) {
    const std::string_view token = tokens.next();
    if (token.empty()) return Error{"the record has no type"};
    if (is_digit(token[0]) && !head.ttl_s) {
      const auto ttl_s = parse_period_s(token, kMaxTtlS, "TTL");
      if (!ttl_s.ok()) return Error{ttl_s.error()};
      head.ttl_s = ttl_s.value();
    } else if (!has_class && is_class_in(token)) {
      has_class = true;
    } else if (const std::optional<Type> type = parse_type(token)) {
      head.type = *type;
      return head;
    } else if (is_other_class(token)) {
      return Error{in_quotes(token) + " is a class that is not served; only IN is"};
    } else {
      return Error{in_quotes(token) + " is no record type"};
    }
  }
}

void MasterReader::add(Level& level, const MasterEntry& entry, const RecordHead& head,
                       std::string_view text) {
  rdata_.clear();
  const Result<bool> parsed = parse_rdata(head.type, text, scope_of(level), rdata_);
  if (!parsed.ok()) {
    error(level, entry, parsed.error());
    rdata_ = stand_in_rdata(head.type);
  }
  const bool usable = parsed.ok() || !rdata_.empty();
  if (level.owner_state != OwnerState::kGood || !usable) return;
  const auto owner = std::span(level.owner).first(level.owner_size);
  if (head.type == Type::kSoa && !apex_) apex_ = Name::from_wire(owner);
  if (may_be_doubled(level)) judge_names(level, entry, head.type, text);
  builder_.add_record(owner, head.type, head.ttl_s ? head.ttl_s : level.ttl_s, rdata_,
                      {.line = entry.line, .file = level.number, .column = 0});
  if (!options_.observe) return;
  if (const auto name = Name::from_wire(owner)) options_.observe(*name, head.type, rdata_);
}

// Whether the zone's name stands below the origin in the record's owner or data, as it does when
// www.example.org was written without its final dot.
bool MasterReader::may_be_doubled(Level& level) const {
  if (!apex_ || apex_->is_root() || !level.has_origin) return false;
  if (level.doubled.empty()) {
    level.doubled.assign(apex_->wire().begin(), apex_->wire().end() - 1);
    const auto origin = level.origin.wire();
    level.doubled.insert(level.doubled.end(), origin.begin(), origin.end());
  }
  const auto holds = [&level](std::span<const std::uint8_t> wire) {
    if (wire.size() < level.doubled.size()) return false;
    const auto same = [](std::uint8_t a, std::uint8_t b) { return to_lower(a) == to_lower(b); };
    const auto& doubled = level.doubled;
    return std::search(wire.begin(), wire.end(), doubled.begin(), doubled.end(), same) !=
           wire.end();
  };
  return holds(std::span(level.owner).first(level.owner_size)) || holds(rdata_);
}

// Tells of relative names that end in the zone's own; absolute ones are meant as they stand. The
// origin may be above the zone, where such names are right.
void MasterReader::judge_names(Level& level, const MasterEntry& entry, Type type,
                               std::string_view text) {
  const std::optional<Name> doubled = Name::from_wire(level.doubled);
  if (!doubled || !level.origin.is_within(*apex_)) return;
  std::vector<Name> relative;
  const NameScope scope{.origin = &level.origin, .relative = &relative};
  std::vector<std::uint8_t> ignored;
  if (!entry.starts_blank) (void)parse_scoped_name(Tokens(entry.text).next(), scope);
  (void)parse_rdata(type, text, scope, ignored);
  for (const Name& name : relative) {
    if (!name.is_within(*doubled)) continue;
    const std::string message = "a relative name that ends in the zone's own stands for " +
                                to_string(name) +
                                "; write a final dot or leave the zone's name away";
    if (!options_.origin.is_root()) return error(level, entry, message);
    if (++doubled_ > kMaxWarningsOfKind) return;
    diagnostics_.warn({.file = level.file.path, .line = entry.line, .column = 0},
                      "in " + excerpt(entry.text) + ": " + message);
  }
}

void MasterReader::read_directive(Level& level, const MasterEntry& entry) {
  constexpr std::string_view kKnown[] = {"$ORIGIN", "$TTL", "$INCLUDE"};
  Tokens tokens(entry.text);
  const std::string_view directive = tokens.next();
  Result<bool> done = true;
  if (equal_ignoring_case(directive, "$ORIGIN")) {
    done = set_origin(level, tokens);
  } else if (equal_ignoring_case(directive, "$TTL")) {
    const auto ttl_s = parse_period_s(tokens.next(), kMaxTtlS, "TTL");
    if (ttl_s.ok()) level.ttl_s = ttl_s.value();
    if (!ttl_s.ok()) done = Error{ttl_s.error()};
  } else if (equal_ignoring_case(directive, "$INCLUDE")) {
    done = include(level, tokens);
  } else if (equal_ignoring_case(directive, "$GENERATE")) {
    return error(level, entry, "$GENERATE is BIND's own; write the records out");
  } else {
    return error(level, entry,
                 "unknown directive " + in_quotes(directive) + did_you_mean(directive, kKnown));
  }
  if (done.ok() && !tokens.at_end()) {
    done = Error{"there is text left over: " + in_quotes(tokens.rest())};
  }
  if (!done.ok()) error(level, entry, done.error());
}

Result<bool> MasterReader::set_origin(Level& level, Tokens& tokens) {
  if (tokens.at_end()) return Error{"$ORIGIN takes a name"};
  const Result<Name> origin = parse_scoped_name(tokens.next(), scope_of(level));
  if (!origin.ok()) return Error{origin.error()};
  level.origin = origin.value();
  level.has_origin = true;
  level.doubled.clear();
  return true;
}

// Opens the file that is named; the entries that follow are its own until its end.
Result<bool> MasterReader::include(const Level& level, Tokens& tokens) {
  if (tokens.at_end()) return Error{"$INCLUDE takes a file name"};
  std::vector<std::uint8_t> name;
  Result<bool> decoded = decode_text(tokens.next(), name);
  if (!decoded.ok()) return decoded;
  Level inner({}, {}, {});
  inner.origin = level.origin;
  inner.has_origin = level.has_origin;
  inner.ttl_s = level.ttl_s;
  if (!tokens.at_end()) {
    Result<bool> origin = set_origin(inner, tokens);
    if (!origin.ok()) return origin;
  }
  if (!tokens.at_end()) return true;  // an error that the caller reports
  if (levels_.size() > kMaxIncludeDepth) {
    return Error{"$INCLUDE is nested more than " + std::to_string(kMaxIncludeDepth) + " deep"};
  }
  if (++includes_ > kMaxIncludes) {
    return Error{"the zone includes more than " + std::to_string(kMaxIncludes) + " files"};
  }
  Result<SourceText> read =
      options_.sources.read(path_beside(level.file.path, std::string(name.begin(), name.end())));
  if (!read.ok()) return Error{read.error()};
  if (is_open(read.value().file()))
    return Error{"$INCLUDE names a file that is being read already"};
  inner.file = read.value().file();
  inner.source = std::move(read).value();
  inner.scanner = MasterScanner(inner.source->text());
  open(std::move(inner));
  return true;
}

bool MasterReader::is_open(const SourceFile& file) const {
  return std::any_of(levels_.begin(), levels_.end(), [&](const Level& level) {
    const FileStamp& stamp = level.file.stamp;
    return level.file.path == file.path ||
           (stamp.inode == file.stamp.inode && stamp.device == file.stamp.device);
  });
}

void MasterReader::error(Level& level, const MasterEntry& entry, const std::string& message) {
  ++level.errors;
  const Place place{.file = level.file.path, .line = entry.line, .column = 0};
  if (level.errors > kMaxMasterErrors) {
    if (level.errors > kMaxMasterErrors + 1) return;  // a second one of the same record
    return diagnostics_.error(place, "more than " + std::to_string(kMaxMasterErrors) +
                                         " errors; the rest of the file is not read");
  }
  diagnostics_.error(place, "in " + excerpt(entry.text) + ": " + message);
}

}  // namespace

MasterFileSummary read_master_file(const std::string& path, const MasterFileOptions& options,
                                   ZoneBuilder& builder, Diagnostics& diagnostics) {
  Result<SourceText> read = options.sources.read(path);
  if (!read.ok()) {
    if (options.named_at) {
      diagnostics.error(*options.named_at, path_in_quotes(path) + " " + read.error());
    } else {
      diagnostics.error({.file = path, .line = 0, .column = 0}, read.error());
    }
    return {};
  }
  SourceFile file = read.value().file();
  Level level(std::move(read).value(), {}, std::move(file));
  return MasterReader(options, builder, diagnostics).read(std::move(level));
}

MasterFileSummary read_master_text(std::string_view text, const std::string& path,
                                   const MasterFileOptions& options, ZoneBuilder& builder,
                                   Diagnostics& diagnostics) {
  Level level({}, text, SourceFile{.path = path, .stamp = {}});
  return MasterReader(options, builder, diagnostics).read(std::move(level));
}

}  // namespace rhumb
