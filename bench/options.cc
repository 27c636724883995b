#include "bench/options.h"

#include <CLI/CLI.hpp>
#include <cstddef>
#include <vector>

namespace rhumb::bench {

CommandLine::CommandLine(const std::string& purpose) : app_(std::make_unique<CLI::App>(purpose)) {}
CommandLine::~CommandLine() = default;

template <typename Value>
void CommandLine::add(const std::string& name, Value& value, const std::string& help) {
  app_->add_option(name, value, help)->capture_default_str();
}
template void CommandLine::add(const std::string&, int&, const std::string&);
template void CommandLine::add(const std::string&, std::size_t&, const std::string&);
template void CommandLine::add(const std::string&, double&, const std::string&);
template void CommandLine::add(const std::string&, std::string&, const std::string&);
template void CommandLine::add(const std::string&, std::vector<int>&, const std::string&);
template void CommandLine::add(const std::string&, std::vector<std::size_t>&, const std::string&);
template void CommandLine::add(const std::string&, std::vector<std::string>&, const std::string&);

void CommandLine::add_flag(const std::string& name, bool& value, const std::string& help) {
  app_->add_flag(name, value, help);
}

std::optional<int> CommandLine::parse(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app_->exit(error);
  }
  return std::nullopt;
}

}  // namespace rhumb::bench
