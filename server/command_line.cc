#include "server/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "server/version.h"
#include "text/quote.h"

namespace rhumb {
namespace {

CLI::App* add_verb(CLI::App& app, Command& command, Verb verb, const std::string& name,
                   const std::string& description) {
  CLI::App* added = app.add_subcommand(name, description);
  added->parse_complete_callback([&command, verb] { command.verb = verb; });
  return added;
}

void add_config(CLI::App* verb, Command& command) {
  verb->add_option("-c,--config", command.config, "the configuration file")->capture_default_str();
}

void add_json(CLI::App* verb, Command& command) {
  verb->add_flag("--json", command.json, "print JSON instead of text for people");
}

// What asks a running server.
CLI::App* add_question(CLI::App& app, Command& command, Verb verb, const std::string& name,
                       const std::string& description) {
  CLI::App* added = add_verb(app, command, verb, name, description);
  added->add_option("--socket", command.socket, "the server's control socket")
      ->capture_default_str();
  add_json(added, command);
  return added;
}

void describe_explain(CLI::App& app, Command& command) {
  CLI::App* explain =
      add_question(app, command, Verb::kExplain, "explain", "why a client gets the answer it gets");
  explain->add_option("NAME", command.name, "the name that is asked for")->required();
  explain->add_option("TYPE", command.type, "the type, such as A")->required();
  explain->add_option("--client", command.client, "the address that the query comes from")
      ->required();
  explain->add_option("--ecs", command.subnet, "the client subnet that the query tells of");
  auto* config = explain->add_option_function<std::string>(
      "-c,--config", [&command](const std::string& path) { command.config = path; },
      "ask these files instead of a running server");
  explain->add_option("--unhealthy", command.unhealthy, "with -c: take this check for unhealthy")
      ->needs(config)
      ->allow_extra_args(false);
  explain->preparse_callback([&command](std::size_t /*left*/) { command.config.clear(); });
}

void describe(CLI::App& app, Command& command) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "rhumb " + std::string(version()));
  add_config(add_verb(app, command, Verb::kServe, "serve", "answer DNS queries, in the foreground"),
             command);
  CLI::App* check = add_verb(app, command, Verb::kCheck, "check",
                             "load everything without serving and print all errors and warnings");
  add_config(check, command);
  check->add_flag("--strict", command.strict, "fail on warnings too");
  add_json(check, command);
  add_question(app, command, Verb::kStatus, "status", "what runs, and the last reload");
  add_question(app, command, Verb::kHealth, "health", "health checks with their states")
      ->add_option("ID", command.id, "one check");
  add_question(app, command, Verb::kZones, "zones", "zones with serial, digest and record count");
  describe_explain(app, command);
  add_question(app, command, Verb::kReload, "reload", "reload, wait, and print the outcome");
  add_question(app, command, Verb::kRecover, "recover",
               "let an unhealthy check with recovery: manual come back")
      ->add_option("ID", command.id, "the check")
      ->required();
  add_json(add_verb(app, command, Verb::kVersion, "version", "version and build"), command);
}

// What is wrong with the word that should name a command; CLI11 would not say which word it is.
std::string wrong_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2) return "a command is missing";
  const std::string word = argv[1];
  if (word.empty() || word.front() != '-') {
    const auto verbs =
        app.get_subcommands([&](const CLI::App* verb) { return verb->check_name(word); });
    if (verbs.empty()) return "unknown command " + in_quotes(word);
  }
  return {};
}

}  // namespace

ParsedCommand parse_command_line(int argc, const char* const* argv) {
  Command command;
  CLI::App app("rhumb, an authoritative DNS server that answers by location and health", "rhumb");
  describe(app, command);
  if (const std::string wrong = wrong_command(app, argc, argv); !wrong.empty()) {
    std::fprintf(stderr, "rhumb: %s; rhumb --help lists the commands\n", wrong.c_str());
    return {std::nullopt, kExitUsage};
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, app.exit(error) == 0 ? kExitDone : kExitUsage};
  }
  return {command, kExitDone};
}

}  // namespace rhumb
