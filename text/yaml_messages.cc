#include "text/yaml_messages.h"

namespace rhumb {
namespace {

struct Sentence {
  std::string_view theirs;
  std::string_view ours;
};

// The messages of yaml-cpp 0.7 begin like this.
constexpr Sentence kSentences[] = {
    {"end of map not found",
     "this does not continue the map around it; check the indentation, and quotes above"},
    {"end of sequence not found",
     "this does not continue the list around it; check the indentation, and quotes above"},
    {"end of map flow not found", "a , or } is missing before this"},
    {"end of sequence flow not found", "a , or ] is missing before this"},
    {"illegal flow end", "this bracket closes none; remove it or open one"},
    {"illegal map value",
     "a key cannot stand here; check the indentation, or put text with \": \" in quotes"},
    {"illegal map key", "a key cannot stand here; put text with ? in quotes"},
    {"illegal block entry",
     "a list item cannot begin here; begin a new line, or put the text in quotes"},
    {"illegal EOF in scalar", kYamlOpenQuote},
    {"illegal document indicator in scalar",
     "a line of --- or ... within quotes; close the quote above it"},
    {"unknown token", "text cannot begin like this; put it in quotes"},
    {"unknown escape character: ", "an unknown escape; write \\\\ for a backslash"},
    {"bad character found while scanning hex number",
     "an escape needs hexadecimal digits; write \\\\ for a backslash"},
    {"invalid unicode: ", "an escape that is no Unicode character; write another"},
    {"illegal tab when looking for indentation", kYamlTab},
    {"cannot set zero indentation for a block scalar",
     "indentation of 0 after | or >; write 1 to 9"},
    {"unexpected character in block scalar",
     "text on the line of | or >; begin it on the next line, or put it in quotes"},
    {"illegal character found while scanning tag handle", kYamlTag},
    {"tag handle with no suffix", kYamlTag},
    {"end of verbatim tag not found", kYamlTag},
    {"cannot assign multiple tags to the same node", kYamlTag},
    {"alias not found after *", kYamlAlias},
    {"illegal character found while scanning alias", kYamlAlias},
    {"anchor not found after &", kYamlAnchor},
    {"illegal character found while scanning anchor", kYamlAnchor},
    {"cannot assign multiple anchors to the same node", kYamlAnchor},
    {"YAML directives must have exactly one argument", kYamlDirective},
    {"bad YAML version: ", kYamlDirective},
    {"YAML major version too large", kYamlDirective},
    {"repeated YAML directive", kYamlDirective},
    {"TAG directives must have exactly two arguments", kYamlDirective},
    {"repeated TAG directive", kYamlDirective},
};

}  // namespace

std::string in_our_words(std::string_view message) {
  for (const Sentence& sentence : kSentences) {
    if (message.substr(0, sentence.theirs.size()) == sentence.theirs) {
      return std::string(sentence.ours);
    }
  }
  return "this cannot be read as YAML: " + std::string(message);
}

}  // namespace rhumb
