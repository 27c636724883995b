// What the YAML door says: one sentence for each message of the parser, and those that it and our
// own rules share.
#pragma once

#include <string>
#include <string_view>

namespace rhumb {

constexpr std::string_view kYamlTag =
    "a tag is not read here; remove it, or put the text in quotes";
constexpr std::string_view kYamlAlias = "an alias is not read here; put the text in quotes";
constexpr std::string_view kYamlAnchor =
    "an anchor is not read here; write the value out where it is needed, or put the text in quotes";
constexpr std::string_view kYamlDirective = "a directive is not read here; remove the line";
constexpr std::string_view kYamlTab = "a tab cannot indent; write blanks";
constexpr std::string_view kYamlEmpty = "the file is empty; write keys with their values";
constexpr std::string_view kYamlOpenBracket =
    "a bracket is never closed; close it where its values end";
constexpr std::string_view kYamlOpenQuote = "a quote is never closed; close it where its text ends";

// The parser's `message` as a sentence of ours.
std::string in_our_words(std::string_view message);

}  // namespace rhumb
