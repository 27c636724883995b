// Other authoritative servers from Debian, run for real beside rhumb and asked the same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/ip.h"
#include "tests/support/process.h"

namespace rhumb::test {

// A zone as all servers read it.
struct ZoneFile {
  std::string apex;  // with the final dot
  std::string path;  // RFC 1035 form
};

// NSD with minimal-responses, without its rate limit, on `endpoint`. Throws when it does not start;
// nullptr when it is not installed.
std::unique_ptr<Process> start_nsd(const TempDir& folder, const Endpoint& endpoint,
                                   const std::vector<ZoneFile>& zones);

// Knot DNS on `endpoint`, the same way.
std::unique_ptr<Process> start_knot(const TempDir& folder, const Endpoint& endpoint,
                                    const std::vector<ZoneFile>& zones);

// gdnsd on `endpoint`, the same way: `config` is what its configuration has beside options, `zones`
// are in its own form.
std::unique_ptr<Process> start_gdnsd(const TempDir& folder, const Endpoint& endpoint,
                                     const std::string& config, const std::vector<ZoneFile>& zones);

}  // namespace rhumb::test
