// On which terms `http.listen` is served: the token that lets a client change things, and the
// certificate. A value; what the files hold and not their paths.
#pragma once

#include <string>

namespace rhumb {

struct HttpAccess {
  std::string token;        // empty: nobody may change anything
  std::string certificate;  // PEM, with the chain; empty: no TLS
  std::string key;          // PEM

  bool operator==(const HttpAccess&) const = default;
};

}  // namespace rhumb
