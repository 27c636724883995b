// Certificates made by the openssl program, for servers of tests.
#pragma once

#include <stdexcept>
#include <string>

#include "tests/support/process.h"

namespace rhumb::test {

// Paths of PEM files.
struct Certificate {
  std::string certificate;
  std::string key;
};

// Signed by itself, for `host` (an IP address), in `folder` as NAME.pem and NAME.key. Throws when
// openssl cannot make it.
inline Certificate make_certificate(const TempDir& folder, const std::string& name,
                                    const std::string& host) {
  Certificate made{folder.path() + "/" + name + ".pem", folder.path() + "/" + name + ".key"};
  const Finished ran =
      run({find_program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
           "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=" + name,
           "-addext", "subjectAltName=IP:" + host, "-keyout", made.key, "-out", made.certificate});
  if (ran.exit_code != 0) throw std::runtime_error("openssl: " + ran.err);
  return made;
}

}  // namespace rhumb::test
