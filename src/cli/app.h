#pragma once

#include <memory>
#include <vector>

#include "cli/command.h"

namespace podreach::cli {

/// Reads the command line, the environment and the config file, and runs the verb that was asked
/// for. Gives the process's exit code.
[[nodiscard]] int RunApp(int argc, char** argv,
                         const std::vector<std::unique_ptr<Command>>& commands);

}  // namespace podreach::cli
