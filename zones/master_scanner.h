// Splits the text of a master file (RFC 1035 §5.1) into entries, one record or directive each:
// takes away comments, joins the lines in parentheses, watches over quotes. Knows no directive and
// no type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

// Of an entry that parentheses spread over lines; a longer one has probably lost its closing one.
inline constexpr std::size_t kMaxEntrySize = std::size_t{1} << 20U;  // octets

struct MasterEntry {
  std::string_view text;      // on one line, without comments, parentheses and outer blanks
  std::string_view problem;   // what is wrong with it; empty: nothing
  std::uint32_t line = 0;     // where it begins, from 1
  bool starts_blank = false;  // it has no owner of its own
};

class MasterScanner {
 public:
  // Borrows `text`. A UTF-8 byte order mark is skipped.
  explicit MasterScanner(std::string_view text);

  // The next entry, whose text is valid until the call after; nullopt at the end.
  std::optional<MasterEntry> next();

 private:
  struct Piece {
    std::size_t end = 0;  // where the scan goes on
    std::string_view problem;
  };
  MasterEntry scan();
  MasterEntry scan_joined(MasterEntry entry);
  Piece copy_piece();
  [[nodiscard]] Piece skip_special(std::size_t at) const;
  [[nodiscard]] std::size_t end_of_line(std::size_t at) const;
  MasterEntry finish_line(MasterEntry entry, std::size_t end);

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::string joined_;
  std::size_t depth_ = 0;  // of parentheses, in scan_joined()
};

}  // namespace rhumb
