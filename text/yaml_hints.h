// What the text around an error in a YAML file probably meant, so that the message can say what to
// write. Offsets are bytes into the file's text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "text/yaml_source.h"

namespace rhumb {

// The first tab in the indentation of the line that holds `offset`: in its leading characters out
// of `indentation`. npos when there is none.
std::size_t find_indenting_tab(std::string_view text, std::size_t offset,
                               std::string_view indentation);

// True when the bracket at `open` has its counterpart. A guess that the choice of a message may
// trust: it knows quotes and comments, but not every plain text with a quote in it.
bool is_closed(std::string_view text, std::size_t open);

// True when a quoted text begins at `begin` and never ends.
bool is_open_quote(std::string_view text, std::size_t begin);

// Where the quote begins that is never closed, at or after `from`; a guess as well. The end of the
// text if there is none.
std::size_t find_open_quote(std::string_view text, std::size_t from);

// True when what stands at `offset` is one of YAML's words for null.
bool is_null_word(std::string_view text, std::size_t offset);

// True when nothing stands in `text` but blanks, comments and the marks of a document.
bool is_blank_yaml(std::string_view text);

// Where a line begins with % at or after `from`; npos when none does.
std::size_t find_directive(std::string_view text, std::size_t from);

// Where the `-` stands whose item is missing, between the node at `last` and `next`; `next` when it
// is not found.
std::size_t find_empty_item(std::string_view text, std::size_t last, std::size_t next);

// If what stands at or just before `offset` has to be in quotes (@, *, [::1]:53), where it begins
// and the advice to quote it.
std::optional<YamlFault> find_unquoted(std::string_view text, std::size_t offset);

}  // namespace rhumb
