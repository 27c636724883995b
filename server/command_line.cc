#include "server/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "server/version.h"
#include "text/quote.h"
#include "text/scalar.h"

namespace rhumb {
namespace {

// Empty, or what is wrong with a --server.
std::string is_server(const std::string& url) {
  const bool has_scheme = url.starts_with("http://") || url.starts_with("https://");
  if (has_scheme && url.find_first_of("?#@ ") == std::string::npos) return {};
  return in_quotes(url) +
         " is no server; write its http.listen as http://ADDRESS:PORT, or https://";
}

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
  Targets& targets = command.targets;
  added
      ->add_option("--socket", targets.sockets,
                   "the server's control socket, by default " + std::string(kDefaultControlSocket))
      ->allow_extra_args(false);
  added
      ->add_option("--server", targets.servers,
                   "or its URL, http://... or https://...; may be repeated")
      ->allow_extra_args(false)
      ->check(is_server);
  added->add_option("--token-file", targets.token_file, "the file of the token for --server");
  added->add_option("--ca-file", targets.ca_file,
                    "whom to trust for https, instead of the system's");
  add_json(added, command);
  return added;
}

CLI::Option* add_id(CLI::App* verb, Command& command, const std::string& name,
                    const std::string& what) {
  return verb->add_option(name, command.id, what)->required();
}

// Empty, or what is wrong with a --for.
std::string is_duration(const std::string& text) {
  const Result<std::uint64_t> parsed = parse_duration_ms(text);
  return parsed.ok() ? "" : parsed.error();
}

// Empty, or what is wrong with a LABEL=VALUE.
std::string is_label(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && equals != 0) return {};
  return in_quotes(text) + " is no label with a value; write such as site=london";
}

// How long, and why.
void add_said(CLI::App* verb, Command& command) {
  verb->add_option("--for", command.said.duration, "how long, such as 30m; else until taken back")
      ->check(is_duration);
  verb->add_option("--reason", command.said.reason, "why, for those who will see it");
  verb->add_flag("--force", command.said.force, "do it against the safety rules too");
}

void describe_override(CLI::App& app, Command& command) {
  CLI::App* verb = add_question(app, command, Verb::kOverride, "override",
                                "say what a check's verdict is, whatever its probes find");
  add_id(verb, command, "ID", "the check");
  verb->add_option("STATE", command.said.state, "healthy, unhealthy, or clear")
      ->required()
      ->check(CLI::IsMember({"healthy", "unhealthy", "clear"}));
  add_said(verb, command);
  verb->final_callback([&command, verb] {
    if (command.said.state != "clear") return;
    command.verb = Verb::kClear;
    for (const char* option : {"--for", "--reason", "--force"}) {
      if (verb->count(option) > 0) {
        throw CLI::ValidationError(std::string("clear takes no ") + option);
      }
    }
  });
}

void describe_drains(CLI::App& app, Command& command) {
  CLI::App* drain = add_question(app, command, Verb::kDrain, "drain",
                                 "take out every check and record set that has a label");
  add_id(drain, command, "LABEL", "and its value, as LABEL=VALUE")->check(is_label);
  add_said(drain, command);
  CLI::App* restore = add_question(app, command, Verb::kRestore, "restore", "take a drain back");
  add_id(restore, command, "LABEL", "and its value, as LABEL=VALUE")->check(is_label);
}

void describe_probe(CLI::App& app, Command& command) {
  CLI::App* probe = add_question(app, command, Verb::kProbe, "probe",
                                 "probe a check once, now, and tell all of it; changes nothing");
  add_id(probe, command, "ID", "the check");
  auto* config = probe->add_option_function<std::string>(
      "-c,--config", [&command](const std::string& path) { command.config = path; },
      "probe from here, as these files say, instead of asking a running server");
  config->excludes("--socket")->excludes("--server");
  probe->preparse_callback([&command](std::size_t /*left*/) { command.config.clear(); });
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
  config->excludes("--socket")->excludes("--server");
  explain->add_option("--unhealthy", command.unhealthy, "with -c: take this check for unhealthy")
      ->needs(config)
      ->allow_extra_args(false);
  explain->preparse_callback([&command](std::size_t /*left*/) { command.config.clear(); });
}

void describe(CLI::App& app, Command& command) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "rhumb " + std::string(version()));
  CLI::App* serve =
      add_verb(app, command, Verb::kServe, "serve", "answer DNS queries, in the foreground");
  add_config(serve, command);
  serve->add_flag("--replace", command.replace,
                  "take over from the server that runs, which ends; no query is lost");
  serve->add_flag("--last-good", command.last_good,
                  "if the files have errors, serve those that were accepted last");
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
  add_question(app, command, Verb::kEvents, "events", "what happened lately")
      ->add_flag("--follow", command.follow, "and go on with what happens");
  describe_probe(app, command);
  add_question(app, command, Verb::kReload, "reload", "reload, wait, and print the outcome")
      ->add_flag("--keep-bad-zones", command.keep_bad_zones,
                 "take all but zones with errors, which stay as they were");
  add_question(app, command, Verb::kRecover, "recover",
               "let an unhealthy check with recovery: manual come back")
      ->add_option("ID", command.id, "the check")
      ->required();
  describe_override(app, command);
  describe_drains(app, command);
  add_json(add_verb(app, command, Verb::kVersion, "version", "version, build and features"),
           command);
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
