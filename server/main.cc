// The rhumb program.

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>

#include "server/command_line.h"
#include "server/commands.h"
#include "server/helper.h"
#include "server/inherited.h"
#include "server/process_bounds.h"

namespace {

// https://no-color.org: whatever its value, unless it is empty.
bool shows_colour() {
  const char* unwanted = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (unwanted == nullptr || *unwanted == '\0');
}

}  // namespace

int main(int argc, char** argv) {
  rhumb::fill_standard_descriptors();
  const rhumb::PassedDescriptors passed = rhumb::look_for_passed();
  rhumb::ParsedCommand parsed = rhumb::parse_command_line(argc, argv);
  if (!parsed.command) return parsed.exit_code;
  if (shows_colour()) parsed.command->colour = rhumb::Colour::kYes;
  std::optional<rhumb::Helper> helper;  // before there is any thread
  if (rhumb::needs_helper(*parsed.command)) {
    const bool serves = parsed.command->verb == rhumb::Verb::kServe;  // which says who it is to be
    using Start = rhumb::HelperStart;
    helper.emplace(rhumb::JobLimits(), serves ? Start::kWhenTold : Start::kAtOnce);
  }
  return rhumb::run_command(*parsed.command, std::cout, std::cerr, helper ? &*helper : nullptr,
                            passed);
}
