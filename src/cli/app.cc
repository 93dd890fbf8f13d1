#include "cli/app.h"

#include <cstdlib>
#include <iostream>

#include "cli/config_file.h"
#include "cli/exit_code.h"
#include "cli/help_formatter.h"
#include "cli/log.h"

namespace podreach::cli {
namespace {

constexpr const char* kAbout =
    "podreach: from where in this cluster can what be reached, and is that what the policies "
    "intend?";
constexpr const char* kFooter =
    "`podreach VERB --help` says what a verb does and lists its flags.\n\n"
    "Each flag can be set in three places; the first of them wins: the flag, its variable (as in "
    "PODREACH_FORMAT), the config file. The file is named by --config or PODREACH_CONFIG, and is "
    "INI or TOML:\n\n"
    "    kubeconfig = \"/etc/podreach/kubeconfig\"   # for every verb that has the flag\n"
    "    [scan]                                    # for one verb\n"
    "    severity-threshold = \"medium\"\n"
    "    no-nodes = true\n"
    "    egress = [\"203.0.113.10:443\", \"203.0.113.11:443\"]\n";
constexpr const char* kVerbFooter =
    "\n\nEach flag is also a variable, named behind it, and a key of the config file that --config "
    "FILE or PODREACH_CONFIG names, in the section of the verb. `podreach --help` shows one.";

/// A verb, as CLI11 reads it and as it runs.
struct Verb {
  CLI::App* parser = nullptr;
  Command* command = nullptr;
};

/// The variables of other verbs are not read: what is right for one may be wrong for another.
void ForgetVariables(CLI::App& parser) {
  for (CLI::Option* option : parser.get_options()) option->envname("");
}

/// What is wrong with a command line, in what was read so far, and what to do.
/// A guess at what was meant ("did you mean") belongs here.
std::string Explained(const CLI::ParseError& error, const std::string& help) {
  const std::string text = error.what();
  // What says what to do already needs no more.
  if (text.find("\n  ") != std::string::npos) return text;
  return text + "\n  `" + help + " --help` lists what can be written";
}

int Refuse(const CLI::App& app, const CLI::ParseError& error) {
  const auto parsed = app.get_subcommands();
  const CLI::App& asked = parsed.empty() ? app : *parsed.front();
  if (error.get_name() == "CallForHelp" || asked.get_help_ptr()->count() > 0) {
    // A verb's help is asked of the verb, so that it is called what a person types.
    std::cout << (parsed.empty() ? app.help() : asked.help("podreach"));
    return kNothing;
  }
  if (error.get_name() == "CallForVersion") {
    std::cout << error.what() << '\n';
    return kNothing;
  }
  const std::string name =
      parsed.empty() ? std::string("podreach") : "podreach " + asked.get_name();
  std::cerr << name << ": " << Explained(error, name) << '\n';
  return kUsage;
}

}  // namespace

int RunApp(int argc, char** argv, const std::vector<std::unique_ptr<Command>>& commands) {
  CLI::App app{kAbout};
  app.name("podreach");
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_version_flag("--version", "podreach " PODREACH_VERSION, "Print the version and exit.");
  app.get_help_ptr()->description("Print this help and exit.");
  app.require_subcommand(1);
  app.footer(kFooter);
  const char* variable = std::getenv("PODREACH_CONFIG");
  const std::string file = variable == nullptr ? "" : variable;
  // A file that is named must be there, whoever names it.
  app.set_config("--config", file, "Read flags from this file, too. [PODREACH_CONFIG]",
                 !file.empty())
      ->type_name("FILE");
  app.config_formatter(std::make_shared<ConfigFile>(app));
  std::vector<Verb> verbs;
  LogSettings log;
  for (const auto& command : commands) {
    auto* parser = app.add_subcommand(std::string(command->name()), std::string(command->help()));
    verbs.push_back({parser, command.get()});
    parser->fallthrough();
    parser->get_help_ptr()->description("Print this help and exit.");
    parser->footer(std::string(command->footer()) + kVerbFooter);
    OptionSet options(*parser);
    command->AddOptions(options);
    AddLogOptions(options, log);
  }
  for (const Verb& verb : verbs) {
    verb.parser->preparse_callback([&verbs, &verb](std::size_t) {
      for (const Verb& other : verbs) {
        if (other.parser != verb.parser) ForgetVariables(*other.parser);
      }
    });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Refuse(app, error);
  }
  for (const Verb& verb : verbs) {
    if (!verb.parser->parsed()) continue;
    ConfigureLog(log, verb.command->name());
    return verb.command->Run();
  }
  return kUsage;
}

}  // namespace podreach::cli
