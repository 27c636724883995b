// The rhumb program.

#include <iostream>

#include "server/command_line.h"
#include "server/commands.h"

int main(int argc, char** argv) {
  const rhumb::ParsedCommand parsed = rhumb::parse_command_line(argc, argv);
  if (!parsed.command) return parsed.exit_code;
  return rhumb::run_command(*parsed.command, std::cout, std::cerr);
}
