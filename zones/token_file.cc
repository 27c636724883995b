#include "zones/token_file.h"

#include "text/token.h"
#include "zones/source.h"

namespace rhumb {

Result<std::string> read_token_file(const std::string& path) {
  const Result<SourceText> source = SourceText::read(path, kMaxTokenBytes);
  if (!source.ok()) return Error{source.error()};
  return parse_token(source.value().text());
}

}  // namespace rhumb
