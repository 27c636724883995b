// The key `http` of rhumb.yaml: where the API and the metrics are served beside the control socket,
// to whom, and with which certificate. Its files are read at each load.
#pragma once

#include "base/error.h"
#include "server/config.h"
#include "text/fields.h"

namespace rhumb {

// Fills `config.http`.
void read_http(Fields& fields, Config& config, Diagnostics& diagnostics);
// The same without its files: where it listens, and no more.
void read_http_to_bind(Fields& fields, Config& config, Diagnostics& diagnostics);

}  // namespace rhumb
