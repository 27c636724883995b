// Client maps compiled in the test's own process, for tests of what uses them.
#pragma once

#include "server/map_compiler.h"

namespace rhumb::test {

CompileResult compile_here(const MapJob& job, Haste haste, const Wanted& wanted);

}  // namespace rhumb::test
