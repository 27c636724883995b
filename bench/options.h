// The command line of a program that measures. The door to CLI11 here: its header takes longer to
// compile than most of what is measured with. Knows nothing of what the options mean.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the library has it so
class App;
}

namespace rhumb::bench {

class CommandLine {
 public:
  explicit CommandLine(const std::string& purpose);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine();

  // parse() writes into `value`, which stands as it is where the option is not given. Of int,
  // std::size_t, double and std::string, and of vectors of these; see options.cc.
  template <typename Value>
  void add(const std::string& name, Value& value, const std::string& help);
  // With "!" before the name it makes `value` false.
  void add_flag(const std::string& name, bool& value, const std::string& help);

  // The code to exit with at once, what there is to say having been printed: help, or what is
  // wrong.
  std::optional<int> parse(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace rhumb::bench
