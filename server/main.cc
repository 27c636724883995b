// The rhumb program.

#include <iostream>
#include <optional>

#include "server/command_line.h"
#include "server/commands.h"
#include "server/helper.h"

int main(int argc, char** argv) {
  const rhumb::ParsedCommand parsed = rhumb::parse_command_line(argc, argv);
  if (!parsed.command) return parsed.exit_code;
  std::optional<rhumb::Helper> helper;  // before there is any thread
  if (rhumb::needs_helper(*parsed.command)) helper.emplace();
  return rhumb::run_command(*parsed.command, std::cout, std::cerr, helper ? &*helper : nullptr);
}
