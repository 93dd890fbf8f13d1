#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "cli/option_set.h"

namespace podreach::cli {

/// A verb of the command line. The file x_command.cc defines one class of these and a function
/// Make() in the namespace x_command. CMake lists those files, so a new verb is one new file.
class Command {
 public:
  Command() = default;
  virtual ~Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  /// The word that a person types: "scan".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// One sentence for the list of verbs and on top of the verb's own help.
  [[nodiscard]] virtual std::string_view help() const = 0;
  /// What stands below the verb's flags in its help, exit codes included.
  [[nodiscard]] virtual std::string_view footer() const = 0;
  /// Adds the verb's flags and arguments; they are kept in the command.
  virtual void AddOptions(OptionSet& options) = 0;
  /// Does what was asked, after the options were read. Gives the process's exit code: an ExitCode.
  [[nodiscard]] virtual int Run() = 0;
};

/// Every verb, in the order in which help lists them: by file name.
[[nodiscard]] std::vector<std::unique_ptr<Command>> AllCommands();

}  // namespace podreach::cli
